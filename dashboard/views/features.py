"""What models listen to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import components, figures, state
from dashboard.views import View

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.artifacts import Artifacts

KINDS = {
    "permutation": (
        "Permutation",
        "accuracy lost",
        (
            "How much accuracy is lost on tracks never heard when the feature's values are"
            " shuffled; whiskers: one standard deviation over folds and repeats. Features that say"
            " the same thing hide each other. Zero or less: the model does without."
        ),
    ),
    "permutation by family": (
        "Families",
        "accuracy lost",
        (
            "How much accuracy is lost on tracks never heard when all features of a family are"
            " shuffled together, so that none stands in for another; whiskers: one standard"
            " deviation over folds and repeats."
        ),
    ),
    "shap": (
        "SHAP",
        "mean contribution",
        (
            "How far the feature moves a genre's score on average, up or down, on tracks never"
            " heard (in log odds; XGBoost's own computation); whiskers: one standard deviation over"
            " folds."
        ),
    ),
    "occlusion": (
        "Occlusion",
        "accuracy lost",
        (
            "How much accuracy is lost on tracks never heard when a part of the spectrum is"
            " replaced by its mean; whiskers: one standard deviation over folds. Networks that see"
            " spectrograms or coefficients over time only."
        ),
    ),
    "impurity": (
        "Impurity",
        "share of impurity removed",
        (
            "How much of the trees' sorting was done with the feature, on the tracks they learnt"
            " from; whiskers: one standard deviation over trees. It favours features with many"
            " distinct values. Tree models only."
        ),
    ),
}
TOP = 15


def render(artifacts: Artifacts) -> None:
    """Draw the page."""
    components.header("Features", "Which properties of the sound does each model rely on?")
    labels = {name: label for name, (label, _, _) in KINDS.items()}
    kind = components.segments("Importance", labels, "features.kind")
    _, label, explanation = KINDS[kind]
    st.caption(explanation)
    ranked = state.leaderboard(artifacts, artifacts.strictest)["model"]
    every = {name: _overall(artifacts.importance(name), kind) for name in ranked}
    tables = {name: table for name, table in every.items() if len(table)}
    if not tables:
        st.info("No model of this benchmark has importances of this kind.")
        return
    there = list(tables)
    models = components.models_picker(artifacts, there, f"features.{kind}")
    top = st.slider("Features shown", 5, 55, TOP, key="features.top", bind="query-params")
    if not models:
        st.info("Choose one model or more.")
        return
    chosen = {name: tables[name] for name in models}
    order = _rank(chosen).head(top)
    components.chart(
        figures.importance(
            {name: _shown(table, order) for name, table in chosen.items()},
            label,
            components.titles(artifacts),
        ),
        f"Importance of the {len(order)} leading features; first {order.index[0]}.",
    )
    st.subheader("All features")
    _table(artifacts, chosen)


def _overall(importance: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Importance over all genres, indexed by feature."""
    rows = importance[(importance["kind"] == kind) & importance["genre"].isna()]
    return rows.set_index("feature")[["value", "std"]]


def _shown(table: pd.DataFrame, order: pd.Series) -> pd.DataFrame:
    """Rows in order; models that learnt from other features lack some."""
    return table.reindex(order.index).dropna(subset="value").reset_index()


def _rank(tables: dict[str, pd.DataFrame]) -> pd.Series:
    """Features by their mean importance, each model counting the same."""
    import pandas as pd

    values = pd.DataFrame({name: table["value"] for name, table in tables.items()})
    return (values / values.abs().max()).mean(axis=1).sort_values(ascending=False)


def _table(artifacts: Artifacts, tables: dict[str, pd.DataFrame]) -> None:
    import pandas as pd

    titles = components.titles(artifacts)
    values = pd.DataFrame({titles[name]: table["value"] for name, table in tables.items()})
    numbers = {name: st.column_config.NumberColumn(name, format="%.4f") for name in values.columns}
    components.table(
        values.loc[_rank(tables).index].reset_index(),
        feature=st.column_config.TextColumn("Feature", pinned=True),
        **numbers,
    )


VIEW = View(name="features", title="Features", icon=":material/equalizer:", order=3, render=render)

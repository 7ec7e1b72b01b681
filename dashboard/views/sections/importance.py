"""Importances of features for models: a section of the page Features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from dashboard import components, sliders, state, units
from dashboard.feature_names import labels
from dashboard.figures import features as drawings

if TYPE_CHECKING:
    from pipeline.artifacts.reader import Artifacts

ANY_GENRE = "all genres"
N_SHOWN = 15


@dataclass(frozen=True)
class _Kind:
    """A kind of importance; `points`: whether its values are shares of the tracks."""

    title: str
    axis: str
    points: bool
    explanation: str


KINDS = {
    "permutation": _Kind(
        "Permutation",
        "accuracy lost, points",
        True,
        "Accuracy that is lost on test tracks when the values of the feature are shuffled."
        " Whiskers: one standard deviation over folds and repeats. Correlated features hide each"
        " other. Zero or less: the model does not need the feature.",
    ),
    "permutation by family": _Kind(
        "Families",
        "accuracy lost, points",
        True,
        "Accuracy that is lost on test tracks when all features of a family are shuffled together,"
        " so that none can stand in for another. Whiskers: one standard deviation over folds and"
        " repeats.",
    ),
    "shap": _Kind(
        "SHAP",
        "mean contribution, log odds",
        False,
        "Mean size of the feature's contribution to the score of a genre on test tracks (XGBoost's"
        " own computation). Whiskers: one standard deviation over folds.",
    ),
    "occlusion": _Kind(
        "Occlusion",
        "accuracy lost, points",
        True,
        "Accuracy that is lost on test tracks when a part of the spectrum is replaced by its mean."
        " Whiskers: one standard deviation over folds. Only for networks whose input is a"
        " spectrogram or a sequence of coefficients.",
    ),
    "impurity": _Kind(
        "Impurity",
        "share of the decrease in impurity",
        False,
        "Share of the trees' decrease in impurity that is due to the feature, on training tracks."
        " Whiskers: one standard deviation over trees. It favours features with many distinct"
        " values. Only for tree models.",
    ),
}


def render(artifacts: Artifacts) -> None:
    """Importances of one kind for some models, for one genre or all."""
    labels = {name: kind.title for name, kind in KINDS.items()}
    chosen = components.segments("Importance", labels, "features.kind")
    kind = KINDS[chosen]
    protocol = artifacts.manifest.protocols[artifacts.headline].title
    st.caption(f"{kind.explanation} Protocol: {protocol}, whatever is chosen above.")
    ranked = state.tested_models(artifacts, artifacts.headline)
    found = {
        name: _rows(_labelled(artifacts, name), chosen)
        for name in ranked
        if name not in artifacts.unverified
    }
    found = {name: table for name, table in found.items() if len(table)}
    if not found:
        st.info("No model of this benchmark has importances of this kind.")
        return
    models = components.models_picker(artifacts, list(found), f"features.{chosen}")
    with st.container(horizontal=True):
        genre = _genre_picker(found)
        top = round(sliders.number("Features shown", (5, 55), N_SHOWN, "features.top"))
    tables = {name: _of(found[name], genre) for name in models}
    tables = {name: table for name, table in tables.items() if len(table)}
    if not tables:
        st.info("Choose one model or more.")
        return
    _draw(artifacts, tables, top, kind, f"{chosen} {genre}")


def _labelled(artifacts: Artifacts, model: str) -> pd.DataFrame:
    """A model's importances, with the labels of its features."""
    table = artifacts.importance(model)
    titles = labels(artifacts, artifacts.models[model].trained_on)
    return table.assign(feature=[titles.get(name, name) for name in table["feature"]])


def _rows(importance: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Importances of a kind, those that are differences of shares in points."""
    rows = importance[importance["kind"] == kind]
    values = rows[["value", "std"]]
    return rows.assign(**(units.in_points(values) if KINDS[kind].points else values))


def _genre_picker(tables: dict[str, pd.DataFrame]) -> str:
    """One of the genres that importances were computed for, or all of them."""
    genres = sorted({genre for table in tables.values() for genre in table["genre"].dropna()})
    names = {name: name for name in [ANY_GENRE, *genres]}
    return components.choose("For", names, "features.genre") if genres else ANY_GENRE


def _of(table: pd.DataFrame, genre: str) -> pd.DataFrame:
    """Importances for one genre or all, indexed by feature."""
    rows = table[table["genre"].isna() if genre == ANY_GENRE else table["genre"] == genre]
    return rows.set_index("feature")[["value", "std"]]


def _draw(
    artifacts: Artifacts, tables: dict[str, pd.DataFrame], top: int, kind: _Kind, name: str
) -> None:
    order = _rank(tables)
    first = order.head(top)
    titles = artifacts.titles
    frame = pd.concat(tables, names=["model"]).reset_index()
    components.chart(
        drawings.importance(
            {name: _shown(table, first) for name, table in tables.items()}, kind.axis, titles
        ),
        f"Importance of the {len(first)} most important features. First:"
        f" {', '.join(map(str, first.index[:3]))}.",
        f"importance-{name.replace(' ', '-')}",
        frame,
    )
    with st.expander("All features"):
        _table(tables, order, titles, kind)


def _shown(table: pd.DataFrame, order: pd.Series) -> pd.DataFrame:
    """Rows in order; a model that was trained on other features lacks some."""
    return table.reindex(order.index).dropna(subset="value").reset_index()


def _rank(tables: dict[str, pd.DataFrame]) -> pd.Series:
    """Features by their mean importance over models, which have equal weight."""
    values = pd.DataFrame({name: table["value"] for name, table in tables.items()})
    return (values / values.abs().max()).mean(axis=1).sort_values(ascending=False)


def _table(
    tables: dict[str, pd.DataFrame], order: pd.Series, titles: dict[str, str], kind: _Kind
) -> None:
    values = pd.DataFrame({titles[name]: table["value"] for name, table in tables.items()})
    form = f"%{units.POINTS_EXACT if kind.points else units.NUMBER}"
    numbers: dict[str, Any] = {str(n): components.number(str(n), form) for n in values}
    components.table(
        values.loc[order.index].rename_axis("feature").reset_index(),
        alt="Importance of every feature",
        feature=st.column_config.TextColumn("Feature", pinned=True),
        **numbers,
    )

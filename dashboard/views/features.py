"""What models rely on, and what features look like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import components, state, theme
from dashboard.figures import features as drawings
from dashboard.figures import matrices
from dashboard.views import View

if TYPE_CHECKING:
    from pipeline.artifacts import Artifacts

PARTS = {
    "importance": "Importance",
    "distribution": "Distribution",
    "pair": "Two features",
    "correlation": "Correlation",
}
SHAPES = {"violin": "Violin", "box": "Box", "histogram": "Histogram"}
EVERY = "all genres"
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


def render(artifacts: Artifacts, protocol: str) -> None:
    """Draw the page."""
    components.header("Features", "Which properties of the sound tell genres apart?")
    part = components.segments("Show", PARTS, "features.part")
    if part == "importance":
        _importance(artifacts)
        return
    features = components.set_picker(artifacts, "distributions", "features.set")
    if features is None:
        return
    draw = {"distribution": _distribution, "pair": _pair, "correlation": _correlation}[part]
    draw(artifacts, features)


def _importance(artifacts: Artifacts) -> None:
    """Importances of one kind for any models, of all genres or one."""
    labels = {name: label for name, (label, _, _) in KINDS.items()}
    kind = components.segments("Importance", labels, "features.kind")
    _, label, explanation = KINDS[kind]
    st.caption(f"{explanation} Tested by artist, whatever is chosen above.")
    ranked = state.asked(artifacts, artifacts.strictest)
    every = {name: _rows(artifacts.importance(name), kind) for name in ranked}
    there = {name: table for name, table in every.items() if len(table)}
    if not there:
        st.info("No model of this benchmark has importances of this kind.")
        return
    models = components.models_picker(artifacts, list(there), f"features.{kind}")
    with st.container(horizontal=True):
        genre = _genre_picker(there)
        top = st.slider("Features shown", 5, 55, TOP, key="features.top", bind="query-params")
    chosen = {name: _of(there[name], genre) for name in models}
    chosen = {name: table for name, table in chosen.items() if len(table)}
    if not chosen:
        st.info("Choose one model or more.")
        return
    _draw_importance(artifacts, chosen, top, label, f"{kind} {genre}")


def _rows(importance: pd.DataFrame, kind: str) -> pd.DataFrame:
    return importance[importance["kind"] == kind]


def _genre_picker(tables: dict[str, pd.DataFrame]) -> str:
    """One of the genres that importances were computed for, or all of them."""
    genres = sorted({genre for table in tables.values() for genre in table["genre"].dropna()})
    names = {name: name for name in [EVERY, *genres]}
    return components.choose("For", names, "features.genre") if genres else EVERY


def _of(table: pd.DataFrame, genre: str) -> pd.DataFrame:
    """Importance for a genre or all, indexed by feature."""
    rows = table[table["genre"].isna() if genre == EVERY else table["genre"] == genre]
    return rows.set_index("feature")[["value", "std"]]


def _draw_importance(
    artifacts: Artifacts, tables: dict[str, pd.DataFrame], top: int, label: str, what: str
) -> None:
    order = _rank(tables)
    first = order.head(top)
    titles = artifacts.titles
    frame = pd.concat(tables, names=["model"]).reset_index()
    components.chart(
        drawings.importance(
            {name: _shown(table, first) for name, table in tables.items()}, label, titles
        ),
        f"Importance of the {len(first)} leading features; first {first.index[0]}.",
        f"importance-{what.replace(' ', '-')}",
        frame,
    )
    with st.expander("All features"):
        _table(tables, order, titles)


def _shown(table: pd.DataFrame, order: pd.Series) -> pd.DataFrame:
    """Rows in order; models that learnt from other features lack some."""
    return table.reindex(order.index).dropna(subset="value").reset_index()


def _rank(tables: dict[str, pd.DataFrame]) -> pd.Series:
    """Features by their mean importance, each model counting the same."""
    values = pd.DataFrame({name: table["value"] for name, table in tables.items()})
    return (values / values.abs().max()).mean(axis=1).sort_values(ascending=False)


def _table(tables: dict[str, pd.DataFrame], order: pd.Series, titles: dict[str, str]) -> None:
    values = pd.DataFrame({titles[name]: table["value"] for name, table in tables.items()})
    numbers: dict[str, Any] = {str(n): components.number(str(n), "%.4f") for n in values}
    components.table(
        values.loc[order.index].rename_axis("feature").reset_index(),
        alt="Importance of every feature",
        feature=st.column_config.TextColumn("Feature", pinned=True),
        **numbers,
    )


def _feature_picker(artifacts: Artifacts, features: str, key: str, first: int = 0) -> str:
    names = artifacts.manifest.features[features]["columns"]
    ordered = [*names[first:], *names[:first]]
    return components.choose("Feature", {name: name for name in ordered}, key)


def _distribution(artifacts: Artifacts, features: str) -> None:
    """One feature over the tracks of each genre."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        feature = _feature_picker(artifacts, features, "features.feature")
        shape = components.segments("As", SHAPES, "features.shape")
    table: Any = artifacts.summary(features, "distributions")
    genres = table[(table["feature"] == feature) & (table["genre"] != "")].set_index("genre")
    components.chart(
        drawings.distribution(
            genres, cast("drawings.Shape", shape), feature, theme.genre_colors(artifacts.classes)
        ),
        f"Distribution of {feature} by genre.",
        f"distribution-{feature}",
        genres.reset_index(),
    )
    middle = genres["q0500"]
    st.markdown(
        f"**{feature}**: {artifacts.meaning(features, feature)}. Its median is highest in"
        f" {middle.idxmax()} ({middle.max():.3g}) and lowest in {middle.idxmin()}"
        f" ({middle.min():.3g})."
    )
    st.caption(
        "Of each track, the mean over its windows. Drawn from 41 quantiles; boxes: the middle half,"
        " whiskers 5 % to 95 %."
    )


def _pair(artifacts: Artifacts, features: str) -> None:
    """Two features against each other."""
    with st.container(horizontal=True):
        a = _feature_picker(artifacts, features, "features.a")
        b = _feature_picker(artifacts, features, "features.b", first=1)
    if a == b:
        st.info("Choose two different features.")
        return
    tracks = artifacts.summary(features, "tracks")
    ellipses = _ellipses(artifacts, features, a, b)
    components.chart(
        drawings.pair(
            ellipses,
            None if tracks is None else _dots(artifacts, tracks, a, b),
            (a, b),
            theme.genre_colors(artifacts.classes),
        ),
        f"{b} against {a}, an ellipse a genre.",
        f"{a}-and-{b}",
        pd.DataFrame(
            [
                {"genre": g, a: m[0], b: m[1], "covariance": c[0, 1]}
                for g, (m, c) in ellipses.items()
            ]
        ),
    )
    st.caption(
        "Ellipses: one standard deviation around the mean of a genre's tracks, about 39 % of them"
        " if they are normally distributed."
        + (" The tracks themselves are not ours to show." if tracks is None else "")
    )


def _ellipses(
    artifacts: Artifacts, features: str, a: str, b: str
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Mean and covariance of two features by genre."""
    of: Any = artifacts.summary(features, "distributions")
    mean = of.pivot(index="genre", columns="feature", values="mean")
    found = {}
    for genre in artifacts.classes:
        covariance = _covariance(artifacts, features, genre).loc[[a, b], [a, b]].to_numpy()
        if np.isfinite(covariance).all():  # a genre of one track has none
            found[genre] = (mean.loc[genre, [a, b]].to_numpy(), covariance)
    return found


def _covariance(artifacts: Artifacts, features: str, genre: str) -> pd.DataFrame:
    """Of each two features over the tracks of a genre ("": of all); each pair is stored once."""
    table: Any = artifacts.summary(features, "relations")
    names = artifacts.manifest.features[features]["columns"]
    half = table[table["genre"] == genre].pivot(
        index="feature", columns="other", values="covariance"
    )
    half = half.reindex(index=names, columns=names)
    return half.fillna(half.T)


def _dots(artifacts: Artifacts, tracks: pd.DataFrame, a: str, b: str) -> pd.DataFrame:
    facts = artifacts.tracks[["track_id", "genre", "artist", "title"]]
    table = tracks[["track_id", a, b]].rename(columns={a: "x", b: "y"}).merge(facts, on="track_id")
    return table.assign(label=table["artist"] + ": " + table["title"])


def _correlation(artifacts: Artifacts, features: str) -> None:
    """Correlation of each two features over all tracks."""
    full = _covariance(artifacts, features, "")
    names = full.columns
    spread = np.sqrt(np.diag(full))
    matrix = full.div(spread, axis=0).div(spread, axis=1)
    components.chart(
        matrices.correlation(matrix),
        f"Correlation of {len(names)} features.",
        f"correlation-{features}",
        matrix.rename_axis("feature").reset_index(),
    )
    st.markdown(_closest(matrix))


def _closest(matrix: pd.DataFrame) -> str:
    """The two features that say most nearly the same."""
    off = matrix.abs().to_numpy().copy()
    np.fill_diagonal(off, 0)
    row, column = np.unravel_index(np.nanargmax(off), off.shape)
    a, b = matrix.index[int(row)], matrix.columns[int(column)]
    return f"Most alike: **{a}** and **{b}**, correlation {matrix.loc[a, b]:.2f}."


VIEW = View(
    name="features",
    title="Features",
    icon=":material/equalizer:",
    order=8,
    render=render,
    section="Music",
)

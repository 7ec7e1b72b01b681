"""Which features models rely on, and how features are distributed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import components, theme
from dashboard.feature_names import labels
from dashboard.figures import features as drawings
from dashboard.figures import matrices
from dashboard.units import spoken
from dashboard.views import View
from dashboard.views.sections import importance
from pipeline.artifacts.manifest import ALL_GENRES, N_QUANTILES

if TYPE_CHECKING:
    from pipeline.artifacts.reader import Artifacts

SECTIONS = {
    "importance": "Importance",
    "distribution": "Distribution",
    "pair": "Two features",
    "correlation": "Correlation",
}
SHAPES = {"violin": "Violin", "box": "Box", "histogram": "Histogram"}


def render(artifacts: Artifacts, protocol: str) -> None:
    """Draw the page."""
    components.header("Features", "Which properties of the sound tell genres apart?")
    part = components.segments("Show", SECTIONS, "features.part")
    if part == "importance":
        importance.render(artifacts)
        return
    features = components.set_picker(artifacts, "distributions", "features.set")
    if features is None:
        return
    draw = {"distribution": _distribution, "pair": _pair, "correlation": _correlation}[part]
    draw(artifacts, features)


def _feature_picker(artifacts: Artifacts, features: str, key: str, first: int = 0) -> str:
    names = list(titles := labels(artifacts, features))
    ordered = [*names[first:], *names[:first]]
    return components.choose("Feature", {name: titles[name] for name in ordered}, key)


def _distribution(artifacts: Artifacts, features: str) -> None:
    """One feature over the tracks of each genre."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        feature = _feature_picker(artifacts, features, "features.feature")
        shape = components.segments("As", SHAPES, "features.shape")
    table: Any = artifacts.summary(features, "distributions")
    genres = table[(table["feature"] == feature) & (table["genre"] != ALL_GENRES)].set_index(
        "genre"
    )
    title, middle = labels(artifacts, features)[feature], genres["q0500"]
    ends = (
        f"highest in {middle.idxmax()} ({middle.max():.3g}) and lowest in {middle.idxmin()}"
        f" ({middle.min():.3g})."
    )
    components.chart(
        drawings.distribution(
            genres, cast("drawings.Shape", shape), title, theme.genre_colors(artifacts.classes)
        ),
        f"Distribution of {title} by genre. The median is {ends}",
        f"distribution-{feature}",
        genres.reset_index(),
    )
    meaning = components.plain(artifacts.meaning(features, feature))
    st.markdown(f"**{components.plain(title)}**: {meaning}. Its median is {ends}")
    st.caption(
        f"Means over the windows of each track, drawn from {N_QUANTILES} quantiles. Boxes: the"
        " middle half; their whiskers: 5% to 95%."
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
    ellipses, titles = _ellipses(artifacts, features, a, b), labels(artifacts, features)
    components.chart(
        drawings.pair(
            ellipses,
            None if tracks is None else _dots(artifacts, tracks, a, b),
            (titles[a], titles[b]),
            theme.genre_colors(artifacts.classes),
        ),
        f"{titles[b]} against {titles[a]}, with an ellipse for each genre."
        f" {_in_order(ellipses, titles[a])}",
        f"{a}-and-{b}",
        pd.DataFrame(
            [
                {"genre": g, a: m[0], b: m[1], "covariance": c[0, 1]}
                for g, (m, c) in ellipses.items()
            ]
        ),
    )
    st.caption(
        "Ellipses: one standard deviation around the mean of a genre's tracks, which holds about"
        " 39% of them if they are normally distributed."
        + (" The licence does not allow us to show single tracks." if tracks is None else "")
    )


def _in_order(ellipses: dict[str, tuple[np.ndarray, np.ndarray]], title: str) -> str:
    """Genres by their mean of the first feature, in words."""
    order = sorted(ellipses, key=lambda genre: ellipses[genre][0][0])
    return f"By mean {title}, from low to high: {', '.join(order)}."


def _ellipses(
    artifacts: Artifacts, features: str, a: str, b: str
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Mean and covariance of two features by genre."""
    of: Any = artifacts.summary(features, "distributions")
    mean = of.pivot(index="genre", columns="feature", values="mean")
    found = {}
    for genre in artifacts.classes:
        covariance = _covariances(artifacts, features, genre).loc[[a, b], [a, b]].to_numpy()
        if np.isfinite(covariance).all():  # a genre of one track has none
            found[genre] = (mean.loc[genre, [a, b]].to_numpy(), covariance)
    return found


def _dots(artifacts: Artifacts, tracks: pd.DataFrame, a: str, b: str) -> pd.DataFrame:
    facts = artifacts.tracks[["track_id", "genre", "artist", "title"]]
    table = tracks[["track_id", a, b]].rename(columns={a: "x", b: "y"}).merge(facts, on="track_id")
    return table.assign(label=table["artist"] + ": " + table["title"])


def _correlation(artifacts: Artifacts, features: str) -> None:
    """Correlation of each two features over all tracks."""
    full = _covariances(artifacts, features)
    names = full.columns
    spread = np.sqrt(np.diag(full))
    matrix = full.div(spread, axis=0).div(spread, axis=1)
    titles = labels(artifacts, features)
    matrix = matrix.rename(index=titles, columns=titles)
    components.chart(
        matrices.correlation(matrix, components.is_dark()),
        f"Correlation of {len(names)} features. {spoken(_most_correlated(matrix))}",
        f"correlation-{features}",
        matrix.rename_axis("feature").reset_index(),
    )
    st.markdown(_most_correlated(matrix))


def _covariances(artifacts: Artifacts, features: str, genre: str = ALL_GENRES) -> pd.DataFrame:
    """Covariance of each two features over a genre's tracks, or all; NaN for a single track."""
    table: Any = artifacts.summary(features, "relations")
    names = artifacts.manifest.features[features]["columns"]
    half = table[table["genre"] == genre].pivot(  # each pair is stored once
        index="feature", columns="other", values="covariance"
    )
    half = half.reindex(index=names, columns=names)
    return half.fillna(half.T)


def _most_correlated(matrix: pd.DataFrame) -> str:
    """The two features with the strongest correlation, in words."""
    off = matrix.abs().to_numpy().copy()
    np.fill_diagonal(off, 0)
    row, column = np.unravel_index(np.nanargmax(off), off.shape)
    a, b = matrix.index[int(row)], matrix.columns[int(column)]
    return f"Strongest correlation: **{a}** and **{b}**, {matrix.loc[a, b]:.2f}."


VIEW = View(
    name="features",
    title="Features",
    icon=":material/equalizer:",
    order=9,
    render=render,
    narrows=False,
    section="Music",
)

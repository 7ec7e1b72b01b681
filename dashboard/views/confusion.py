"""What is taken for what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pandas as pd
import streamlit as st

from dashboard import components, state
from dashboard.figures import matrices
from dashboard.views import View
from pipeline.evaluate import Normalise, Order, arrange, confusion

if TYPE_CHECKING:
    from pipeline.artifacts import Artifacts

NORMALISE: dict[str, tuple[Normalise, str, str]] = {
    "counts": (None, "Counts", "Number of tracks."),
    "true": (
        "true",
        "Of true",
        "Of the tracks of a genre, the share that was called each: the diagonal is recall.",
    ),
    "pred": (
        "pred",
        "Of predicted",
        "Of the tracks called a genre, the share that was each: the diagonal is precision.",
    ),
    "all": ("all", "Of all", "Share of all tracks."),
}
ORDERS = {"name": "By name", "similarity": "By similarity", "error": "By error"}
PAIRS = 10
TRUE, SAID = "confusion.truly", "confusion.called"


def render(artifacts: Artifacts, protocol: str) -> None:
    """Draw the page."""
    components.header("Confusion", "When a model is wrong, what does it say instead?")
    components.protocol_note(artifacts, protocol)
    asked = state.asked(artifacts, protocol)
    model = components.model_picker(artifacts, asked, "confusion.model")
    answers = state.answers(artifacts, model, protocol)
    counts = confusion(answers, artifacts.classes)
    kind, genres = _controls(counts)
    _take_click(genres)
    above = st.container()  # the matrix frames the cell that is chosen below it
    cell = _cell(artifacts, protocol, model, answers, counts)
    with above:
        _matrix(artifacts, model, answers, kind, genres, cell)
    st.subheader("Most confused")
    _pairs(counts, artifacts.models[model].title)
    _difference(artifacts, protocol, model, asked, genres)


def _controls(counts: pd.DataFrame) -> tuple[str, list[str]]:
    """What cells show, and the order of genres."""
    with st.container(horizontal=True):
        labels = {name: label for name, (_, label, _) in NORMALISE.items()}
        kind = components.segments("Cells", labels, "confusion.cells")
        order = components.segments("Order", ORDERS, "confusion.order")
    return kind, arrange(counts, cast("Order", order))


def _matrix(
    artifacts: Artifacts,
    model: str,
    answers: pd.DataFrame,
    kind: str,
    genres: list[str],
    cell: tuple[str, str],
) -> None:
    """The matrix; a click chooses a cell."""
    normalise, _, explanation = NORMALISE[kind]
    st.caption(
        f"Rows: the true genre. Columns: what the model called it. {explanation} Click a cell, or"
        " choose it below, to see its tracks."
    )
    matrix = confusion(answers, artifacts.classes, normalise).loc[genres, genres]
    components.chart(
        matrices.confusion(matrix, normalise is not None, cell),
        f"Confusion matrix of {artifacts.models[model].title}.",
        f"confusion-{model}-{kind}",
        matrix.reset_index(),
        key="confusion.matrix",
        on_select="rerun",
        selection_mode="points",
    )


def _take_click(genres: list[str]) -> None:
    """Put a cell that was clicked since the last run in place of the chosen one."""
    event = st.session_state.get("confusion.matrix")
    points = event["selection"]["points"] if event else []
    clicked = tuple(points[0]["customdata"]) if points and "customdata" in points[0] else None
    if clicked and clicked != st.session_state.get("confusion.clicked") and {*clicked} <= {*genres}:
        st.session_state[TRUE], st.session_state[SAID] = clicked
    st.session_state["confusion.clicked"] = clicked


def _cell(
    artifacts: Artifacts, protocol: str, model: str, answers: pd.DataFrame, counts: pd.DataFrame
) -> tuple[str, str]:
    """The chosen cell in words, and its tracks."""
    st.subheader("One cell")
    pairs = _ranked(counts)
    worst = (
        pairs.iloc[0] if len(pairs) else {"genre": counts.index[0], "predicted": counts.index[0]}
    )
    with st.container(horizontal=True):
        truth = _genre("Truly", artifacts.classes, worst["genre"], TRUE)
        said = _genre("Called", artifacts.classes, worst["predicted"], SAID)
    rows = answers[(answers["genre"] == truth) & (answers["predicted"] == said)]
    of, title = counts.loc[truth].sum(), artifacts.models[model].title
    words = f"{len(rows)} of {of} {truth} tracks were called {said} by {title}."
    st.markdown(f"**{components.plain(words)}**")
    rows = rows.sort_values("confidence", ascending=False)
    others = [m for m in state.contenders(artifacts, protocol)[:3] if m != model]
    shown = rows[["track_id", "window", "artist", "title"]]
    components.tracks(artifacts, protocol, shown, [model, *others], "confusion.tracks")
    return truth, said


def _genre(label: str, classes: list[str], first: str, key: str) -> str:
    ordered = [first, *(genre for genre in classes if genre != first)]
    if st.session_state.get(key) not in classes:
        st.session_state.pop(key, None)
    return components.choose(label, {genre: genre for genre in ordered}, key)


def _ranked(counts: pd.DataFrame) -> pd.DataFrame:
    """Mistakes, the most frequent first."""
    pairs = pd.Series(counts.stack(), name="tracks").reset_index()
    pairs["of"] = pairs["genre"].map(counts.sum(axis=1))
    pairs = pairs[(pairs["genre"] != pairs["predicted"]) & (pairs["tracks"] > 0)]
    return pairs.sort_values("tracks", ascending=False, kind="stable")


def _pairs(counts: pd.DataFrame, title: str) -> None:
    """The most frequent mistakes, the worst one as a sentence."""
    pairs = _ranked(counts).head(PAIRS)
    if pairs.empty:
        st.success("No mistakes.")
        return
    worst = pairs.iloc[0]
    st.markdown(
        components.plain(
            f"{worst['tracks']} of {worst['of']} {worst['genre']} tracks were called "
            f"{worst['predicted']} by {title}."
        )
    )
    components.table(
        pairs.assign(share=pairs["tracks"] / pairs["of"]),
        alt="The most frequent mistakes",
        genre="Truly",
        predicted="Called",
        tracks="Tracks",
        of="Of",
        share=components.share("Share"),
    )


def _difference(
    artifacts: Artifacts, protocol: str, model: str, asked: list[str], genres: list[str]
) -> None:
    """What another model takes for what less often, or more."""
    others = [name for name in asked if name != model]
    if not others:
        return
    st.subheader("Against another model")
    other = components.model_picker(artifacts, others, "confusion.other", "Other model")
    tables = {m: state.answers(artifacts, m, protocol) for m in (model, other)}
    shares: dict[str, Any] = {
        m: confusion(table, artifacts.classes, "true").loc[genres, genres]
        for m, table in tables.items()
    }
    gap = shares[model] - shares[other]
    titles = artifacts.titles
    st.caption(
        f"Share of each true genre that {titles[model]} called so, less that of {titles[other]}:"
        " blue on the diagonal is better, blue elsewhere is worse."
    )
    components.chart(
        matrices.difference(gap),
        f"Confusion of {titles[model]} less that of {titles[other]}.",
        f"confusion-{model}-less-{other}",
        gap.reset_index(),
    )


VIEW = View(
    name="confusion",
    title="Confusion",
    icon=":material/grid_on:",
    order=3,
    render=render,
    section="Models",
)

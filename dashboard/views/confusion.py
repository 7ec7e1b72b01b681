"""Which genres a model confuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pandas as pd
import streamlit as st

from dashboard import components, state
from dashboard.figures import matrices
from dashboard.units import percent, points
from dashboard.views import View
from pipeline.evaluation.confusion import (
    Normalise,
    Order,
    confusion,
    order_genres,
    within_families,
)

if TYPE_CHECKING:
    from pipeline.artifacts.reader import Artifacts

NORMALISE: dict[str, tuple[Normalise, str, str]] = {
    "counts": (None, "Counts", "Number of {unit}s."),
    "true": (
        "true",
        "% of true",
        "Share of the {unit}s of the true genre: the diagonal is recall.",
    ),
    "pred": (
        "pred",
        "% of predicted",
        "Share of the {unit}s with the predicted genre: the diagonal is precision.",
    ),
    "all": ("all", "% of all", "Share of all {unit}s."),
}
ORDERS = {"name": "By name", "similarity": "By similarity", "error": "By error"}
N_PAIRS = 10
TRUE, PREDICTED = "confusion.true", "confusion.predicted"


def render(artifacts: Artifacts, protocol: str) -> None:
    """Draw the page."""
    components.header("Confusion", "When a model is wrong, what does it predict instead?")
    components.protocol_note(artifacts, protocol)
    tested = state.tested_models(artifacts, protocol)
    model = components.model_picker(artifacts, tested, "confusion.model")
    predictions = state.labelled_predictions(artifacts, model, protocol)
    unit = artifacts.manifest.protocols[protocol].unit
    counts = confusion(predictions, artifacts.classes)
    kind, genres = _controls(counts)
    _take_click(genres)
    above = st.container()  # the matrix frames the cell that is chosen below it
    cell = _cell(artifacts, protocol, model, predictions, counts)
    with above:
        _matrix(artifacts, model, predictions, kind, genres, cell, unit)
        _families(artifacts, model, predictions)
    st.header("Most frequent mistakes")
    _pairs(counts, artifacts.models[model].title, unit)
    _difference(artifacts, protocol, model, tested, genres)


def _controls(counts: pd.DataFrame) -> tuple[str, list[str]]:
    """What cells show, and the order of genres."""
    with st.container(horizontal=True):
        labels = {name: label for name, (_, label, _) in NORMALISE.items()}
        kind = components.segments("Cells", labels, "confusion.cells")
        order = components.segments("Order", ORDERS, "confusion.order")
    return kind, order_genres(counts, cast("Order", order))


def _matrix(
    artifacts: Artifacts,
    model: str,
    predictions: pd.DataFrame,
    kind: str,
    genres: list[str],
    cell: tuple[str, str],
    unit: str,
) -> None:
    """The matrix, in which a click chooses a cell."""
    normalise, _, explanation = NORMALISE[kind]
    st.caption(
        f"Rows: true genre. Columns: predicted genre. {explanation.format(unit=unit)} Click a cell,"
        f" or choose it below, to see its {unit}s."
    )
    matrix = confusion(predictions, artifacts.classes, normalise).loc[genres, genres]
    components.chart(
        matrices.confusion(matrix, normalise is not None, cell, components.is_dark()),
        _alt(predictions, artifacts.classes, artifacts.models[model].title, unit),
        f"confusion-{model}-{kind}",
        matrix.reset_index(),
        key="confusion.matrix",
        on_select="rerun",
        selection_mode="points",
    )


def _alt(predictions: pd.DataFrame, classes: list[str], title: str, unit: str) -> str:
    """What the matrix shows: how much is right, and the most frequent mistakes."""
    pairs = _ranked(confusion(predictions, classes)).head(3)
    mistakes = [
        f"{row.genre} is called {row.predicted} in {row.tracks} of {row.of} {unit}s"
        for row in pairs.itertuples()
    ]
    right = percent(predictions["right"].mean())
    most = f" Most often: {'; '.join(mistakes)}." if mistakes else ""
    return f"Confusion matrix of {title}: {right} are right.{most}"


def _families(artifacts: Artifacts, model: str, predictions: pd.DataFrame) -> None:
    """Whether related genres are taken for each other, where families of genres are known."""
    if "family" not in artifacts.tracks or predictions["right"].all():
        return
    genres = artifacts.tracks.drop_duplicates("genre")
    family = dict(zip(genres["genre"], genres["family"], strict=True))
    found = within_families(predictions, family)
    st.markdown(
        f"Of the {found.errors:,} errors of {components.plain(artifacts.titles[model])},"
        f" **{percent(found.share)}** stay within a family of related genres, such as those of"
        f" {components.plain(next(iter(family.values())))}. If mistakes were spread evenly over the"
        f" other genres, {percent(found.chance)} would."
    )


def _take_click(genres: list[str]) -> None:
    """Choose the cell that was clicked since the last run, if there is one."""
    event = st.session_state.get("confusion.matrix")
    points = event["selection"]["points"] if event else []
    clicked = tuple(points[0]["customdata"]) if points and "customdata" in points[0] else None
    if clicked and clicked != st.session_state.get("confusion.clicked") and {*clicked} <= {*genres}:
        st.session_state[TRUE], st.session_state[PREDICTED] = clicked
    st.session_state["confusion.clicked"] = clicked


def _cell(
    artifacts: Artifacts, protocol: str, model: str, predictions: pd.DataFrame, counts: pd.DataFrame
) -> tuple[str, str]:
    """The chosen cell in words, and its tracks."""
    st.header("One cell")
    pairs = _ranked(counts)
    worst = (
        pairs.iloc[0] if len(pairs) else {"genre": counts.index[0], "predicted": counts.index[0]}
    )
    with st.container(horizontal=True):
        true = _genre("True", artifacts.classes, worst["genre"], TRUE)
        predicted = _genre("Predicted", artifacts.classes, worst["predicted"], PREDICTED)
    rows = predictions[(predictions["genre"] == true) & (predictions["predicted"] == predicted)]
    of, title = int((predictions["genre"] == true).sum()), artifacts.models[model].title
    unit = artifacts.manifest.protocols[protocol].unit
    words = _sentence(len(rows), of, true, predicted, title, unit)
    st.markdown(f"**{components.plain(words)}**")
    rows = rows.sort_values("confidence", ascending=False)
    others = [m for m in state.contenders(artifacts, protocol)[:3] if m != model]
    shown = rows[["track_id", "window", "artist", "title"]]
    components.tracks(artifacts, protocol, shown, [model, *others], "confusion.tracks")
    return true, predicted


def _sentence(n: int, of: int, true: str, predicted: str, title: str, unit: str) -> str:
    return f"{n} of {of} {true} {unit}s were classified as {predicted} by {title}."


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


def _pairs(counts: pd.DataFrame, title: str, unit: str) -> None:
    """The most frequent mistakes, the worst one as a sentence."""
    pairs = _ranked(counts).head(N_PAIRS)
    if pairs.empty:
        st.success("No mistakes.")
        return
    worst = pairs.iloc[0]
    st.markdown(
        components.plain(
            _sentence(worst["tracks"], worst["of"], worst["genre"], worst["predicted"], title, unit)
        )
    )
    components.table(
        pairs.assign(share=pairs["tracks"] / pairs["of"]),
        alt="The most frequent mistakes",
        genre="True",
        predicted="Predicted",
        tracks=f"{unit.capitalize()}s",
        of=st.column_config.NumberColumn("Of", help=f"Test {unit}s of the true genre."),
        share=components.share("Share", f"Of the test {unit}s of the true genre."),
    )


def _difference(
    artifacts: Artifacts, protocol: str, model: str, tested: list[str], genres: list[str]
) -> None:
    """The matrix minus that of another model."""
    others = [name for name in tested if name != model]
    if not others:
        return
    st.header("Against another model")
    other = components.model_picker(artifacts, others, "confusion.other", "Other model")
    tables = {m: state.labelled_predictions(artifacts, m, protocol) for m in (model, other)}
    shares: dict[str, Any] = {
        m: confusion(table, artifacts.classes, "true").loc[genres, genres]
        for m, table in tables.items()
    }
    gap = shares[model] - shares[other]
    titles = artifacts.titles
    one, another = (components.plain(titles[name]) for name in (model, other))
    st.caption(
        f"Recall and errors of {one} minus those of {another}, in points of the"
        " true genre's tracks. Blue is better on the diagonal and worse elsewhere."
    )
    components.chart(
        matrices.difference(gap, components.is_dark()),
        f"Confusion of {titles[model]} minus that of {titles[other]}. {_greatest(gap)}",
        f"confusion-{model}-minus-{other}",
        gap.reset_index(),
    )


def _greatest(gap: pd.DataFrame) -> str:
    """Where recall differs most, in words."""
    recall = pd.Series(gap.to_numpy().diagonal(), gap.index).fillna(0)
    genre = str(recall.abs().idxmax())
    return f"Recall differs most in {genre}: {points(recall[genre])}."


VIEW = View(
    name="confusion",
    title="Confusion",
    icon=":material/grid_on:",
    order=3,
    render=render,
    compares=True,
    section="Models",
)

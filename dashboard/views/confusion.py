"""What is taken for what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import components, figures, state
from dashboard.views import View
from pipeline.evaluate import Normalise, confusion

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.artifacts import Artifacts

NORMALISE: dict[str, tuple[Normalise, str, str]] = {
    "counts": (None, "Tracks", "Number of tracks."),
    "true": (
        "true",
        "By row",
        "Of the tracks of a genre, the share that was called each: the diagonal is recall.",
    ),
    "pred": (
        "pred",
        "By column",
        "Of the tracks called a genre, the share that was each: the diagonal is precision.",
    ),
}
PAIRS = 10


def render(artifacts: Artifacts) -> None:
    """Draw the page."""
    components.header("Confusion", "When a model is wrong, what does it say instead?")
    protocol = components.protocol_picker(artifacts)
    asked = state.leaderboard(artifacts, protocol)["model"].tolist()
    model = components.model_picker(artifacts, asked, "confusion.model")
    labels = {name: label for name, (_, label, _) in NORMALISE.items()}
    kind = components.segments("Cells", labels, "confusion.cells")
    normalise, _, explanation = NORMALISE[kind]
    st.caption(f"Rows: the true genre. Columns: what the model called it. {explanation}")
    answers = state.answers(artifacts, model, protocol)
    components.chart(
        figures.confusion(confusion(answers, artifacts.classes, normalise), normalise is not None),
        f"Confusion matrix of {artifacts.models[model].title}.",
    )
    st.subheader("Most confused")
    _pairs(confusion(answers, artifacts.classes), artifacts.models[model].title)


def _pairs(counts: pd.DataFrame, title: str) -> None:
    """The most frequent mistakes, the worst one as a sentence."""
    pairs = counts.reset_index().melt("genre", value_name="tracks")
    of = counts.sum(axis=1)
    pairs["of"] = pairs["genre"].map(of)
    pairs = pairs[(pairs["genre"] != pairs["predicted"]) & (pairs["tracks"] > 0)]
    if pairs.empty:
        st.success("No mistakes.")
        return
    pairs = pairs.sort_values("tracks", ascending=False).head(PAIRS)
    worst = pairs.iloc[0]
    st.markdown(
        f"{worst['tracks']} of {worst['of']} {worst['genre']} tracks were called "
        f"{worst['predicted']} by {title}."
    )
    components.table(
        pairs.assign(share=pairs["tracks"] / pairs["of"]),
        genre="Truly",
        predicted="Called",
        tracks="Tracks",
        of="Of",
        share=components.share("Share"),
    )


VIEW = View(name="confusion", title="Confusion", icon=":material/grid_on:", order=2, render=render)

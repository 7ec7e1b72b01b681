"""What the way of testing is worth."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from dashboard import components, state
from dashboard.figures import scores
from dashboard.views import View
from pipeline.registry import discover

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.artifacts import Artifacts
    from pipeline.protocols import Protocol

TEACHING = """
A model can be right for the wrong reason. If windows of one song stand on both sides of a test, it
needs to know no genre: recognising the song is enough, and most published scores of small music
collections have this **leak**. If other songs of the same artist were heard, a voice, a studio or a
drum machine gives the answer. Only a test on artists that were never heard says what a model will
make of *your* music. Models with many parameters gain most from a leak, since they can learn songs
by heart, so a leaky test even crowns the wrong model.
"""


def render(artifacts: Artifacts, protocol: str) -> None:
    """Draw the page."""
    components.header("Leak", "How many points does a model gain by having heard the artist?")
    steps = _steps(artifacts)
    st.markdown(TEACHING)
    if len(steps) < 2:
        st.info("This benchmark has one protocol only, so there is nothing to compare.")
        return
    boards = {step.name: state.leaderboard(artifacts, step.name) for step in steps}
    contenders = state.contenders(artifacts, artifacts.strictest)
    models = components.models_picker(artifacts, contenders, "leak.models", few=6)
    if not models:
        st.info("Choose one model or more.")
        return
    accuracy = pd.DataFrame(
        {n: board.set_index("model")["accuracy"] for n, board in boards.items()}
    )
    _slopes(artifacts, accuracy.loc[models], steps)
    _worth(artifacts, accuracy.loc[models])


def _steps(artifacts: Artifacts) -> list[Protocol]:
    """The benchmark's protocols, the most lenient first."""
    known: list[Protocol] = list(discover("pipeline.protocols", "PROTOCOL").values())
    asked = [protocol for protocol in known if protocol.name in artifacts.manifest.protocols]
    return sorted(asked, key=lambda protocol: protocol.strictness)


def _slopes(artifacts: Artifacts, accuracy: pd.DataFrame, steps: Sequence[Protocol]) -> None:
    protocols = artifacts.manifest.protocols
    lines = accuracy.T.rename(index=lambda name: protocols[name]["title"])
    components.chart(
        scores.slopes(lines, artifacts.titles),
        f"Accuracy of {lines.shape[1]} models under {lines.shape[0]} protocols.",
        "accuracy-by-protocol",
        lines.rename_axis("protocol").reset_index(),
    )
    for step in steps:
        title = protocols[step.name]["title"]  # as it was called when it was built
        st.markdown(f"**{title}**: a model may have heard {step.heard}.")
    st.caption(
        "The protocols do not ask about exactly the same tracks, so a step holds more than the leak"
        " alone. The published split also learns from fewer tracks than the others."
    )


def _worth(artifacts: Artifacts, accuracy: pd.DataFrame) -> None:
    """Points between each two steps."""
    st.subheader("What each leak is worth")
    protocols, steps = artifacts.manifest.protocols, list(accuracy.columns)
    gaps = {
        f"{protocols[a]['title']} − {protocols[b]['title']}": 100 * (accuracy[a] - accuracy[b])
        for a, b in pairwise(steps)
    }
    table = pd.DataFrame(gaps)
    for name, values in table.items():
        known = values.dropna()
        if len(known):
            most = artifacts.models[str(known.idxmax())].title
            st.markdown(
                f"{name}: **{known.mean():+.0f} points** on average, {known.max():+.0f} for {most}."
            )
    points: dict[str, Any] = {name: components.number(name, "%+.1f") for name in gaps}
    components.table(
        table.rename(index=artifacts.titles).rename_axis("title").reset_index(),
        alt="Points of accuracy that each leak is worth to each model",
        title=st.column_config.TextColumn("Model", pinned=True),
        **points,
    )


VIEW = View(
    name="leak",
    title="Leak",
    icon=":material/water_drop:",
    order=5,
    render=render,
    section="Models",
)

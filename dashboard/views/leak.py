"""What a model gains if training and test tracks have something in common."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from dashboard import components, state
from dashboard.figures import scores
from dashboard.units import in_points, points
from dashboard.views import View

if TYPE_CHECKING:
    from pipeline.artifacts.reader import Artifacts

TEACHING = """
A model can be right for the wrong reason. If parts of one song are in both training and test data,
recognising the song is enough, and most published scores on small music collections have this
**leak**. If the training data have other songs by the same artist, a voice, a studio or a drum
machine gives the genre away. Only a test on new artists tells how well a model will do on *your*
music. Models with many parameters gain most from a leak, because they can memorise songs, so a
leaky test may even rank the wrong model first.
"""


def render(artifacts: Artifacts, protocol: str) -> None:
    """Draw the page."""
    components.header(
        "Leak", "How many points does a model gain if it was trained on the same artists?"
    )
    steps = _by_strictness(artifacts)
    st.markdown(TEACHING)
    if len(steps) < 2:
        st.info("This benchmark has one protocol only, so there is nothing to compare.")
        return
    boards = {name: state.leaderboard(artifacts, name) for name in steps}
    contenders = state.contenders(artifacts, artifacts.headline)
    models = components.models_picker(artifacts, contenders, "leak.models", few=6)
    if not models:
        st.info("Choose one model or more.")
        return
    accuracy = pd.DataFrame(
        {n: board.set_index("model")["accuracy"] for n, board in boards.items()}
    )
    _slopes(artifacts, accuracy.loc[models])
    _worth(artifacts, accuracy.loc[models])


def _by_strictness(artifacts: Artifacts) -> list[str]:
    """Names of the protocols that test on this collection, the most lenient first."""
    protocols = artifacts.manifest.protocols
    own = (name for name, facts in protocols.items() if facts.role != "elsewhere")
    return sorted(own, key=lambda name: protocols[name].strictness)


def _slopes(artifacts: Artifacts, accuracy: pd.DataFrame) -> None:
    """Accuracy under each protocol, and what the protocol lets training and test share."""
    protocols = artifacts.manifest.protocols
    lines = accuracy.T.rename(index=lambda name: protocols[name].title)
    components.chart(
        scores.slopes(lines, artifacts.titles),
        f"Accuracy of {lines.shape[1]} models under {lines.shape[0]} protocols.",
        "accuracy-by-protocol",
        lines.rename_axis("protocol").reset_index(),
    )
    for name in map(str, accuracy):
        facts = protocols[name]
        st.markdown(f"**{facts.title}.** Shared by training and test data: {facts.shared}.")
    st.caption(
        "Protocols differ in their test tracks and in the number of training tracks too, so a"
        " difference is not due to the leak alone."
    )


def _worth(artifacts: Artifacts, accuracy: pd.DataFrame) -> None:
    """Points between each protocol and the next stricter one."""
    st.subheader("What each leak is worth")
    protocols = artifacts.manifest.protocols
    # A published split tests other tracks: what lies between it and the others is no leak.
    steps = [name for name in map(str, accuracy) if protocols[name].role != "published"]
    gaps = {
        f"{protocols[a].title} − {protocols[b].title}": accuracy[a] - accuracy[b]
        for a, b in pairwise(steps)
    }
    table = pd.DataFrame(gaps)
    for name, values in table.items():
        known = values.dropna()
        if len(known):
            most = artifacts.models[str(known.idxmax())].title
            st.markdown(
                f"{name}: **{points(known.mean())}** on average, {points(known.max())} for {most}."
            )
    columns: dict[str, Any] = {name: components.points(name) for name in gaps}
    components.table(
        in_points(table).rename(index=artifacts.titles).rename_axis("title").reset_index(),
        alt="Points of accuracy that each model gains by each leak",
        title=st.column_config.TextColumn("Model", pinned=True),
        **columns,
    )


VIEW = View(
    name="leak",
    title="Leak",
    icon=":material/water_drop:",
    order=5,
    render=render,
    section="Models",
)

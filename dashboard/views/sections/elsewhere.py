"""The score on other collections beside the headline: a section of the overview."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import components, state, units
from pipeline.evaluation.elsewhere import by_label, second_protocol

if TYPE_CHECKING:
    from pipeline.artifacts.reader import Artifacts


def show(artifacts: Artifacts) -> None:
    """How the headline's leader does on other collections; nothing without one."""
    protocol = second_protocol(artifacts)
    if protocol is None:
        return
    st.subheader("And on other collections?")
    st.markdown(in_words(artifacts, protocol))
    leader = state.tested_models(artifacts, artifacts.headline)[0]
    found = by_label(artifacts, leader, protocol)
    table = found.assign(label=found["label"].where(found["label"] != "", "all"))
    with st.expander(f"By collection and label: {artifacts.titles[leader]}"):
        components.table(
            table,
            alt="Accuracy by collection and label",
            collection="Collection",
            label="Label",
            n="n",
            accuracy=components.share("Accuracy"),
            low=components.share("from", "Lower end of the 95% interval."),
            high=components.share("to", "Upper end of the 95% interval."),
        )
        st.caption(artifacts.manifest.protocols[protocol].description)


def in_words(artifacts: Artifacts, protocol: str) -> str:
    """The headline's leader here and elsewhere, and who leads there."""
    own = state.leaderboard(artifacts, artifacts.headline)
    other = state.leaderboard(artifacts, protocol)
    if own.empty or other.empty:
        return "No track of both collections is left."
    leader, facts = own.iloc[0], artifacts.manifest.protocols[artifacts.headline]
    there = other.set_index("model").loc[leader["model"]]
    text = (
        f"**{components.plain(leader['title'])}**, which leads here, has"
        f" {units.with_interval(leader)} on {facts.unseen} that it was not trained on, and"
        f" **{units.with_interval(there)}** on {there['n']:,} recordings of other collections."
    )
    best = other.iloc[0]
    if best["model"] == leader["model"]:
        return f"{text} It leads there too."
    return f"{text} There {components.plain(best['title'])} leads: {units.with_interval(best)}."

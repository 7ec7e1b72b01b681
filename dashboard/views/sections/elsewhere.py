"""The score on other collections beside the headline: a section of the overview."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import components, state, units
from pipeline.evaluation.elsewhere import by_label, second_protocol
from pipeline.evaluation.scores import accuracy

if TYPE_CHECKING:
    from pipeline.artifacts.reader import Artifacts


def show(artifacts: Artifacts) -> None:
    """How the headline's leader does on other collections; nothing without one."""
    protocol = second_protocol(artifacts)
    if protocol is None:
        return
    st.header("And on other collections?")
    st.markdown(in_words(artifacts, protocol))
    leader = _leader(artifacts, protocol)
    if leader is None:
        return
    found = by_label(artifacts, leader, protocol)
    table = found.assign(label=found["label"].where(found["label"] != "", "all"))
    with st.expander(f"By collection and label: {components.plain(artifacts.titles[leader])}"):
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
    leader = _leader(artifacts, protocol)
    if leader is None:
        return "No track of both collections is left."
    best = state.tested_models(artifacts, protocol)[0]
    leads = state.tested_models(artifacts, artifacts.headline)[0] == leader
    facts = artifacts.manifest.protocols[artifacts.headline]
    n = len(state.labelled_predictions(artifacts, leader, protocol))
    text = (
        f"**{components.plain(artifacts.titles[leader])}**, which"
        f" {'leads here' if leads else 'is the best here that was asked about them'}, has"
        f" {_accuracy(artifacts, leader, artifacts.headline)} on {facts.unseen} that it was not"
        f" trained on, and **{_accuracy(artifacts, leader, protocol)}** on {n:,} recordings of"
        " other collections."
    )
    if best == leader:
        return f"{text} It leads there too."
    title = components.plain(artifacts.titles[best])
    return f"{text} There {title} leads: {_accuracy(artifacts, best, protocol)}."


def _leader(artifacts: Artifacts, protocol: str) -> str | None:
    """The best under the headline of the models that were asked about other collections too."""
    there = state.tested_models(artifacts, protocol)
    here = state.tested_models(artifacts, artifacts.headline)
    return next((name for name in here if name in there), None)


def _accuracy(artifacts: Artifacts, model: str, protocol: str) -> str:
    found = accuracy(state.labelled_predictions(artifacts, model, protocol))
    return units.with_interval({"accuracy": found.value, "low": found.low, "high": found.high})

"""What models do with music of none of their genres."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from dashboard import components, state
from dashboard.figures import scores
from dashboard.units import percent
from dashboard.views import View
from pipeline.evaluation import open_set
from pipeline.evaluation.decision import ACCEPTED, KINDS, LEANING, SURE
from pipeline.evaluation.elsewhere import second_protocol

if TYPE_CHECKING:
    from pipeline.artifacts.reader import Artifacts

WORDS = {
    "sure": "Sure",
    "leaning": "Leaning",
    "unknown": "Does not know",
    "none_of_these": "None of these",
}


def render(artifacts: Artifacts, protocol: str) -> None:
    """Draw the page, whatever the protocol: it is about the second collection."""
    components.header("Open set", "What does a model do with music of none of its genres?")
    second = second_protocol(artifacts)
    if second is None:
        st.info("The models of this benchmark were not asked about another collection.")
        return
    contenders = [n for n in state.tested_models(artifacts, second) if n not in artifacts.baselines]
    model = components.model_picker(artifacts, contenders, "open_set.model")
    found = state.doubts(artifacts, model, second)
    if found["none"].nunique() < 2:
        st.info(
            "The other collection has only music of these genres, or none of them, so there is"
            " nothing to compare."
        )
        return
    _verdicts(artifacts, model, found.assign(kind=state.kinds(artifacts, model, second)))
    _separation(artifacts, second, contenders)


def _verdicts(artifacts: Artifacts, model: str, found: pd.DataFrame) -> None:
    """What becomes of each label."""
    st.header("What becomes of each label")
    accepted, none = found["kind"].isin(ACCEPTED), found["none"]
    title = components.plain(artifacts.titles[model])
    st.markdown(
        f"**{title}** gives a genre to {percent(accepted[none].mean())} of the {none.sum()} tracks"
        f" of none of its genres, and to {percent(accepted[~none].mean())} of the"
        f" {(~none).sum()} others."
    )
    table = open_set.by_label(found, found["kind"])
    components.chart(
        scores.stacked(table, {kind: WORDS[kind] for kind in KINDS}),
        f"Share of each label that {title} accepts and refuses. It gives a genre to"
        f" {percent(accepted[none].mean())} of the tracks of none of its genres and to"
        f" {percent(accepted[~none].mean())} of the others.",
        "open-set",
        table,
    )
    st.caption(
        f"Sure: of the answers about as sure in the tests at least {percent(SURE)} were right;"
        f" leaning: at least {percent(LEANING)}; otherwise it does not know. None of these: the"
        " tags of a pretrained network speak for a genre that is not here. The limits are fixed by"
        " hand or by this benchmark's own tracks; nothing was chosen on the tracks shown, and they"
        " are not among the answers that they are compared with."
    )
    components.table(
        table,
        alt="Shares by label",
        label=st.column_config.TextColumn("Label", pinned=True),
        none="None of the genres",
        **{kind: components.share(WORDS[kind]) for kind in KINDS},
    )


def _separation(artifacts: Artifacts, protocol: str, models: list[str]) -> None:
    """How well confidence, entropy and tags tell music of no genre from the rest."""
    st.header("What tells them apart")
    rows = []
    for name in models:
        found = state.separations(artifacts, name, protocol)
        wide = {str(score): area for score, area in found["auroc"].items()}
        low, high = found.loc["1 - confidence", ["low", "high"]]
        ends = {"low": low, "high": high}
        rows.append({"title": artifacts.titles[name]} | wide | ends)
    tags = state.separations(artifacts, models[0], protocol)
    if "tags" in tags.index:
        best = tags.loc["tags"]
        st.markdown(
            f"Tags: AUROC **{best['auroc']:.2f}** ({best['low']:.2f} to {best['high']:.2f}),"
            " whatever the model."
        )
    columns: dict[str, Any] = {
        "1 - confidence": components.number("Confidence", "%.2f", "AUROC of 1 - confidence."),
        "low": components.number("from", "%.2f", "Lower end of its 95% interval."),
        "high": components.number("to", "%.2f", "Upper end of its 95% interval."),
        "entropy": components.number("Entropy", "%.2f", "AUROC of the probabilities' entropy."),
    }
    components.table(
        pd.DataFrame(rows)[["title", *columns]],
        alt="AUROC of each model",
        title=st.column_config.TextColumn("Model", pinned=True),
        **columns,
    )
    st.caption(
        "Area under the ROC curve: how often a track of none of the genres has a higher score than"
        " one of them. 0.5 is chance. Intervals resample artists."
    )


VIEW = View(
    name="open-set",
    title="Open set",
    icon=":material/question_mark:",
    order=7,
    render=render,
    section="Models",
    narrows=False,
)

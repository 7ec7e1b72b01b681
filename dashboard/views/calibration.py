"""How far a model's confidence can be believed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard import components, state
from dashboard.figures import scores
from dashboard.views import View
from pipeline.evaluate import coverage, ece, reliability

if TYPE_CHECKING:
    from pipeline.artifacts import Artifacts

KINDS = {"calibrated": "As shown to visitors", "raw": "As the model says"}


def render(artifacts: Artifacts, protocol: str) -> None:
    """Draw the page."""
    components.header("Calibration", "When a model says that it is 70 % sure, is it right in 70 %?")
    components.protocol_note(artifacts, protocol)
    contenders = state.contenders(artifacts, protocol)
    models = components.models_picker(artifacts, contenders, "calibration.models", few=3)
    kind = components.segments("Probabilities", KINDS, "calibration.kind")
    if not models:
        st.info("Choose one model or more.")
        return
    answers = state.calibrated if kind == "calibrated" else state.answers
    tables = {model: answers(artifacts, model, protocol) for model in models}
    _reliability(artifacts, tables)
    _coverage(artifacts, tables)


def _reliability(artifacts: Artifacts, tables: dict[str, pd.DataFrame]) -> None:
    """Confidence against the share that is right."""
    st.subheader("Sure and right")
    titles = artifacts.titles
    curves = {model: reliability(table) for model, table in tables.items()}
    components.chart(
        scores.reliability(curves, titles),
        f"Share of right answers by confidence for {len(curves)} models.",
        "reliability",
        pd.concat(curves, names=["model"]).reset_index(level=0),
    )
    st.caption(
        "Below the dotted line a model is surer than right. Whiskers: 95 % interval (Wilson)."
        " Calibration divides the logarithms of the probabilities by one number, a temperature,"
        " learnt from tracks of other folds. It changes how sure a model is, never what it says."
    )
    rows = [
        {
            "title": titles[model],
            "ece": ece(table),
            "confidence": table["confidence"].mean(),
            "accuracy": table["right"].mean(),
            "temperature": artifacts.models[model].temperature,
        }
        for model, table in tables.items()
    ]
    components.table(
        pd.DataFrame(rows),
        alt="Calibration error of each model",
        title=st.column_config.TextColumn("Model", pinned=True),
        ece=components.number("ECE", "%.3f", "Mean distance of confidence and accuracy."),
        confidence=components.share("Confidence", "Mean confidence."),
        accuracy=components.share("Right", "Share answered right."),
        temperature=components.number("Temperature", "%.2f", "Above 1: it was too sure."),
    )


def _coverage(artifacts: Artifacts, tables: dict[str, pd.DataFrame]) -> None:
    """What a model gains by passing on what it is unsure of."""
    st.subheader("Answer only when sure")
    threshold = st.slider(
        "Least confidence", 0.0, 1.0, 0.5, 0.01, key="calibration.least", bind="query-params"
    )
    titles = artifacts.titles
    curves = {model: coverage(table) for model, table in tables.items()}
    for model, table in tables.items():
        st.markdown(_in_words(titles[model], table, threshold))
    components.chart(
        scores.coverage(curves, threshold, titles),
        "Accuracy by the share of tracks that is answered.",
        "accuracy-at-coverage",
        pd.concat(curves, names=["model"]).reset_index(level=0),
    )


def _in_words(title: str, table: pd.DataFrame, threshold: float) -> str:
    sure = table[table["confidence"] >= threshold]
    if sure.empty:
        return f"{title} is never {threshold:.0%} sure."
    return (
        f"At least {threshold:.0%} sure, **{title}** answers {len(sure) / len(table):.0%} of the"
        f" tracks and is right on {sure['right'].mean():.0%} of these"
        f" (on all: {table['right'].mean():.0%})."
    )


VIEW = View(
    name="calibration",
    title="Calibration",
    icon=":material/speed:",
    order=4,
    render=render,
    section="Models",
)

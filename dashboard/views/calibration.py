"""Whether a model's confidence can be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard import components, sliders, state
from dashboard.figures import calibration
from dashboard.units import NUMBER, listed, percent, spoken
from dashboard.views import View
from pipeline.evaluation.calibration import CALIBRATION_PARTS, coverage, reliability
from pipeline.evaluation.scores import ece
from pipeline.evaluation.temperature import LENGTHS

if TYPE_CHECKING:
    from pipeline.artifacts.manifest import ModelCard
    from pipeline.artifacts.reader import Artifacts

KINDS = {"calibrated": "Calibrated", "raw": "Before calibration"}


def render(artifacts: Artifacts, protocol: str) -> None:
    """Draw the page."""
    components.header("Calibration", "When a model is 70% confident, is it right 70% of the time?")
    components.protocol_note(artifacts, protocol)
    contenders = _with_probabilities(artifacts, protocol)
    models = components.models_picker(artifacts, contenders, "calibration.models", 5, few=3)
    kind = components.segments("Probabilities", KINDS, "calibration.kind")
    if not models:
        st.info("Choose one model or more.")
        return
    predictions = state.calibrated if kind == "calibrated" else state.labelled_predictions
    tables = {model: predictions(artifacts, model, protocol) for model in models}
    _reliability(artifacts, protocol, tables)
    _coverage(artifacts, tables)


def _with_probabilities(artifacts: Artifacts, protocol: str) -> list[str]:
    """Models whose confidence is known; the others are named."""
    contenders = state.contenders(artifacts, protocol)
    without = [m for m in contenders if protocol in artifacts.models[m].genres_only]
    if without:
        named = components.plain(listed([artifacts.titles[name] for name in without]))
        st.caption(f"Nothing is known of the confidence of {named}: only genres were given.")
    return [name for name in contenders if name not in without]


def _temperatures(card: ModelCard) -> dict[str, float]:
    """Those that a visitor's music gets, which models that cannot be asked do not have."""
    of = card.temperatures
    return {"of_one": of[0], "of_many": of[-1]} if of else {}


def _reliability(artifacts: Artifacts, protocol: str, tables: dict[str, pd.DataFrame]) -> None:
    """Accuracy by confidence."""
    st.header("Confidence and accuracy")
    titles = artifacts.titles
    curves = {model: reliability(table) for model, table in tables.items()}
    components.chart(
        calibration.reliability(curves, titles),
        "Accuracy by confidence. Expected calibration error: "
        + "; ".join(f"{titles[m]} {ece(table):{NUMBER}}" for m, table in tables.items()),
        "reliability",
        pd.concat(curves, names=["model"]).reset_index(level=0),
    )
    st.caption(
        "Below the dotted line a model is overconfident. Whiskers: 95% interval over artists."
        " Calibration divides the logarithms of the probabilities by one number, a temperature,"
        f" which is fitted {_fitted_on(artifacts, protocol)}, for short and long recordings apart."
        " It changes a model's confidence, never its predictions."
    )
    rows = [
        {
            "title": titles[model],
            "ece": ece(table),
            "confidence": table["confidence"].mean(),
            "accuracy": table["right"].mean(),
            **_temperatures(artifacts.models[model]),
        }
        for model, table in tables.items()
    ]
    components.table(
        pd.DataFrame(rows),
        alt="Calibration error of each model",
        title=st.column_config.TextColumn("Model", pinned=True),
        ece=components.number(
            "ECE",
            f"%{NUMBER}",
            "Expected calibration error: mean distance between confidence and accuracy.",
        ),
        confidence=components.share("Confidence", "Mean confidence."),
        accuracy=components.share("Accuracy", "Share of correct predictions."),
        of_one=components.number(
            "T of one window", "%.2f", "Temperature. Above 1: the model was overconfident."
        ),
        of_many=components.number(
            f"T of {LENGTHS[-1]} or more", "%.2f", "The same for longer recordings."
        ),
    )


def _fitted_on(artifacts: Artifacts, protocol: str) -> str:
    """What temperatures are fitted on; see `pipeline.evaluation.calibration`."""
    if artifacts.is_elsewhere(protocol):
        return "on the benchmark's own tracks, as for a visitor's music"
    if artifacts.manifest.protocols[protocol].folds == 1:
        return f"on other artists, in {CALIBRATION_PARTS} groups"
    return "on other folds"


def _coverage(artifacts: Artifacts, tables: dict[str, pd.DataFrame]) -> None:
    """Accuracy of a model that predicts only when it is confident."""
    st.header("Predict only when confident")
    threshold = sliders.number(
        "Minimum confidence", (0.0, 1.0), 0.5, "calibration.least", step=0.01
    )
    titles = artifacts.titles
    curves = {model: coverage(table) for model, table in tables.items()}
    for model, table in tables.items():
        st.markdown(_in_words(components.plain(titles[model]), table, threshold))
    components.chart(
        calibration.coverage(curves, threshold, titles),
        "Accuracy by coverage, the share of predictions of which a model is confident enough. "
        + spoken(" ".join(_in_words(titles[m], table, threshold) for m, table in tables.items())),
        "accuracy-at-coverage",
        pd.concat(curves, names=["model"]).reset_index(level=0),
    )


def _in_words(title: str, table: pd.DataFrame, threshold: float) -> str:
    confident = table[table["confidence"] >= threshold]
    if confident.empty:
        return f"{title} is never {percent(threshold)} confident."
    return (
        f"**{title}** is at least {percent(threshold)} confident of"
        f" {percent(len(confident) / len(table))} of its predictions, of which"
        f" {percent(confident['right'].mean())} are right"
        f" (of all: {percent(table['right'].mean())})."
    )


VIEW = View(
    name="calibration",
    title="Calibration",
    icon=":material/speed:",
    order=4,
    render=render,
    compares=True,
    section="Models",
)

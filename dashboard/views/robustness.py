"""How well models cope with distorted sound, and what a prediction costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from dashboard import components, state, units
from dashboard.figures import matrices
from dashboard.views import View
from pipeline.benchmark.robustness import DISTORTIONS
from pipeline.evaluation.leaderboard import accuracy_distorted

if TYPE_CHECKING:
    from pipeline.artifacts.reader import Artifacts

KINDS = {"accuracy": "Accuracy", "lost": "Points lost"}
UNDISTORTED = "none"


def render(artifacts: Artifacts, protocol: str) -> None:
    """Draw the page."""
    components.header(
        "Robustness", "Does a model still recognise the genre when the sound is poor?"
    )
    contenders = state.contenders(artifacts, artifacts.headline)
    ranked = [name for name in contenders if name not in artifacts.unverified]
    found = {name: accuracy_distorted(artifacts, name) for name in ranked}
    tables = {name: series for name, series in found.items() if series is not None}
    if tables:
        _distortions(artifacts, pd.DataFrame(tables).T)
    else:
        st.info("Models of this benchmark were not tested on distorted sound.")
    st.header("What a prediction costs")
    _cost(artifacts, ranked)


def _distortions(artifacts: Artifacts, accuracy: pd.DataFrame) -> None:
    """Accuracy by model and distortion, or the points that it loses."""
    kind = components.segments("Cells", KINDS, "robustness.cells")
    named = accuracy.rename(index=artifacts.titles, columns=_title)
    shown = named if kind == "accuracy" else named.rsub(named[_title(UNDISTORTED)], axis=0)
    lost = (accuracy[UNDISTORTED] - accuracy.T).T.drop(columns=UNDISTORTED).mean()
    hardest = f"{_title(lost.idxmax())}** ({units.unsigned_points(lost.max())} lost)."
    draw = matrices.table if kind == "accuracy" else matrices.losses
    components.chart(
        draw(shown, KINDS[kind], components.is_dark()),
        f"{KINDS[kind]} of {units.counted(len(shown), 'model')} under"
        f" {units.counted(shown.shape[1], 'distortion')}. Hardest on"
        f" average: {units.spoken(hardest)}",
        f"robustness-{kind}",
        shown.rename_axis("model").reset_index(),
    )
    found = (artifacts.robustness(name) for name in accuracy.index)
    numbers = {table["track_id"].nunique() for table in found if table is not None}
    n = " or ".join(map(str, sorted(numbers, reverse=True)))  # not every set has all tracks
    what = "Accuracy in percent" if kind == "accuracy" else KINDS[kind]
    st.caption(
        f"{what} on the {n} test tracks of “{_protocol_title(artifacts)}”. The middle three"
        " seconds of each are distorted and classified; excerpts of 1 s and 10 s differ in length"
        " only. For noise, the signal-to-noise ratio is given."
    )
    st.markdown(f"Hardest on average: **{hardest}")


def _title(name: Any) -> str:
    return DISTORTIONS[name].title if name in DISTORTIONS else name


def _protocol_title(artifacts: Artifacts) -> str:
    return artifacts.manifest.protocols[artifacts.robustness_protocol].title


def _cost(artifacts: Artifacts, ranked: list[str]) -> None:
    rows = [
        {
            "title": card.title,
            "clip_seconds": card.clip_seconds,
            "peak_megabytes": card.peak_bytes / 1e6,
            "file_megabytes": card.file_bytes / 1e6,
            "fit_seconds": card.fit_seconds,
        }
        for card in (artifacts.models[name] for name in ranked)
    ]
    table = pd.DataFrame(rows)
    if not artifacts.manifest.live:  # there is no music whose time could be taken
        table = table.drop(columns="clip_seconds")
    components.table(
        table,
        alt="Time, memory and file size of each model",
        title=st.column_config.TextColumn("Model", pinned=True),
        clip_seconds=components.number(
            "s per clip",
            "%.1f",
            "For 30 s of decoded sound, features included. Less than 0.1 s apart is noise.",
        ),
        peak_megabytes=components.number(
            "MB in use", "%.0f", "Peak memory of a process that does nothing else."
        ),
        file_megabytes=components.number("MB", "%.2f", "Size of the model's file."),
        fit_seconds=components.number("s to train", "%.1f", "Time to choose parameters and fit."),
    )
    if artifacts.learning_curve is not None:  # was taught
        st.caption(units.COSTS_AS_SHIPPED)


VIEW = View(
    name="robustness",
    title="Robustness and cost",
    icon=":material/graphic_eq:",
    order=6,
    render=render,
    narrows=False,
    section="Models",
)

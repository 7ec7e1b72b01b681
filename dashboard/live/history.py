"""The verdicts of this session."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard import components
from dashboard.live import session

if TYPE_CHECKING:
    from dashboard.live.recording import Recording
    from pipeline.artifacts.reader import Artifacts
    from pipeline.inference.predict import Analysis, Verdict


def note(artifacts: Artifacts, recording: Recording, analysis: Analysis, verdict: Verdict) -> None:
    """Remember a verdict, once a recording and model."""
    key = (recording.digest, artifacts.manifest.benchmark, verdict.model)
    session.current().history.setdefault(
        key,
        {
            "time": datetime.now(UTC),
            "name": recording.name,
            "seconds": analysis.seconds,
            "benchmark": artifacts.manifest.benchmark,
            "model": artifacts.titles[verdict.model],
            "genre": verdict.genre,
            "confidence": verdict.confidence,
        },
    )


def show() -> None:
    """List the verdicts, the latest first."""
    known = session.current().history
    if not known:
        return
    with st.expander(f"Verdicts of this session ({len(known)})", icon=":material/history:"):
        st.caption(
            "This list and the sound exist only in your browser's session: nothing is stored on the"
            " server, and both are gone when you close the page."
        )
        table = pd.DataFrame(known.values()).iloc[::-1]
        components.table(
            table,
            alt=f"{len(known)} verdicts",
            time=st.column_config.DatetimeColumn("When", format="distance"),
            name="Recording",
            seconds=components.number("Seconds", "%.0f"),
            benchmark="Benchmark",
            model="Model",
            genre="Predicted",
            confidence=components.share("Confidence"),
        )
        with st.container(horizontal=True):
            components.download("CSV", table.to_csv(index=False), "history.csv")
            key = session.widget("forget")
            st.button("Forget", icon=":material/delete:", on_click=session.forget, key=key)

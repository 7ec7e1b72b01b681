"""What was asked in this session, and what came out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard import components
from dashboard.live import hearing

if TYPE_CHECKING:
    from dashboard.live.sources import Recording
    from pipeline.artifacts import Artifacts
    from pipeline.predict import Heard, Verdict

SLOT = "demo.history"


def note(artifacts: Artifacts, recording: Recording, heard: Heard, verdict: Verdict) -> None:
    """Remember a verdict, once a recording and model."""
    known = st.session_state.setdefault(SLOT, {})
    key = (recording.digest, artifacts.manifest.benchmark, verdict.model)
    known.setdefault(
        key,
        {
            "time": datetime.now(UTC),
            "name": recording.name,
            "seconds": heard.seconds,
            "benchmark": artifacts.manifest.benchmark,
            "model": artifacts.titles[verdict.model],
            "genre": verdict.genre,
            "confidence": verdict.confidence,
        },
    )


def show() -> None:
    """List what was asked, the latest first."""
    known = st.session_state.get(SLOT)
    if not known:
        return
    with st.expander(f"Heard in this session ({len(known)})", icon=":material/history:"):
        st.caption(
            "Only your browser's session knows this list and the sound: nothing is stored on the"
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
            genre="Said",
            confidence=components.share("Confidence"),
        )
        with st.container(horizontal=True):
            components.download("CSV", table.to_csv(index=False), "history.csv")
            st.button("Forget", icon=":material/delete:", on_click=_forget, key="demo.forget")


def _forget() -> None:
    for slot in (SLOT, "demo.rows"):
        st.session_state.pop(slot, None)
    hearing.forget()

"""The verdicts of this session."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard import components
from dashboard.live import session
from dashboard.live.verdict import WORDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboard.live.recording import Recording
    from pipeline.artifacts.reader import Artifacts
    from pipeline.evaluation.decision import Decision
    from pipeline.inference.predict import Analysis, Verdict


def note(
    artifacts: Artifacts,
    recording: Recording,
    analysis: Analysis,
    verdict: Verdict,
    decision: Decision,
) -> None:
    """Remember a verdict, once a recording and model, and its sound."""
    mine, benchmark = session.current(), artifacts.manifest.benchmark
    mine.clips.keep((recording.digest,), recording)
    mine.history.setdefault(
        session.result_key(recording, artifacts, verdict.model),
        {
            "time": datetime.now(UTC),
            "name": recording.name,
            "seconds": analysis.seconds,
            "benchmark": benchmark,
            "model": artifacts.titles[verdict.model],
            "genre": verdict.genre,
            "verdict": WORDS[decision.kind],
            "confidence": verdict.confidence,
        },
    )


def reopened() -> list[Recording]:
    """The recording that was opened again, with a way back to what the visitor brought."""
    recording = session.current().reopened
    if recording is None:
        return []
    with st.container(horizontal=True, vertical_alignment="center"):
        name = components.plain(recording.name)
        st.markdown(f":material/history: {name}, opened again", width="content")
        st.button(
            "Close",
            key=session.widget("close"),
            type="tertiary",
            icon=":material/close:",
            on_click=_open,
            args=(None,),
        )
    return [recording]


def _open(recording: Recording | None) -> None:
    session.current().reopened = recording


def show(choose: Callable[[str, str], None]) -> None:
    """List the verdicts, the latest first.

    Parameters
    ----------
    choose
        Lets a model of a benchmark answer, given both names.
    """
    known = session.current().history
    if not known:
        return
    with st.expander(f"Verdicts of this session ({len(known)})", icon=":material/history:"):
        st.caption(
            "This list and the sound exist only in your browser's session: nothing is stored on the"
            " server, and both are gone when you close the page. Choose a row to open it again."
        )
        table = pd.DataFrame(known.values()).iloc[::-1]
        row = components.table(
            table,
            session.widget("history"),
            alt=f"{len(known)} verdicts",
            time=st.column_config.DatetimeColumn("When", format="distance"),
            name="Recording",
            seconds=components.number("Seconds", "%.0f"),
            benchmark="Benchmark",
            model="Model",
            genre="Predicted",
            verdict="Verdict",
            confidence=components.share("Confidence"),
        )
        if row is not None:
            _offer(list(known)[::-1][row], choose)
        with st.container(horizontal=True):
            components.download("CSV", table.to_csv(index=False), "history.csv")
            key = session.widget("forget")
            st.button("Forget", icon=":material/delete:", on_click=session.forget, key=key)


def _offer(key: session.Key, choose: Callable[[str, str], None]) -> None:
    """Offer to open the recording of a verdict, if its sound is still held."""
    digest, benchmark, _, model = key
    recording = session.current().clips.get((digest,))
    if recording is None:
        st.caption("The sound of this recording made room for later ones. Bring it again.")
        return

    def reopen() -> None:
        choose(benchmark, model)
        _open(recording)

    st.button("Open again", key=session.widget("reopen"), on_click=reopen)

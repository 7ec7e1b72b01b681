"""Several recordings at once: a table that fills row by row, and can be stopped."""

from __future__ import annotations

import time
from statistics import fmean
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from dashboard import components, playlists, state
from dashboard.live import history, session
from dashboard.live.analyses import analysed_for_verdict, clock
from dashboard.live.verdict import WORDS, in_short, shown
from pipeline.errors import AudioError
from pipeline.inference.deciding import decided
from pipeline.inference.predict import verdict
from pipeline.untrusted.decoding import BUSY

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dashboard.live.recording import Recording
    from pipeline.artifacts.reader import Artifacts


def choose(recordings: Sequence[Recording], artifacts: Artifacts, model: str) -> Recording | None:
    """Classify all, list them, and let one be chosen; None if none is."""
    controls, place = st.container(horizontal=True, vertical_alignment="center"), st.empty()
    rows = _classified(recordings, artifacts, model, controls, place)
    with place.container():
        st.caption("Choose a row to see more of it.")
        row = _table(_in_columns(rows))
        with st.container(horizontal=True):
            _download(pd.DataFrame(rows))
    if row is None:
        return None
    if problem := rows[row].get("problem"):
        st.warning(components.plain(f"{recordings[row].name}: {problem}"))
        return None
    return recordings[row]


def _classified(
    recordings: Sequence[Recording], artifacts: Artifacts, model: str, controls: Any, place: Any
) -> list[dict[str, Any]]:
    """A row for each recording; those that wait have no genre yet."""
    known = session.current().album
    keys = [session.result_key(r, artifacts, r.name, model) for r in recordings]
    waiting = [n for n, key in enumerate(keys) if key not in known or _was_busy(known[key])]

    def rows() -> list[dict[str, Any]]:
        return [known.get(k, {"name": r.name}) for k, r in zip(keys, recordings, strict=True)]

    if not waiting:
        return rows()
    if session.current().stopped:
        controls.caption(f"Stopped; {len(waiting)} of {len(keys)} wait.")
        controls.button("Go on", key=session.widget("go"), on_click=_stop, args=(False,))
        return rows()
    bar = controls.progress(0.0, f"{len(keys) - len(waiting)} of {len(keys)}")
    key = session.widget("stop")
    controls.button("Stop", key=key, icon=":material/stop:", on_click=_stop, args=(True,))
    news = controls.empty()
    took: list[float] = []  # seconds for each file that could be read
    for left, number in zip(reversed(range(len(waiting))), waiting, strict=True):
        start = time.monotonic()
        known[keys[number]] = row = _row(recordings[number], artifacts, model, news.caption)
        if not row["problem"]:
            took.append(time.monotonic() - start)
        words = f", about {clock(fmean(took) * left)} left" if took else ""
        done = len(keys) - left
        bar.progress(done / len(keys), f"{done} of {len(keys)}{words}")
        place.dataframe(_in_columns(rows()), hide_index=True, column_config=COLUMNS)
    _stop(any(map(_was_busy, rows())))  # those go on when the visitor says so, not at once
    st.rerun()


def _was_busy(row: dict[str, Any]) -> bool:
    """Whether a recording could not be read for the moment."""
    return str(row.get("problem")).endswith(BUSY)


def _stop(stopped: bool) -> None:
    session.current().stopped = stopped


def _row(
    recording: Recording, artifacts: Artifacts, model: str, tell: Callable[[str], object]
) -> dict[str, Any]:
    """What was found in a recording, or why nothing was."""
    try:
        analysis = analysed_for_verdict(recording, model, artifacts, tell)
    except AudioError as error:
        return {"name": recording.name, "problem": str(error)}
    given = verdict(analysis, model, artifacts)
    decision = decided(analysis, given, artifacts, state.answers(artifacts, model))
    history.note(artifacts, recording, analysis, given, decision)
    second, share = given.second
    return {
        "name": recording.name,
        "shown": shown(given, decision),
        "verdict": WORDS[decision.kind],
        "record": in_short(decision.record),
        "outside": decision.outside,
        "genre": given.genre,
        "confidence": given.confidence,
        "second": second,
        "second_confidence": share,
        "seconds": analysis.seconds,
        "doubts": ", ".join(finding.kind for finding in analysis.findings),
        "problem": "",
    }


COLUMNS: dict[str, Any] = {
    "name": st.column_config.TextColumn("File", pinned=True, width="medium"),
    "shown": "Genre",
    "verdict": "Verdict",
    "record": st.column_config.TextColumn(
        "Right", help="How many answers in the tests that were about as sure were right."
    ),
    "outside": "Sounds like",
    "confidence": components.share("Confidence"),
    "second": "Second guess",
    "second_confidence": components.share("Its confidence"),
    "seconds": components.number("Seconds", "%.0f"),
    "doubts": "Doubts",
    "problem": st.column_config.TextColumn(
        "Problem", width="medium", help="Choose the row to read all of it."
    ),
}


def _in_columns(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """The same columns in the same order, whatever is known of the files so far."""
    return pd.DataFrame(rows).reindex(columns=list(COLUMNS))


def _table(found: pd.DataFrame) -> int | None:
    genres = sorted(found["shown"].dropna().unique())
    wanted = (
        st.pills("Only", genres, selection_mode="multi", key=session.widget("only"))
        if genres
        else []
    )
    shown = found[found["shown"].isin(wanted)] if wanted else found
    row = components.table(shown, session.widget("album"), f"{len(shown)} files", **COLUMNS)
    return None if row is None else int(shown.index[row])


def _download(table: pd.DataFrame) -> None:
    components.download("CSV", table.to_csv(index=False), "genres.csv")
    components.download("JSON", table.to_json(orient="records", force_ascii=False), "genres.json")
    only = st.session_state.get(session.widget("only"))
    playlists.offer_files(table[table["shown"].isin(only)] if only else table)

"""Several recordings at once: a table that fills row by row, and can be stopped."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from dashboard import components, playlists, state
from dashboard.live import history, session
from dashboard.live.analyses import analysed_for_verdict, clock
from dashboard.live.verdict import shown
from pipeline.errors import AudioError
from pipeline.inference.deciding import decided
from pipeline.inference.predict import verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dashboard.live.recording import Recording
    from pipeline.artifacts.reader import Artifacts


def choose(recordings: Sequence[Recording], artifacts: Artifacts, model: str) -> Recording | None:
    """Classify all, list them, and let one be chosen; None if none is."""
    controls, place = st.container(horizontal=True, vertical_alignment="center"), st.empty()
    rows = _classified(recordings, artifacts, model, controls, place)
    table = pd.DataFrame(rows)
    with place.container():
        st.caption("Choose a row to see more of it.")
        row = _table(table)
        with st.container(horizontal=True):
            _download(table)
    chosen = None if row is None else recordings[row]
    return chosen if chosen and not rows[recordings.index(chosen)].get("problem") else None


def _classified(
    recordings: Sequence[Recording], artifacts: Artifacts, model: str, controls: Any, place: Any
) -> list[dict[str, Any]]:
    """A row for each recording; those that wait have no genre yet."""
    known = session.current().album
    keys = [(r.digest, r.name, artifacts.manifest.benchmark, model) for r in recordings]
    waiting = [n for n, key in enumerate(keys) if key not in known]

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
    start = time.monotonic()
    for done, number in enumerate(waiting, start=1):
        known[keys[number]] = _row(recordings[number], artifacts, model, news.caption)
        left = (time.monotonic() - start) / done * (len(waiting) - done)
        finished = len(keys) - len(waiting) + done
        bar.progress(finished / len(keys), f"{finished} of {len(keys)}, about {clock(left)} left")
        place.dataframe(pd.DataFrame(rows()), hide_index=True, column_config=COLUMNS)
    st.rerun()


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
    history.note(artifacts, recording, analysis, given)
    second, share = given.second
    decision = decided(analysis, given, artifacts, state.answers(artifacts, model))
    return {
        "name": recording.name,
        "shown": shown(given, decision),
        "verdict": decision.kind.replace("_", " "),
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
    "name": st.column_config.TextColumn("File", pinned=True),
    "shown": "Genre",
    "verdict": "Verdict",
    "outside": "Sounds like",
    "confidence": components.share("Confidence"),
    "second": "Second guess",
    "second_confidence": components.share("Its confidence"),
    "seconds": components.number("Seconds", "%.0f"),
    "doubts": "Doubts",
    "problem": "Problem",
}


def _table(table: pd.DataFrame) -> int | None:
    found = table.reindex(columns=[name for name in COLUMNS if name in table])
    genres = sorted(found["shown"].dropna().unique()) if "shown" in found else []
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

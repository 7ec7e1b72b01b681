"""What has been heard in this session: each recording once by each model, in the visitor's memory.

Nothing is written to disk; what the server holds goes with the session.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from pipeline import guarded
from pipeline.predict import Heard, Verdict, listen, verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dashboard.live.sources import Recording
    from pipeline.artifacts import Artifacts

KEPT = 64  # recordings by model whose answers are kept, about a megabyte each at most


def heard(
    recording: Recording,
    models: Sequence[str],
    artifacts: Artifacts,
    watch: Callable[[float], None] | None = None,
) -> Heard:
    """What models make of a recording, see `pipeline.predict.listen`; computed once a session."""
    key = (recording.digest, *_benchmark(artifacts), *models)
    return once(
        "demo.heard",
        key,
        lambda: listen(recording.data, models, artifacts, guarded.blocks, watch),
    )


def asked(recording: Recording, model: str, artifacts: Artifacts) -> Verdict:
    """Verdict of one model; progress is shown while it listens."""
    place = st.empty()

    def watch(seconds: float) -> None:
        place.caption(f"Listening … {clock(seconds)}")

    found = heard(recording, [model], artifacts, watch)
    place.empty()
    return verdict(found, model, artifacts)


def once(slot: str, key: tuple[Any, ...], make: Callable[[], Any]) -> Any:
    """Make something once a session; the last `KEPT` are kept."""
    kept: dict[tuple[Any, ...], Any] = st.session_state.setdefault(slot, {})
    if key not in kept:
        kept[key] = make()
        while len(kept) > KEPT:
            del kept[next(iter(kept))]
    return kept[key]


def clock(seconds: float) -> str:
    """Time as minutes and seconds, with hours where there are some."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _benchmark(artifacts: Artifacts) -> tuple[str, str]:
    return artifacts.manifest.benchmark, artifacts.manifest.created

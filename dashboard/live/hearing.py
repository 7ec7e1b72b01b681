"""What has been heard in this session: each recording once by each model, in the visitor's memory.

Nothing is written to disk; what the server holds goes with the session.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast

import streamlit as st

from pipeline import guarded
from pipeline.predict import Heard, listen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dashboard.live.sources import Recording
    from pipeline.artifacts import Artifacts

T = TypeVar("T")
Key: TypeAlias = tuple[Any, ...]
SLOTS = "demo.kept"
KEPT = 64  # recordings whose answers are kept, about a megabyte each at most
SOUNDS = {"normalized": 2, "player": 2}  # slots of sound, which is up to fifty times as large


def heard(
    recording: Recording,
    models: Iterable[str],
    artifacts: Artifacts,
    watch: Callable[[float], None] | None = None,
) -> Heard:
    """What models make of a recording, see `pipeline.predict.listen`; each is asked once."""
    slot, name = "heard", key(recording, artifacts)
    before: Heard | None = _kept(slot).get(name)
    missing = [model for model in models if before is None or model not in before.answers]
    if not missing and before:
        return before
    found = listen(recording.data, missing, artifacts, guarded.blocks, watch)
    return cast("Heard", _keep(slot, name, before | found if before else found))


def aloud(recording: Recording, model: str, artifacts: Artifacts) -> Heard:
    """The same of one model; progress is shown while it listens."""
    place = st.empty()

    def watch(seconds: float) -> None:
        place.caption(f"Listening … {clock(seconds)}")

    found = heard(recording, [model], artifacts, watch)
    place.empty()
    return found


def key(recording: Recording, artifacts: Artifacts, *more: str) -> Key:
    """What is found in a recording is kept under this; another build finds it anew."""
    return (recording.digest, artifacts.manifest.benchmark, artifacts.manifest.created, *more)


def once(slot: str, key: Key, make: Callable[[], T]) -> T:
    """Make something once a session; the last ones are kept."""
    kept = _kept(slot)
    return cast("T", kept[key] if key in kept else _keep(slot, key, make()))


def hold(source: str, recording: Recording | None) -> None:
    """Keep what a source brought until it brings something else, or all is forgotten."""
    _kept("held")[(source,)] = recording


def held(source: str) -> Recording | None:
    """What a source brought last."""
    slots: dict[str, dict[Key, Any]] = st.session_state.get(SLOTS, {})
    return slots.get("held", {}).get((source,))


def forget() -> None:
    """Keep nothing of what was brought and heard."""
    st.session_state.pop(SLOTS, None)


def _kept(slot: str) -> dict[Key, Any]:
    slots: dict[str, dict[Key, Any]] = st.session_state.setdefault(SLOTS, {})
    return slots.setdefault(slot, {})


def _keep(slot: str, key: Key, value: Any) -> Any:
    kept = _kept(slot)
    kept[key] = value
    while len(kept) > SOUNDS.get(slot, KEPT):
        del kept[next(iter(kept))]
    return value


def clock(seconds: float) -> str:
    """Time as minutes and seconds, with hours where there are some."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"

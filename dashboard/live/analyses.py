"""Recordings analysed by models, each once a session and in turn with those of other visitors."""

from __future__ import annotations

import logging
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING

from dashboard import state
from dashboard.live import session
from dashboard.live.turns import VERDICTS, place_in_words
from pipeline.errors import ArtifactsError, AudioError
from pipeline.inference.deciding import taggers
from pipeline.inference.predict import analyse
from pipeline.progress import silent
from pipeline.untrusted import decoding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager

    from dashboard.live.recording import Recording
    from pipeline.artifacts.reader import Artifacts
    from pipeline.inference.predict import Analysis
    from pipeline.progress import Progress

logger = logging.getLogger(__name__)


AT_ONCE = nullcontext(silent)


def analysed(
    recording: Recording,
    models: Iterable[str],
    artifacts: Artifacts,
    turn: AbstractContextManager[Progress] = AT_ONCE,
    networks: Iterable[str] = (),
) -> Analysis:
    """What models find in a recording, see `pipeline.inference.predict.analyse`.

    Parameters
    ----------
    turn
        Entered where anything is left to find; gives what progress is reported to.
    """
    kept, key = session.current().analyses, session.result_key(recording, artifacts)
    before = kept.get(key)
    missing = [name for name in models if before is None or name not in before.predictions]
    untagged = [name for name in networks if before is None or name not in before.tags]
    if before and not missing and not untagged:
        return before
    try:
        with turn as progress:
            found = analyse(recording.data, missing, artifacts, decoding.blocks, progress, untagged)
    except AudioError as error:
        logger.info("A recording was refused: %s", error)
        raise
    return kept.keep(key, before | found if before else found)


def analysed_for_verdict(
    recording: Recording, model: str, artifacts: Artifacts, tell: Callable[[str], object]
) -> Analysis:
    """What the verdict of a model needs, and a second model, when it is this recording's turn.

    The second shares decoding and most networks with the first: it costs little in the same pass,
    and as much as the first in one of its own.

    Parameters
    ----------
    tell
        Writes on the page how far it is.
    """
    second = beside(artifacts, model)[:1]
    models = [model, *second] if _intact(artifacts, second) else [model]
    return analysed(recording, models, artifacts, _turn(tell), taggers(artifacts))


def _intact(artifacts: Artifacts, models: Iterable[str]) -> bool:
    """Whether models can be asked; what is wrong is said where the answer would stand."""
    try:
        return all(map(artifacts.served, models))
    except ArtifactsError as error:
        logger.warning("No second opinion: %s", error)
        return False


def beside(artifacts: Artifacts, model: str) -> list[str]:
    """Other models that can be asked, without baselines; the best first."""
    board = state.leaderboard(artifacts, artifacts.headline)["model"]
    left_out = artifacts.baselines | {model}
    return [name for name in board if name in artifacts.answering and name not in left_out]


@contextmanager
def _turn(tell: Callable[[str], object]) -> Iterator[Progress]:
    def waiting(ahead: int) -> None:
        tell(place_in_words(ahead))

    with VERDICTS.turn(waiting, session.visitor()) as give_way:

        def progress(task: str, done: float, total: float | None) -> None:
            give_way()
            tell(f"Listening … {clock(done)}")

        tell("Listening …")
        yield progress


def analysed_by_all(recording: Recording, artifacts: Artifacts, progress: Progress) -> Analysis:
    """The same by all models: one feature set after the other, each kept when it is done."""
    models: dict[str, list[str]] = {}
    for name in artifacts.answering:
        models.setdefault(artifacts.models[name].trained_on, []).append(name)
    for done, names in enumerate(models.values()):
        turn = nullcontext(partial(_within, progress, done, len(models)))
        found = analysed(recording, names, artifacts, turn)
    return found


def _within(
    progress: Progress, done: int, of: int, task: str, seconds: float, total: float | None
) -> None:
    progress(task, done, of)


def known(recording: Recording, artifacts: Artifacts) -> Analysis | None:
    """What all models found in a recording, if they were asked."""
    found = session.current().analyses.get(session.result_key(recording, artifacts))
    return found if found and set(artifacts.answering) <= set(found.predictions) else None


def clock(seconds: float) -> str:
    """Time as minutes and seconds, with hours where there are some."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"

"""What is computed and loaded in the background, ahead of need.

With the server come the tables of the first page. What recordings need takes more than half of the
server's memory: it is loaded when the first visitor has a page to look at.
"""

from __future__ import annotations

import gc
import logging
from threading import Event, Thread, current_thread
from typing import TYPE_CHECKING

from dashboard import state
from pipeline import memory
from pipeline.errors import ArtifactsError, AudioError
from pipeline.untrusted import decoding

if TYPE_CHECKING:
    from pipeline.artifacts.reader import Artifacts

logger = logging.getLogger(__name__)
NAME = "warm-up"
STREAMLIT = "streamlit.runtime.scriptrunner_utils.script_run_context"
_somebody_is_here = Event()


def start() -> None:
    """Begin, in the background."""
    # Streamlit warns of spinners that no page shows.
    logging.getLogger(STREAMLIT).addFilter(lambda _: current_thread().name != NAME)
    Thread(target=_warm_up, name=NAME, daemon=True).start()


def page_is_drawn() -> None:
    """Tell that a visitor has a page: now what recordings need may be loaded."""
    _somebody_is_here.set()


def _warm_up() -> None:
    try:
        opened = state.artifacts(state.benchmarks()[0])
        _compute_tables(opened)
        _somebody_is_here.wait()
        if opened.manifest.live:
            decoding.warm_up()
            ranking = state.tested_models(opened, opened.headline)
            models = [name for name in ranking if name in opened.answering]
            _analyse_a_tone(models[:1], opened)  # the best is the one that visitors see first
            _analyse_a_tone(models, opened)
    except (ArtifactsError, AudioError, IndexError) as error:
        # Pages say what is wrong, or that nothing is built.
        logger.warning("Nothing was loaded ahead of the first visitor: %s", error)
    # Streamlit collects garbage after each run of a script, before it tells the browser that it
    # ended. Looking through all that was just loaded would take it more than half a second.
    gc.collect()
    gc.freeze()
    memory.give_back()


def _compute_tables(opened: Artifacts) -> None:
    """Compute what the first page shows, and leave what it loaded out of later collections."""
    state.compare(opened, tuple(state.tested_models(opened, opened.headline)), opened.headline)
    state.leaderboard(opened, opened.headline)
    gc.freeze()


def _analyse_a_tone(models: list[str], opened: Artifacts) -> None:
    import numpy as np

    from pipeline.audio.windows import SAMPLE_RATE
    from pipeline.inference.predict import analyse

    tone = 0.1 * np.sin(0.1 * np.arange(3 * SAMPLE_RATE, dtype=np.float32))
    analyse(b"", models, opened, lambda source, notes: [tone])

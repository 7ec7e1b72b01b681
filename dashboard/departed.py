"""What visitors leave behind is given back when they have gone, and not when the next ones go."""

from __future__ import annotations

import asyncio
import gc
import logging

from streamlit import runtime

from pipeline import memory
from pipeline.untrusted import decoding

logger = logging.getLogger(__name__)

EVERY_SECONDS = 30.0


async def tidy_up() -> None:
    """Look now and then, until the task is cancelled; what goes wrong is logged."""
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        try:
            forget()
        except Exception:  # nobody awaits this task, and the next look may succeed
            logger.exception("What visitors left behind could not be given back.")


def forget() -> None:
    """Forget sessions that nobody came back to, and end decoders that a rush needed.

    Streamlit keeps a session for ``server.disconnectedSessionTTL`` seconds after its line was lost,
    with its files and charts, and has no word for forgetting it then: it would stay until another
    page is closed.
    """
    if runtime.get_instance()._session_mgr._session_storage._cache.expire():  # type: ignore[attr-defined]
        gc.collect()
    decoding.end_spare_workers()
    memory.give_back()

"""Sessions whose visitors have left are forgotten, without anybody coming."""

from __future__ import annotations

import asyncio
import weakref
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import TYPE_CHECKING

from streamlit import runtime
from streamlit.runtime.caching.ttl_cache import TTLCache
from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.runtime.session_manager import SessionInfo
from streamlit.runtime.websocket_session_manager import WebsocketSessionManager

from dashboard import departed

if TYPE_CHECKING:
    import pytest

SECONDS = 120  # that a session is kept for a browser that comes back


class Left:
    """In place of a session whose line was lost."""

    def __init__(self, name: str) -> None:
        self.id, self.itself = name, self  # a circle, as in real ones


def test_only_sessions_that_nobody_came_back_to_are_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One whose time is over is gone from memory; one that left just now can come back."""
    now = [0.0]
    storage = MemorySessionStorage()
    storage._cache = TTLCache(maxsize=9, ttl=SECONDS, timer=lambda: now[0])
    files = MemoryUploadedFileManager("/files")
    manager = WebsocketSessionManager(storage, files, ScriptCache(), lambda: None)
    monkeypatch.setattr(runtime, "get_instance", lambda: SimpleNamespace(_session_mgr=manager))

    def leave(name: str) -> weakref.ref[Left]:
        session = Left(name)
        storage.save(SessionInfo(client=None, session=session, script_run_count=1))  # type: ignore[arg-type]
        return weakref.ref(session)

    early = leave("early")
    now[0] = 0.7 * SECONDS
    late = leave("late")
    now[0] = 1.1 * SECONDS
    assert early()
    departed.forget()
    assert not early()
    assert late()
    assert storage.get("late")


def test_a_look_that_fails_is_logged_and_not_the_last(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody awaits the task, so its error would be lost and memory kept from then on."""
    looks = []

    def forget() -> None:
        looks.append(len(looks))
        if len(looks) == 1:
            raise AttributeError("no such storage")

    async def watch() -> None:
        task = asyncio.create_task(departed.tidy_up())
        while len(looks) < 3:
            await asyncio.sleep(0)
        task.cancel()

    monkeypatch.setattr(departed, "EVERY_SECONDS", 0.0)
    monkeypatch.setattr(departed, "forget", forget)
    with ThreadPoolExecutor(1) as pool:  # a browser of other tests may have a loop in this thread
        pool.submit(lambda: asyncio.run(asyncio.wait_for(watch(), 10))).result()
    [record] = caplog.records
    assert "could not be given back" in record.message
    assert "no such storage" in str(record.exc_info)

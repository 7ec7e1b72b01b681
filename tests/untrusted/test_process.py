"""The line between the server and its workers, and what befalls a worker that misbehaves."""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from support.processes import POSIX, PROC, gone
from support.web_site import trickle

from pipeline.untrusted.process import Worker, WorkerDied, WorkerTooSlow

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.web_site import Server

START = "import os, sys, time; from pipeline.untrusted import process; line = process.server()\n"
ECHO = "while True:\n    facts, data = line.receive(); line.send(data, **facts)"
HALF = "import struct; os.write(line.line.fileno(), struct.pack('!i', 99) + b'{'); time.sleep(60)"


@pytest.fixture
def worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Worker]:
    """A worker that runs some code; it is gone after the test."""
    monkeypatch.syspath_prepend(tmp_path)
    started = []

    def start(code: str, **kwargs: object) -> Worker:
        (tmp_path / "job.py").write_text(START + code)
        started.append(Worker("job", **kwargs))
        return started[-1]

    yield start
    for each in started:
        each.end()


def test_facts_and_bytes_come_back(worker: Callable[..., Worker]) -> None:
    """Messages arrive whole and in order, large ones too."""
    echo = worker(ECHO)
    with echo.deadline(60):
        for size in (0, 1, 20_000_000):
            echo.send(bytes(size), path="sö\udcffng", seconds=0.1, none=None)
            facts, data = echo.receive()
            assert facts == {"path": "sö\udcffng", "seconds": 0.1, "none": None}
            assert data == bytes(size)
    assert echo.fit


@pytest.mark.parametrize(
    "code",
    [
        "line.line.send_bytes(b'cos\\nsystem\\n'); line.line.send_bytes(b'')",  # a pickle
        "line.line.send_bytes(b'[1]'); line.line.send_bytes(b'')",
        "line.line.send_bytes(b' ' * 2**17)",
        "line.send(bytes(1001))",
        "sys.exit(3)",
    ],
    ids=["pickle", "list", "long facts", "long data", "end"],
)
def test_what_is_no_message_ends_the_worker(worker: Callable[..., Worker], code: str) -> None:
    """Nothing but facts and bytes within the allowed length is taken from a worker."""
    liar = worker(code + "\ntime.sleep(60)")
    with pytest.raises(WorkerDied), liar.deadline(60):
        liar.receive(1000)
    assert liar.process.returncode is not None
    assert not liar.fit


@pytest.mark.parametrize("code", ["time.sleep(60)", HALF], ids=["silent", "half a message"])
def test_late_worker_is_killed(
    worker: Callable[..., Worker], code: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing, and the half of a message, keep nobody waiting; the log tells."""
    slow = worker(code)
    with pytest.raises(WorkerTooSlow), slow.deadline(2):
        slow.receive()
    assert "job took longer than 2 s and was killed." in caplog.text


@POSIX
@pytest.mark.parametrize(
    ("code", "ended"),
    [("os.kill(os.getpid(), 11)", "by SIGSEGV"), ("sys.exit(3)", "with code 3")],
)
def test_log_tells_how_a_worker_ended(
    worker: Callable[..., Worker], code: str, ended: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever runs the server learns of crashes."""
    dying = worker(code)
    with pytest.raises(WorkerDied), dying.deadline(60):
        dying.receive()
    assert [(record.levelno, record.message) for record in caplog.records] == [
        (logging.WARNING, f"A process of job ended {ended}.")
    ]


def test_environment_and_folder(worker: Callable[..., Worker], tmp_path: Path) -> None:
    """A worker has the variables of the server, except those taken away, and its own folder."""
    code = "line.send(env=dict(os.environ), cwd=os.getcwd())"
    child = worker(code, env={"HOME": None, "SPECIAL": "1"}, cwd=tmp_path)
    with child.deadline(60):
        facts, _ = child.receive()
    assert "HOME" not in facts["env"]
    assert facts["env"]["SPECIAL"] == "1"
    assert facts["cwd"] == str(tmp_path)


@POSIX
def test_limits_bind_and_are_lifted(worker: Callable[..., Worker], tmp_path: Path) -> None:
    """Memory, files and processor time end where they should; a new limit replaces the old one."""
    child = worker(
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "def fails(code):\n"
        "    try: eval(code)\n"
        "    except (MemoryError, OSError): return True\n"
        "process.limit(memory=2**30, processor=100, file_size=1000)\n"
        "soft = resource.getrlimit(resource.RLIMIT_CPU)[0]\n"
        'bound = [fails(\'bytes(2**30)\'), fails(\'open("f", "wb", 0).write(bytes(1001)) - 1001'
        " or 1 / 0')]\n"
        "written = os.path.getsize('f')\n"
        "process.limit()\n"
        "line.send(soft=soft, bound=bound, written=written, after=fails('bytes(2**30)'))",
        cwd=tmp_path,
    )
    with child.deadline(60):
        facts, _ = child.receive()
    assert 100 <= facts["soft"] <= 102
    assert facts["bound"][0]
    assert facts["written"] == 1000
    assert facts["after"] is None


SERVER = """
import sys
from pipeline.untrusted import links, process
Worker = process.Worker
def started(*args, **kwargs):
    worker = Worker(*args, **kwargs)
    print(worker.process.pid, flush=True)
    return worker
process.Worker = started
links.fetch(sys.argv[1])
"""


@PROC
@pytest.mark.usefixtures("let_through")
def test_download_ends_with_its_server(site: Server) -> None:
    """A server that is killed leaves no process that goes on fetching, even from a slow site."""
    site.pages["/a"] = trickle(b"RIFF", 60)
    command = [sys.executable, "-c", SERVER, site.at("/a")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as server:
        pid = int(server.stdout.readline())
        while not site.seen:
            assert not gone(pid, 0.05)
        server.send_signal(signal.SIGKILL)
    assert gone(pid)

"""Memory of the server and its workers: ``python -m benchmarks.memory``; Linux only."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import numpy as np
import soundfile
from support.serving import PIECE, SAMPLE_RATE, megabytes, served, song, wait_until_idle
from support.streamlit_client import Visitor
from support.timing import goal, table

from dashboard.views.sections.answering import libraries
from pipeline.artifacts.reader import open_benchmark
from pipeline.audio.decoding import decode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

VERDICTS, SESSIONS, SHORT = 300, 50, 10
KEPT_SECONDS = 125  # beyond Streamlit's server.disconnectedSessionTTL


def section() -> str:
    """The measurements in Markdown, the title first."""
    with tempfile.TemporaryDirectory() as folder, served() as (address, pid):
        wait_until_idle(pid)
        rows = list(_rows(address, pid, Path(folder)))
    return f"""what the server and its workers hold

Resident memory (RSS), and the proportional set size (PSS), which counts what is shared once. No
visitor: the tables of the first page are there. All models: each was asked about a recording of
30 s. Then {VERDICTS} different recordings of {SHORT} s, in {SESSIONS} sessions. Streamlit keeps a
session for two minutes after its page is closed, so that it can come back.

{table(["state", "RSS, MB", "goal, MB", "PSS, MB"], rows)}"""


def _rows(address: str, pid: int, folder: Path) -> Iterator[list[str]]:
    def row(state: str, wished: float) -> list[str]:
        rss, pss = megabytes(pid)
        return [state, *goal(rss, wished, 0), f"{pss:.0f}"]

    yield row("no visitor", 350)
    _ask(address, _models(), [song(folder / "song.mp3")])
    wait_until_idle(pid)
    yield row("verdicts of all models", 500)
    before = megabytes(pid)[0]
    for number in range(SESSIONS):
        files = _recordings(folder, range(number, VERDICTS, SESSIONS))
        _ask(address, [""], files)
    wait_until_idle(pid)
    yield row(f"{VERDICTS} verdicts and {SESSIONS} sessions later", before + 20)
    time.sleep(KEPT_SECONDS)
    _ask(address, [""], [song(folder / "song.mp3")])
    wait_until_idle(pid)
    yield row("when these sessions are forgotten", before + 20)


def _ask(address: str, queries: Iterable[str], files: Iterable[Path]) -> None:
    """A visitor who uploads each file, for each query that names a model."""
    found = list(files)
    for query in queries:
        visitor = Visitor(address, "demo", query)
        for file in found:
            visitor.upload(file, "metric")
        visitor.close()


def _models() -> list[str]:
    """The query of each model."""
    artifacts = open_benchmark("gtzan")
    groups = libraries(artifacts)
    return [
        urlencode({"demo.library": library, "demo.model": artifacts.titles[name]})
        for library, names in groups.items()
        for name in names
    ]


def _recordings(folder: Path, numbers: Iterable[int]) -> Iterator[Path]:
    y = np.resize(decode(PIECE), SHORT * SAMPLE_RATE)
    for number in numbers:
        file = folder / f"{number}.flac"
        soundfile.write(file, np.roll(y, 997 * number), SAMPLE_RATE)
        yield file


if __name__ == "__main__":
    print(section())

"""From a file to a verdict: ``python -m benchmarks.verdicts``."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import librosa
from support import plain_librosa
from support.serving import SECONDS, song
from support.timing import goal, in_turns, table

from pipeline.artifacts.reader import open_benchmark
from pipeline.inference.predict import analyse
from pipeline.untrusted import decoding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

TIMES, FEW_TIMES, FOUR_MINUTES = 5, 2, 240
GOALS = {"svc": 0.25, "transfer": 0.5}
OTHERS = ("xgboost", "vote", "mlp", "cnn_logmel", "embedding_logistic", "taggram_lda")
ALL, LONGER = 1.5, 8  # seconds for all models; how many times as long four minutes may take


def section() -> str:
    """The measurements in Markdown, the title first."""
    with tempfile.TemporaryDirectory() as folder:
        short = song(Path(folder) / "song.mp3")
        long = song(Path(folder) / "long.mp3", FOUR_MINUTES)
        plain = {"plain": lambda: plain_librosa.timbre(librosa.load(short)[0])}
        times = in_turns(_jobs(short) | plain, TIMES)
        rows = list(_rows(times, in_turns(_jobs(long), FEW_TIMES)))
    return f"""from a file to an answer

A stereo MP3 of {SECONDS} s at 44.1 kHz, warm, on all cores, by what the demo calls: another process
decodes, and the model answers. The plain way takes {times["plain"]:.1f} s: `librosa.load` and the
features of timbre one by one, without any model.

{table(["model", "s", "goal, s", "times the plain way", "four minutes, s", "goal, s"], rows)}"""


def _jobs(file: Path) -> dict[str, Callable[[], object]]:
    opened, data = open_benchmark("gtzan"), file.read_bytes()
    asked = {name: [name] for name in (*GOALS, *OTHERS)} | {"all models": list(opened.models)}
    return {
        name: partial(analyse, data, models, opened, decoding.blocks)
        for name, models in asked.items()
    }


def _rows(times: dict[str, float], long: dict[str, float]) -> Iterable[list[str]]:
    wished = GOALS | {"all models": ALL}
    for name, took in long.items():
        ratio = f"{times['plain'] / times[name]:.1f}"
        if name in wished:
            yield [
                name, *goal(times[name], wished[name]), ratio, *goal(took, LONGER * wished[name], 1)
            ]  # fmt: skip
        else:
            yield [name, f"{times[name]:.2f}", "", ratio, f"{took:.1f}", ""]


if __name__ == "__main__":
    print(section())

"""Timings as ratios against the plain way, both in one run: ``make bench``.

Prints its tables and writes them to docs/benchmarks.md.
"""

from __future__ import annotations

import os

# One thread, which must be said before numpy is imported.
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["MKL_NUM_THREADS"] = "1"
os.environ["NUMBA_NUM_THREADS"] = "1"
os.environ["TF_NUM_INTRAOP_THREADS"] = "1"
os.environ["TF_NUM_INTEROP_THREADS"] = "1"

import platform
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import librosa
import numpy as np
import soundfile
from joblib import Parallel, delayed
from support import plain_librosa

from dashboard.live.sources import EXAMPLES
from pipeline.artifacts.reader import open_benchmark
from pipeline.audio.decoding import decode
from pipeline.audio.windows import SAMPLE_RATE
from pipeline.features.common.spectrum import Spectrum
from pipeline.inference.predict import analyse, verdict
from pipeline.registry import lookup
from pipeline.untrusted import decoding as untrusted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pipeline.inference.predict import Verdict

PAGE = Path(__file__).parents[1] / "docs/benchmarks.md"
CLIPS, SECONDS = 20, 30
VERDICTS = ("svc", "xgboost", "vote", "mlp", "cnn_logmel", "transfer", "taggram_lda")
PIECE = EXAMPLES / "synth-pop.mp3"
TOGETHER = ("timbre", "gtzan26", "fma518", "mfcc12", "logmel")
FIRST_CALL = (
    "import numpy, time; start = time.perf_counter();"
    "from pipeline.features.timbre import FEATURES; FEATURES.extract(numpy.ones(66150, 'f4'));"
    "print(time.perf_counter() - start)"
)


def clips() -> list[np.ndarray]:
    """The example pieces, repeated to 30 s, each at two starting points."""
    pieces = [decode(path) for path in sorted(EXAMPLES.glob("*.mp3"))]
    starts = [np.roll(y, shift) for shift in (0, SAMPLE_RATE) for y in pieces]
    return [np.resize(y, SECONDS * SAMPLE_RATE) for y in starts][:CLIPS]


def ours(name: str, y: np.ndarray) -> object:
    """One of our sets, by name; the last two are for comparison."""
    match name:
        case "timbre without tempo":
            spectrum = Spectrum(y)
            vars(spectrum)["tempo"] = 0.0  # as if it were computed
            return lookup("pipeline.features", "FEATURES", "timbre").compute(spectrum)
        case "together":
            spectrum = Spectrum(y)
            sets = [lookup("pipeline.features", "FEATURES", name) for name in TOGETHER]
            return [features.compute(spectrum) for features in sets]
        case _:
            return lookup("pipeline.features", "FEATURES", name).extract(y)


PLAIN = {
    "gtzan26": plain_librosa.gtzan26,
    "timbre without tempo": plain_librosa.timbre_without_tempo,
    "timbre": plain_librosa.timbre,
    "fma518": plain_librosa.fma518,
    "mfcc12": plain_librosa.mfcc12,
    "mfcc12_sequence": plain_librosa.mfcc12_frames,
    "logmel": plain_librosa.logmel,
}


def seconds(job: Callable[..., object], *arguments: object) -> float:
    """Duration of a call."""
    start = time.perf_counter()
    job(*arguments)
    return time.perf_counter() - start


def in_two_processes(job: Callable[[np.ndarray], object], pieces: list[np.ndarray]) -> float:
    """Seconds for a clip when two workers share the clips; they are warm before it counts."""
    work = Parallel(n_jobs=2)
    with work:
        work(delayed(job)(y[:SAMPLE_RATE]) for y in pieces[:4])
        return seconds(lambda: work(delayed(job)(y) for y in pieces)) / len(pieces)


def feature_rows(pieces: list[np.ndarray]) -> Iterable[list[str]]:
    """A row a set: one thread, clip by clip in turns, then two processes."""
    for name, plainly in PLAIN.items():
        job = partial(ours, name)
        job(pieces[0]), plainly(pieces[0])
        times = [(seconds(job, y), seconds(plainly, y)) for y in pieces]
        mine, other = np.median(times, axis=0)
        two, plain_two = in_two_processes(job, pieces), in_two_processes(plainly, pieces)
        yield [
            name,
            *(f"{1000 * mine:.0f}", f"{1000 * other:.0f}", f"**{other / mine:.1f}**"),
            *(f"{1000 * two:.0f}", f"{1000 * plain_two:.0f}", f"**{plain_two / two:.1f}**"),
            f"{1 / two:.0f}",
        ]


def other_rows(pieces: list[np.ndarray]) -> Iterable[list[str]]:
    """What has no plain way in librosa, or compares otherwise."""
    for name in ("musicnn", "timbre", "together"):
        job = partial(ours, name)
        job(pieces[0])
        label = " + ".join(TOGETHER) if name == "together" else f"{name} alone"
        yield [label, f"{1000 * statistics.median(seconds(job, y) for y in pieces):.0f}"]


def first_calls() -> Iterable[list[str]]:
    """Import and first window in a new process, with and without what numba keeps on disk."""
    with tempfile.TemporaryDirectory() as empty:
        for label, extra in (
            ("after `make install`", {}),
            ("nothing compiled yet", {"NUMBA_CACHE_DIR": empty}),
        ):
            run = subprocess.run(
                [sys.executable, "-c", FIRST_CALL],
                env=os.environ | extra, capture_output=True, text=True, check=True,
            )  # fmt: skip
            yield [label, f"{float(run.stdout):.1f}"]


def verdict_rows() -> Iterable[list[str]]:
    """From a file to a verdict by what the page calls, beside plain librosa's features alone."""
    opened = open_benchmark("gtzan")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "song.mp3"
        soundfile.write(path, np.resize(decode(PIECE), SECONDS * SAMPLE_RATE), SAMPLE_RATE)
        data = path.read_bytes()
        loaded = often(lambda: librosa.load(path))
        plainly = often(lambda: plain_librosa.timbre(librosa.load(path)[0]))

        def ask(*models: str) -> Verdict:
            analysis = analyse(data, models, opened, untrusted.blocks)
            return verdict(analysis, models[0], opened)

        yield _beside("MP3 decoding", often(lambda: decode(data)), loaded)
        yield _beside("the same in another process", often(lambda: untrusted.decode(data)), loaded)
        for model in VERDICTS:
            yield _beside(f"MP3 to verdict, {model}", often(partial(ask, model)), plainly)
        yield _beside("MP3 to all models' verdicts", often(partial(ask, *opened.models)), plainly)


def often(job: Callable[[], object]) -> float:
    """Median duration of a job, after a first time."""
    job()
    return statistics.median(seconds(job) for _ in range(CLIPS))


def _beside(name: str, mine: float, other: float) -> list[str]:
    return [name, f"{1000 * mine:.0f}", f"{1000 * other:.0f}", f"**{other / mine:.1f}**"]


def table(head: list[str], rows: Iterable[list[str]]) -> str:
    """A Markdown table."""
    marks = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [head, marks, *rows]) + "\n"


def page() -> str:
    """All tables with the words around them."""
    pieces = clips()
    versions = ", ".join(f"{name} {version(name)}" for name in ("librosa", "numpy", "scipy"))
    features = table(
        [
            *("set", "ms", "plain, ms", "times faster"),
            *("two processes, ms", "plain, ms", "times faster", "clips a second"),
        ],
        feature_rows(pieces),
    )
    return f"""# Benchmarks

Written by `make bench`. Ratios count: both sides ran in turns on the same machine. Python
{platform.python_version()}, {versions}, {os.cpu_count()} cores.

## Feature sets

Time for a clip of {SECONDS} s, the median of {CLIPS} clips. The plain way is
`tests/support/plain_librosa.py`: a call of librosa for each feature, and for fma518 FMA's sequence
of calls, which shares a spectrogram already. One thread each.

{features}
Several sets that are computed together share their spectrogram:

{table(["set", "ms"], other_rows(pieces))}
The first window in a new process, importing included:

{table(["environment", "s"], first_calls())}
## From a file to a verdict

A clip of {SECONDS} s, the median of {CLIPS} times, by what the demo calls: another process
decodes, and the model predicts. One thread; the demo has all there are. The plain way is
`librosa.load` and the features of timbre, without any model.

{table(["job", "ms", "plain, ms", "times faster"], verdict_rows())}"""


if __name__ == "__main__":
    text = page()
    print(text)
    PAGE.write_text(text, encoding="utf-8")

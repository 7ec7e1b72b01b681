"""Feature sets beside plain librosa and FMA's script: ``python -m benchmarks.features``."""

from __future__ import annotations

import os

# One thread, which must be said before numpy is imported.
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["MKL_NUM_THREADS"] = "1"
os.environ["NUMBA_NUM_THREADS"] = "1"
os.environ["TF_NUM_INTRAOP_THREADS"] = "1"
os.environ["TF_NUM_INTEROP_THREADS"] = "1"

import statistics
import subprocess
import sys
import tempfile
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from joblib import Parallel, delayed
from support import plain_librosa
from support.timing import seconds, table

from dashboard.live.sources import EXAMPLES
from pipeline.audio.decoding import decode
from pipeline.audio.windows import SAMPLE_RATE
from pipeline.features.common.spectrum import Spectrum
from pipeline.registry import lookup

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

CLIPS, SECONDS = 20, 30
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


def section() -> str:
    """The measurements in Markdown, the title first."""
    pieces = clips()
    ahead = ("ms", "plain, ms", "times faster")
    return f"""time for a clip of {SECONDS} s

The median of {CLIPS} clips, one thread. The plain way is `tests/support/plain_librosa.py`: a call
of librosa for each feature, and for fma518 FMA's sequence of calls, which shares a spectrogram
already.

{table(["set", *ahead, "two processes, ms", *ahead[1:], "clips a second"], feature_rows(pieces))}
Several sets that are computed together share their spectrogram:

{table(["set", "ms"], other_rows(pieces))}
The first window in a new process, importing included:

{table(["environment", "s"], first_calls())}"""


if __name__ == "__main__":
    print(section())

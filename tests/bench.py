"""Timings as ratios against the plain way, both in one run: ``make bench``."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

import librosa
import numpy as np
from rich.console import Console
from rich.table import Table

from dashboard.views.demo import EXAMPLES
from pipeline.artifacts import open_benchmark
from pipeline.audio import SAMPLE_RATE, decode
from pipeline.features.timbre import FEATURES as TIMBRE
from pipeline.predict import analyse, classify

if TYPE_CHECKING:
    from collections.abc import Callable

REPEATS = 9
SECONDS = 30
PIECE = EXAMPLES / "synth-pop.mp3"


def plain_timbre(y: np.ndarray) -> list[float]:
    """The published table's features as notebooks compute them: one librosa call each."""
    series = [
        librosa.feature.chroma_stft(y=y),
        librosa.feature.rms(y=y),
        librosa.feature.spectral_centroid(y=y),
        librosa.feature.spectral_bandwidth(y=y),
        librosa.feature.spectral_rolloff(y=y),
        librosa.feature.zero_crossing_rate(y),
        *librosa.effects.hpss(y),
        *librosa.feature.mfcc(y=y, n_mfcc=20),
    ]
    tempo = librosa.beat.beat_track(y=y)[0].item()
    return [tempo, *(moment(values) for values in series for moment in (np.mean, np.var))]


def median_ms(job: Callable[[], object]) -> float:
    """Median duration over `REPEATS` runs after a first one, in milliseconds."""
    durations = []
    for _ in range(REPEATS + 1):
        start = time.perf_counter()
        job()
        durations.append(time.perf_counter() - start)
    return 1000 * statistics.median(durations[1:])


def main() -> None:
    """Print the table."""
    data = PIECE.read_bytes()
    y = np.resize(decode(data), SECONDS * SAMPLE_RATE)
    opened = open_benchmark("gtzan")
    verdict = lambda model: lambda: classify(analyse(data, ["timbre"]), model, opened)  # noqa: E731
    plain = lambda: plain_timbre(librosa.load(PIECE)[0])  # noqa: E731
    jobs = {
        f"timbre, {SECONDS} s": (lambda: TIMBRE.extract(y), lambda: plain_timbre(y)),
        "MP3 decoding": (lambda: decode(data), lambda: librosa.load(PIECE)),
        "MP3 to verdict, SVC": (verdict("svc"), plain),
        "MP3 to verdict, MLP": (verdict("mlp"), plain),
    }
    table = Table("job", "ms", "plain librosa, ms", "times faster", box=None)
    for name, (ours, theirs) in jobs.items():
        mine, other = median_ms(ours), median_ms(theirs)
        table.add_row(name, f"{mine:.0f}", f"{other:.0f}", f"{other / mine:.1f}")
    Console().print(table)


if __name__ == "__main__":
    main()

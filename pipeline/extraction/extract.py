"""Features of recordings, computed in parallel and kept by set and file content."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pipeline.audio import decoding
from pipeline.audio.windows import SAMPLE_RATE, WINDOW_SECONDS
from pipeline.code_hash import code_hash
from pipeline.datasets import Rows, Table
from pipeline.errors import AudioError, DatasetError
from pipeline.extraction.analysis import windowed_features
from pipeline.extraction.workers import keep_to_one_thread
from pipeline.features.common.spectrum import Spectrum
from pipeline.files import atomic, file_hash
from pipeline.progress import Progress, silent, tracked
from pipeline.registry import lookup, modules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from pipeline.datasets import Track
    from pipeline.features import Array


CODE_DIGITS = 16  # of a hash, in the name of a folder
MAX_MINUTES = 15  # of a recording whose features are computed on all of it at once


@dataclass(frozen=True)
class Features:
    """Features of one recording.

    Attributes
    ----------
    sets
        By feature set: the array for all windows (n_windows, …), or for the whole (n_features,).
    """

    seconds: float
    sets: dict[str, Array]

    @property
    def windows(self) -> int:
        """Number of windows."""
        return len(next(iter(self.sets.values())))


def extract(
    tracks: Sequence[Track],
    feature_sets: Iterable[str],
    cache: Path,
    progress: Progress = silent,
) -> Table:
    """Feature sets for every window of every track that can be read.

    The tracks get two columns more, ``seconds`` and ``windows``.

    Parameters
    ----------
    cache
        Features are kept below ``cache/features`` under the hash of the code that computes them
        and of a file's content, so that an interrupted run goes on where it stopped.
    """
    sets = sorted(feature_sets)
    jobs = stream_features([track.path for track in tracks], sets, cache / "features")
    results = list(tracked(jobs, "Extract features", len(tracks), progress))
    left_out = {t.track_id: r for t, r in zip(tracks, results, strict=True) if isinstance(r, str)}
    usable = [(t, r) for t, r in zip(tracks, results, strict=True) if not isinstance(r, str)]
    if not usable:
        raise DatasetError(
            f"None of the {len(tracks)} files could be read: {next(iter(left_out.values()))}"
        )
    table = pd.DataFrame(
        [asdict(t) | {"seconds": r.seconds, "windows": r.windows} for t, r in usable]
    ).drop(columns="path")
    track = np.repeat(np.arange(len(usable)), table["windows"])
    rows = {name: np.concatenate([r.sets[name] for _, r in usable]) for name in sets}
    return Table(
        tracks=table,
        rows={name: Rows(X, track, WINDOW_SECONDS) for name, X in rows.items()},
        left_out=left_out,
    )


def stream_features(
    paths: Iterable[Path],
    sets: Sequence[str],
    cache: Path,
    jobs: int = -1,
    compute: Callable[[Path, list[str]], Features] | None = None,
) -> Iterator[Features | str]:
    """Features of each file in turn, or the sentence that says why there are none.

    Parameters
    ----------
    cache
        What is there already is not computed again. Each way of computing needs its own folder.
    jobs
        Number of processes; -1: one for each core.
    compute
        `of_windows` (default), `of_whole`, or another way.
    """
    from joblib import Parallel, delayed

    compute = compute or of_windows
    folders = {name: cache / _folder(name, compute) for name in sets}
    work = delayed(partial(_complete, folders=folders, compute=compute))
    # Workers send names of files, not arrays: what waits for a slow reader stays small.
    for kept in Parallel(n_jobs=jobs, return_as="generator")(work(path) for path in paths):
        yield kept if isinstance(kept, str) else _load(kept)


def _complete(
    path: Path, folders: dict[str, Path], compute: Callable[[Path, list[str]], Features]
) -> dict[str, Path] | str:
    """By set: where a file's features are kept, after those that were missing were computed."""
    keep_to_one_thread()
    try:
        digest = file_hash(path)
        kept = {name: folder / f"{digest}.npz" for name, folder in folders.items()}
        missing = [name for name, file in kept.items() if not file.is_file()]
        if missing:
            found = compute(path, missing)
            for name in missing:
                _write(kept[name], seconds=np.float64(found.seconds), **{name: found.sets[name]})
        return kept
    except AudioError as error:
        return str(error)
    except OSError as error:
        return f"{error.filename or path} cannot be read: {error.strerror}."


def of_windows(path: Path, sets: list[str]) -> Features:
    """Features of each window, as the demo computes them."""
    clip = windowed_features(path, dict.fromkeys(sets, WINDOW_SECONDS))
    return Features(clip.seconds, clip.features)


def of_whole(path: Path, sets: list[str]) -> Features:
    """Features of the whole recording at once."""
    y = _decode(path)
    spectrum = Spectrum(y)
    found = {name: lookup("pipeline.features", "FEATURES", name) for name in sets}
    return Features(len(y) / SAMPLE_RATE, {n: s.of(spectrum) for n, s in found.items()})


def _decode(path: Path) -> Array:
    """`audio.decode`, unless there is too much of it."""
    parts, samples = [], 0
    with closing(decoding.blocks(path)) as blocks:
        for y in blocks:
            parts.append(y)
            samples += len(y)
            if samples > MAX_MINUTES * 60 * SAMPLE_RATE:
                raise AudioError(
                    f"The recording is longer than {MAX_MINUTES} minutes, too much to be computed"
                    " at once: use --per window or cut it."
                )
    return np.concatenate(parts)


def _load(kept: dict[str, Path]) -> Features:
    seconds, sets = 0.0, {}
    for name, file in kept.items():
        with np.load(file, allow_pickle=False) as arrays:
            seconds, sets[name] = float(arrays["seconds"]), arrays[name]
    return Features(seconds, sets)


def _folder(name: str, compute: Callable[[Path, list[str]], Features]) -> str:
    """Name of the folder of a set's features: another one as soon as other code computes them."""
    way = compute.func if isinstance(compute, partial) else compute
    module = modules("pipeline.features", "FEATURES")[name]
    return f"{name}-{code_hash(module, way.__module__)[:CODE_DIGITS]}"


def _write(path: Path, **arrays: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic(path) as temporary:
        np.savez_compressed(temporary, **arrays)

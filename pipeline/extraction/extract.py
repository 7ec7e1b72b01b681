"""Features of recordings, computed in parallel and kept by set and file content."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pipeline import threads
from pipeline.audio import decoding, loudness
from pipeline.audio.windows import SAMPLE_RATE, WINDOW_SECONDS
from pipeline.code_hash import code_hash
from pipeline.datasets import Rows, Table
from pipeline.errors import AudioError, DatasetError
from pipeline.extraction.analysis import windowed_features
from pipeline.extraction.workers import in_order
from pipeline.features.common.spectrum import Spectrum
from pipeline.files import atomic, file_hash
from pipeline.folders import check_writable
from pipeline.mapped import Gathered
from pipeline.progress import Progress, silent, tracked
from pipeline.registry import lookup, modules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from pipeline.datasets import Track
    from pipeline.features import Array, FeatureSet


CODE_DIGITS = 16  # of a hash, in the name of a folder
CURE = "Name another folder: --cache FOLDER."
MAX_MINUTES = 15  # of a recording whose features are computed on all of it at once


@dataclass(frozen=True)
class Features:
    """Features of one recording.

    Attributes
    ----------
    sets
        By feature set: the array for all windows (n_windows, …), or for the whole (n_features,).
    level_db
        Root mean square of the sound as it came, in dB of full scale; NaN where nobody asks.
    """

    seconds: float
    sets: dict[str, Array]
    level_db: float = np.nan

    @property
    def windows(self) -> int:
        """Number of windows."""
        return len(next(iter(self.sets.values())))


def extract(
    tracks: Sequence[Track],
    feature_sets: Iterable[str],
    cache: Path,
    progress: Progress = silent,
    jobs: int = -1,
) -> Table:
    """Feature sets for every window of every track that can be read.

    The tracks get three columns more: ``seconds``, ``windows`` and ``level_db`` of their recording.

    Parameters
    ----------
    cache
        Features are kept below ``cache/features`` under the hash of the code that computes them
        and of a file's content, so that an interrupted run goes on where it stopped. The rows of
        the table are files there, too, as long as somebody holds them.
    jobs
        As `stream_jobs` takes it.
    """
    sets, folder = sorted(feature_sets), cache / "features"
    check_writable(folder, CURE)
    gathered = {name: Gathered(folder) for name in sets}
    used: list[dict[str, Any]] = []
    left_out: dict[str, str] = {}
    for track, features in _heard(tracks, sets, folder, progress, jobs, left_out):
        for name, X in (item for each in features for item in each.sets.items()):
            gathered[name].append(X, len(used))
        used.append(_described(track, features[0]))
    if not used:
        raise DatasetError(
            f"None of the {len(tracks)} files could be read: {next(iter(left_out.values()))}"
        )
    return Table(
        tracks=pd.DataFrame(used),
        rows={name: _rows(each) for name, each in gathered.items()},
        left_out=left_out,
    )


def _heard(
    tracks: Sequence[Track],
    sets: Sequence[str],
    folder: Path,
    progress: Progress,
    jobs: int,
    left_out: dict[str, str],
) -> Iterator[tuple[Track, list[Features]]]:
    """Tracks with the features of each of their recordings; the others are noted, and why."""
    files = [recordings_of(track, sets) for track in tracks]
    results = tracked(
        stream_jobs(chain(*files), folder, jobs), "Extract features", sum(map(len, files)), progress
    )
    for track, its_files in zip(tracks, files, strict=True):
        features = []
        for result in islice(results, len(its_files)):
            if isinstance(result, str):
                left_out[track.track_id] = result
            else:
                features.append(result)
        if features and track.track_id not in left_out:
            yield track, features


def _rows(gathered: Gathered) -> Rows:
    return Rows(*gathered.rows(), WINDOW_SECONDS, levelled=True)


def are_kept(paths: Iterable[Path], sets: Sequence[str], cache: Path) -> bool:
    """Whether `extract` would compute nothing, since features of all files are there."""
    folders = [cache / "features" / _folder(name, of_windows) for name in sets]
    hashes = threads.in_order(content_hash, paths)
    return all((folder / f"{digest}.npz").is_file() for digest in hashes for folder in folders)


def content_hash(path: Path) -> str:
    """`file_hash`, taken once in a process of a file that does not change meanwhile."""
    facts = path.stat()
    return _hash(path, facts.st_size, facts.st_mtime_ns, facts.st_ino)


@lru_cache(maxsize=100_000)
def _hash(path: Path, *facts: int) -> str:
    return file_hash(path)


def recordings_of(track: Track, sets: Iterable[str]) -> list[tuple[Path, list[str]]]:
    """The recordings of a track that feature sets take, each with the sets that take it."""
    by_path: dict[Path, list[str]] = {}
    for name in sets:
        features: FeatureSet = lookup("pipeline.features", "FEATURES", name)
        if features.narrow:
            by_path.setdefault(track.narrow_path or track.path, []).append(name)
        elif track.path != track.narrow_path:
            by_path.setdefault(track.path, []).append(name)
    return sorted(by_path.items(), key=lambda item: item[0] != track.path)


def _described(track: Track, features: Features) -> dict[str, Any]:
    return track.described() | {
        "seconds": features.seconds,
        "windows": features.windows,
        "level_db": features.level_db,
    }


def stream_features(
    paths: Iterable[Path],
    sets: Sequence[str],
    cache: Path,
    jobs: int = -1,
    compute: Callable[[Path, list[str]], Features] | None = None,
) -> Iterator[Features | str]:
    """The same sets of each file in turn; see `stream_jobs`."""
    return stream_jobs(((path, sets) for path in paths), cache, jobs, compute)


def stream_jobs(
    files: Iterable[tuple[Path, Sequence[str]]],
    cache: Path,
    jobs: int = -1,
    compute: Callable[[Path, list[str]], Features] | None = None,
) -> Iterator[Features | str]:
    """Features of each file in turn, or the sentence that says why there are none.

    Parameters
    ----------
    files
        Path of each, and the feature sets that are wanted of it.
    cache
        What is there already is not computed again. Each way of computing needs its own folder.
    jobs
        Number of processes; -1: one for each core.
    compute
        `of_windows` (default), `of_whole`, or another way.
    """
    check_writable(cache, CURE)
    way = compute or of_windows
    # Folders are named here, once: that reads all code, which Python 3.11 cannot do in threads.
    tasks = ((path, {name: cache / _folder(name, way) for name in sets}) for path, sets in files)
    # Workers send names of files, not arrays: what waits for a slow reader stays small.
    for kept in in_order(partial(_complete, compute=way), tasks, jobs):
        yield kept if isinstance(kept, str) else _load(kept)


def _complete(
    file: tuple[Path, dict[str, Path]], compute: Callable[[Path, list[str]], Features]
) -> dict[str, Path] | str:
    """By set: where a file's features are kept, after those that were missing were computed."""
    path, folders = file
    try:
        digest = content_hash(path)
        kept = {name: folder / f"{digest}.npz" for name, folder in folders.items()}
        missing = [name for name, file in kept.items() if not file.is_file()]
        if missing:
            found = compute(path, missing)
            facts = {"seconds": found.seconds, "level_db": found.level_db}
            for name in missing:
                _write(kept[name], **facts, **{name: found.sets[name]})
        return kept
    except AudioError as error:
        return str(error)
    except OSError as error:
        return f"{error.filename or path} cannot be read: {error.strerror}."


def of_windows(path: Path, sets: list[str], raw: bool = False) -> Features:
    """Features of each window, as the demo computes them; `raw`: of the sound as loud as it is."""
    clip = windowed_features(path, dict.fromkeys(sets, WINDOW_SECONDS), raw)
    return Features(clip.seconds, clip.features, clip.level_db)


def of_whole(path: Path, sets: list[str], raw: bool = False) -> Features:
    """Features of the whole recording at once; `raw`: of the sound as loud as it is."""
    y = _decode(path)
    spectrum = Spectrum(y if raw else loudness.levelled(y))
    found = {name: lookup("pipeline.features", "FEATURES", name) for name in sets}
    sets_of = {name: features.of(spectrum) for name, features in found.items()}
    return Features(len(y) / SAMPLE_RATE, sets_of)


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
    seconds, level_db, sets = 0.0, 0.0, {}
    for name, file in kept.items():
        with np.load(file, allow_pickle=False) as arrays:
            seconds, level_db = float(arrays["seconds"]), float(arrays["level_db"])
            sets[name] = arrays[name]
    return Features(seconds, sets, level_db)


def _folder(name: str, compute: Callable[[Path, list[str]], Features]) -> str:
    """Name of the folder of a set's features: another one as soon as other code computes them."""
    way = compute.func if isinstance(compute, partial) else compute
    module = modules("pipeline.features", "FEATURES")[name]
    return f"{name}-{code_hash(module, way.__module__)[:CODE_DIGITS]}"


def _write(path: Path, **arrays: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic(path) as temporary:
        np.savez_compressed(temporary, **arrays)

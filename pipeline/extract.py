"""Features of every track of a dataset, computed in parallel and kept by file content."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pipeline.artifacts import file_hash
from pipeline.errors import AudioError, DatasetError
from pipeline.predict import analyse
from pipeline.registry import lookup

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from pipeline.datasets import Track
    from pipeline.features import Array


@dataclass(frozen=True)
class Extraction:
    """Windows of all tracks.

    Attributes
    ----------
    tracks : pd.DataFrame
        The columns of `pipeline.datasets.Track`, and ``seconds`` and ``windows`` of each.
    track : np.ndarray [shape=(n_windows,)]
        Row of `tracks` that a window is of.
    features
        By feature set: an array of shape (n_windows, n_features).
    left_out
        Tracks that could not be read, and why.
    """

    tracks: pd.DataFrame
    track: npt.NDArray[np.int64]
    features: dict[str, Array]
    left_out: dict[str, str]


def extract(
    tracks: Sequence[Track],
    feature_sets: Iterable[str],
    cache: Path,
    watch: Callable[[Iterable[Any], str, int], Iterable[Any]],
) -> Extraction:
    """Feature sets for every window of every track that can be read.

    Parameters
    ----------
    cache
        Features are kept below ``cache/features`` under the hash of a file's content and the set's
        version, so that an interrupted run goes on where it stopped.
    """
    from joblib import Parallel, delayed

    sets = sorted(feature_sets)
    work = delayed(partial(_extract_file, sets=sets, cache=cache))
    jobs = Parallel(n_jobs=-1, return_as="generator")(work(track.path) for track in tracks)
    results = list(watch(jobs, "Extract features", len(tracks)))
    left_out = {t.track_id: r for t, r in zip(tracks, results, strict=True) if isinstance(r, str)}
    usable = [(t, r) for t, r in zip(tracks, results, strict=True) if not isinstance(r, str)]
    if not usable:
        raise DatasetError(
            f"None of the {len(tracks)} files could be read: {next(iter(left_out.values()))}"
        )
    table = pd.DataFrame(
        [asdict(t) | {"seconds": r.seconds, "windows": r.windows} for t, r in usable]
    )
    return Extraction(
        tracks=table,
        track=np.repeat(np.arange(len(usable)), table["windows"]),
        features={name: np.concatenate([r.features[name] for _, r in usable]) for name in sets},
        left_out=left_out,
    )


@dataclass(frozen=True)
class _Result:
    seconds: float
    features: dict[str, Array]

    @property
    def windows(self) -> int:
        return len(next(iter(self.features.values())))


def _extract_file(path: Path, sets: list[str], cache: Path) -> _Result | str:
    """Features of one file, or the sentence that says why there are none."""
    try:
        kept = cache / "features" / _kept_name(path, sets)
        if not kept.is_file():
            clip = analyse(path, sets)
            _write(kept, seconds=np.float64(clip.seconds), **clip.features)
        with np.load(kept, allow_pickle=False) as arrays:
            return _Result(float(arrays["seconds"]), {name: arrays[name] for name in sets})
    except AudioError as error:
        return str(error)
    except OSError as error:
        return f"{path} cannot be read: {error.strerror}."


def _kept_name(path: Path, sets: list[str]) -> str:
    versions = [f"{s}-v{lookup('pipeline.features', 'FEATURES', s).version}" for s in sets]
    return f"{'+'.join(versions)}/{file_hash(path)}.npz"


def _write(path: Path, **arrays: Any) -> None:
    """Write under a passing name first: a killed run leaves no half file under the real one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Two workers may meet on files of the same content.
    passing = path.with_suffix(f".{os.getpid()}.npz")
    np.savez_compressed(passing, **arrays)
    passing.replace(path)

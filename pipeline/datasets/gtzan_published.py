"""GTZAN as others published it: tables of features for all 1000 clips, without the audio.

The facts of each clip are those of `pipeline.datasets.gtzan`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipeline.datasets import Dataset, Rows, Table, gtzan
from pipeline.errors import DatasetError
from pipeline.features import timbre

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    from pipeline.features import Array

CITATION = (
    f"{gtzan.CITATION} "
    "Tables: A. Olteanu, 'GTZAN dataset: music genre classification', Kaggle, 2020, and the same "
    "columns for windows of 10 s, which others computed. "
    "Taggrams: J. Pons and X. Favory, sklearn-audio-transfer-learning, 2019; the network: J. Pons "
    "and X. Serra, 'musicnn: Pre-trained convolutional neural networks for music audio tagging', "
    "ISMIR late-breaking, 2019."
)
LICENCE = (
    "GTZAN and its tables have none: used for research and not ours to pass on. Taggrams: ISC."
)
LAYOUT = (
    "features_10_sec.csv (or else features_3_sec.csv or features_30_sec.csv), or "
    "musicnn_taggram/*.npz, or both"
)
NOTES = (
    *gtzan.NOTES,
    "The features are as published: nobody here computed them. Our own features of the same audio "
    "agree with the 30-s table to 0.15 % (median of each column); harmony_mean and perceptr_mean "
    "are left out, as they carry nothing but rounding.",
    "The network behind the taggrams was trained on tags of the Million Song Dataset: it may have "
    "been trained on some of GTZAN's recordings, though never with GTZAN's labels.",
    "Taggrams exist for the train and test parts of the fault-filtered split, 733 clips; not for "
    "its validation part.",
)

# Which windows a table holds, in seconds. The first that is there counts.
TABLES = {"features_10_sec.csv": 10.0, "features_3_sec.csv": 3.0, "features_30_sec.csv": 30.0}
TAGGRAMS = "musicnn_taggram"
TAGGRAM_SECONDS = 30.0
ID = r"^([a-z]+\.\d{5})\."  # of blues.00000.wav, and of blues.00000.0.wav, its first window


def tracks(root: Path | None) -> Table:
    """All 1000 clips, and rows of those that the files name.

    Raises
    ------
    DatasetError
        If there are neither tables nor taggrams, or they are not as published.
    """
    if root is None or not root.is_dir():
        raise DatasetError(
            f"GTZAN's tables need a folder, which {root} is not. Name one (--data) with {LAYOUT}."
        )
    facts = _facts()
    sets = {"timbre": _timbre(root, facts), "taggram": _taggram(root, facts)}
    rows = {name: found for name, found in sets.items() if found}
    if not rows:
        raise DatasetError(f"{root} holds nothing that was published of GTZAN. Needed: {LAYOUT}.")
    return Table(
        tracks=facts,
        rows=rows,
        notes=tuple(
            f"{name}: {len(found.X):,} rows of {found.seconds:g} s of "
            f"{len(np.unique(found.track)):,} clips."
            for name, found in rows.items()
        ),
    )


def _facts() -> pd.DataFrame:
    """All clips, as `Table` has them."""
    import pandas as pd

    clips = [gtzan.track(track_id, Path()) for track_id in sorted(gtzan.facts())]
    return pd.DataFrame([clip.described() for clip in clips])


def _timbre(root: Path, facts: pd.DataFrame) -> Rows | None:
    """Rows of the first table that is there; windows of a clip in the order of the file."""
    path = next((root / name for name in TABLES if (root / name).is_file()), None)
    if path is None:
        return None
    table = _read(path)
    track = _places(table["filename"].str.extract(ID, expand=False), facts, path)
    order = np.argsort(track, kind="stable")
    X = table[timbre.FEATURES.names].to_numpy(np.float32)
    if not np.isfinite(X).all():
        raise DatasetError(f"{path} has numbers that are missing or infinite. Get it again.")
    return Rows(X[order], track[order], TABLES[path.name])


def _read(path: Path) -> pd.DataFrame:
    import pandas as pd

    types: dict[str, type] = {"filename": str} | dict.fromkeys(timbre.FEATURES.names, float)
    try:
        return pd.read_csv(path, usecols=list(types), dtype=types)
    except (ValueError, OSError) as error:
        raise DatasetError(f"{path} is not as published: {error}. Get it again.") from error


def _taggram(root: Path, facts: pd.DataFrame) -> Rows | None:
    ids, taggrams = frames(root)
    if not ids:
        return None
    import pandas as pd

    from pipeline.features.taggram import summarise

    track = _places(pd.Series(ids), facts, root / TAGGRAMS)
    X = np.stack([summarise(taggram) for taggram in taggrams]).astype(np.float32)
    return Rows(X, track, TAGGRAM_SECONDS)


def frames(root: Path) -> tuple[list[str], list[Array]]:
    """Probabilities of 50 tags in each second of the clips that were published, sorted by id.

    Returns
    -------
    ids : list of str
        None, and no taggrams, if there is no file.
    taggrams : list of np.ndarray [shape=(n_frames, 50)]
        28 or 29 frames a clip, each of 3 s.

    Raises
    ------
    DatasetError
        If a file is not as published, or a clip is in two of them.
    """
    clips: dict[str, Array] = {}
    for path in sorted((root / TAGGRAMS).glob("*.npz")):
        for track_id, taggram in _clips(path):
            if track_id in clips:
                raise DatasetError(f"{path} has {track_id}, as another file does. Remove one.")
            clips[track_id] = taggram
    ids = sorted(clips)
    return ids, [clips[track_id] for track_id in ids]


def _clips(path: Path) -> list[tuple[str, Array]]:
    """Taggram of each clip in a file, which has a row a frame."""
    from zipfile import BadZipFile

    try:
        with np.load(path, allow_pickle=False) as file:
            X, ids = file["X"].astype(np.float32), file["IDS"]
    except (ValueError, OSError, KeyError, EOFError, BadZipFile) as error:
        raise DatasetError(f"{path} is not as published: {error}. Get it again.") from error
    if X.ndim != 2 or len(X) != len(ids) or not np.isfinite(X).all():
        raise DatasetError(f"{path} has X of shape {X.shape} for {len(ids)} ids. Get it again.")
    names, clip = np.unique(ids, return_inverse=True)  # as blues/blues.00012.au
    return [(_stem(name), X[clip == i]) for i, name in enumerate(names)]


def _stem(name: str) -> str:
    return name.rpartition("/")[2].rpartition(".")[0]


def _places(ids: pd.Series, facts: pd.DataFrame, path: Path) -> npt.NDArray[np.int64]:
    """Row of the facts that each id is of."""
    import pandas as pd

    place = pd.Index(facts["track_id"]).get_indexer(ids)
    if (place < 0).any():
        raise DatasetError(
            f"{path} has {ids[place < 0].iloc[0]!r}, which is no clip of GTZAN. Get it again."
        )
    return place.astype(np.int64)


DATASET = Dataset(
    name="gtzan-published",
    title="GTZAN, published features",
    licence=LICENCE,
    citation=CITATION,
    layout=LAYOUT,
    notes=NOTES,
    tracks=tracks,
    published=gtzan.PUBLISHED,
)

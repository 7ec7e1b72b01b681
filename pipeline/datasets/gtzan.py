"""GTZAN: 1000 clips of half a minute in ten genres, with the faults that audits found in them.

The facts of each clip (artist, title, part of the published split, fault, tempo, whether pretrained
networks may have heard it) stand in ``gtzan.csv``.
"""

import csv
from functools import cache
from pathlib import Path
from typing import Literal, cast

from pipeline.datasets import Dataset, Published, Track
from pipeline.errors import DatasetError

CITATION = (
    "G. Tzanetakis and P. Cook, 'Musical genre classification of audio signals', "
    "IEEE Transactions on Speech and Audio Processing 10(5), 2002. "
    "Artists, titles and faults: B. L. Sturm, 'The GTZAN dataset: Its contents, its faults, their "
    "effects on evaluation, and its future use', arXiv:1306.1461, 2013. "
    "Split: C. Kereliuk, B. L. Sturm and J. Larsen, 'Deep learning and music adversaries', "
    "IEEE Transactions on Multimedia 17(11), 2015. "
    "Tempi: U. Marchand, Q. Fresnel and G. Peeters, 'GTZAN-Rhythm', ISMIR late-breaking, 2015. "
    "Matches with the Million Song Dataset: S. Doh, music-data-leakage, 2024."
)
LICENCE = "None: excerpts of commercial recordings, used for research and not ours to pass on."
# All 290 test tracks; linear or shallow classifiers on embeddings of a pretrained network.
PUBLISHED = (
    Published("MATPAC++", "fault_filtered", 0.876, "Quelennec et al. 2025"),
    Published("M2D", "fault_filtered", 0.839, "Niizumi et al. 2024"),
    Published("Jukebox", "fault_filtered", 0.797, "Castellon, Donahue & Liang 2021"),
    Published("CLMR", "fault_filtered", 0.686, "Castellon, Donahue & Liang 2021"),
)
LAYOUT = (
    "<genre>/<genre>.NNNNN.<audio extension>, e.g. blues/blues.00000.wav, "
    "in the folder itself or in its audio/, genres/ or genres_original/; copies with nothing above "
    "8 kHz, for feature sets that hear nothing there, in its audio16k/"
)
NOTES = (
    "Sturm's audit counts 50 exact repetitions (one across two genres), 22 more excerpts of the "
    "same recordings, 13 versions, 43 plain and 63 arguable mislabellings, and a few distortions.",
    "A few artists fill a genre: 35 of the 100 reggae clips are by Bob Marley, 24 of the pop clips "
    "by Britney Spears.",
    "The fault-filtered split leaves out 70 clips: repetitions, further excerpts of a song that "
    "stays in, and distorted clips. Most mislabelled clips stay in.",
    "jazz.00054 cannot be decoded in the copy on Kaggle.",
)

GENRES = (
    "blues",
    "classical",
    "country",
    "disco",
    "hiphop",
    "jazz",
    "metal",
    "pop",
    "reggae",
    "rock",
)
FOLDERS = ("", "audio", "genres", "genres_original")
NARROW_FOLDER = "audio16k"
EXTENSIONS = {".aac", ".aiff", ".au", ".flac", ".m4a", ".mp3", ".ogg", ".opus", ".wav"}


@cache
def facts() -> dict[str, dict[str, str]]:
    """Read what is known of each clip, by id: the columns of the table, empty if unknown."""
    with Path(__file__).with_suffix(".csv").open(encoding="utf-8", newline="") as file:
        return {row["track_id"]: row for row in csv.DictReader(file)}


def tracks(root: Path | None) -> list[Track]:
    """List the clips that are there, sorted by id; any number of the 1000 will do.

    Parameters
    ----------
    root
        Folder that holds one folder a genre, or whose ``audio``, ``genres`` or ``genres_original``
        does; the first of these with clips counts. Other files are ignored.

    Raises
    ------
    DatasetError
        If there are no clips, or two files of one id.
    """
    if root is None:
        raise DatasetError(f"GTZAN needs a folder of audio. Name one (--data) that holds {LAYOUT}.")
    if not root.is_dir():
        raise DatasetError(f"{root} is not a folder. GTZAN needs one that holds {LAYOUT}.")
    for folder in FOLDERS:
        if clips := _clips(root / folder):
            narrow = _clips(root / NARROW_FOLDER)
            every = sorted(narrow | clips)
            return [track(n, clips.get(n) or narrow[n], narrow.get(n)) for n in every]
    raise DatasetError(f"There are no GTZAN clips in {root}. It must hold {LAYOUT}.")


def _clips(folder: Path) -> dict[str, Path]:
    clips: dict[str, Path] = {}
    for genre in GENRES:
        for path in sorted((folder / genre).glob(f"{genre}.*")):
            if path.stem not in facts() or path.suffix.lower() not in EXTENSIONS:
                continue
            if path.stem in clips:
                raise DatasetError(
                    f"{path.stem} is there twice: {clips[path.stem]} and {path}. Remove one."
                )
            clips[path.stem] = path
    return clips


def track(track_id: str, path: Path, narrow_path: Path | None = None) -> Track:
    """A clip with all that is known of it."""
    fact = facts()[track_id]
    return Track(
        track_id=track_id,
        genre=track_id.partition(".")[0],
        path=path,
        artist=fact["artist"] or track_id,
        title=fact["title"],
        split=cast("Literal['train', 'valid', 'test'] | None", fact["split"] or None),
        fault=fact["fault"],
        narrow_path=narrow_path,
        facts={"tempo": float(fact["tempo"]), "heard": fact["heard"] == "yes"},
    )


DATASET = Dataset(
    name="gtzan",
    title="GTZAN",
    licence=LICENCE,
    citation=CITATION,
    layout=LAYOUT,
    notes=NOTES,
    tracks=tracks,
    published=PUBLISHED,
)

"""Four pretrained music taggers: the networks of the package musicnn.

The package itself does not run on today's TensorFlow. `import_musicnn` takes the trained numbers
out of its wheel, `keras_networks` holds the layers, and `outputs` asks the networks as they were
exported for serving. What they name are the 50 most frequent tags of the Million Song Dataset (MSD)
and of MagnaTagATune (MTT).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pipeline.errors import ArtifactsError
from pipeline.exported import session
from pipeline.files import file_hash
from pipeline.threads import in_order

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

Array = npt.NDArray[np.float32]
FOLDER = Path(__file__).parents[2] / "artifacts" / "backbones"
IMPORT_CURE = "Import the networks again: python -m pipeline import-musicnn"

PATCH_FRAMES, MEL_BANDS = 187, 96  # of a patch: 3 s
MSD_TAGS = (
    "rock", "pop", "alternative", "indie", "electronic", "female vocalists", "dance", "00s",
    "alternative rock", "jazz", "beautiful", "metal", "chillout", "male vocalists", "classic rock",
    "soul", "indie rock", "Mellow", "electronica", "80s", "folk", "90s", "chill", "instrumental",
    "punk", "oldies", "blues", "hard rock", "ambient", "acoustic", "experimental",
    "female vocalist", "guitar", "Hip-Hop", "70s", "party", "country", "easy listening", "sexy",
    "catchy", "funk", "electro", "heavy metal", "Progressive rock", "60s", "rnb", "indie pop",
    "sad", "House", "happy",
)  # fmt: skip
MTT_TAGS = (
    "guitar", "classical", "slow", "techno", "strings", "drums", "electronic", "rock", "fast",
    "piano", "ambient", "beat", "violin", "vocal", "synth", "female", "indian", "opera", "male",
    "singing", "vocals", "no vocals", "harpsichord", "loud", "quiet", "flute", "woman",
    "male vocal", "no vocal", "pop", "soft", "sitar", "solo", "man", "classic", "choir", "voice",
    "new age", "dance", "male voice", "female vocal", "beats", "harp", "cello", "no voice", "weird",
    "country", "metal", "female voice", "choral",
)  # fmt: skip


@dataclass(frozen=True)
class Network:
    """What is known of a network before it is loaded.

    Attributes
    ----------
    original
        Its name in the package.
    embedding, size
        Name and length of its second output, the numbers from which it derives the tags.
    """

    original: str
    tags: tuple[str, ...]
    embedding: str
    size: int

    @property
    def n_columns(self) -> int:
        """How many numbers it gives: tags, then the embedding."""
        return len(self.tags) + self.size


NETWORKS = {
    "msd_musicnn": Network("MSD_musicnn", MSD_TAGS, "penultimate", 200),
    "mtt_musicnn": Network("MTT_musicnn", MTT_TAGS, "penultimate", 200),
    "msd_vgg": Network("MSD_vgg", MSD_TAGS, "pool5", 256),
    "mtt_vgg": Network("MTT_vgg", MTT_TAGS, "pool5", 256),
}


def checked_file(name: str, folder: Path = FOLDER) -> Path:
    """Path of an imported file.

    Raises
    ------
    ArtifactsError
        If it is missing or is not the one that was imported.
    """
    path = folder / name
    if not path.is_file():
        raise ArtifactsError(f"{path} is missing. {IMPORT_CURE}")
    if file_hash(path) != _stored_hashes(folder).get(name):
        raise ArtifactsError(f"{path} is not the file that was imported. {IMPORT_CURE}")
    return path


def _stored_hashes(folder: Path) -> dict[str, str]:
    path = folder / "backbones.json"
    try:
        return json.loads(path.read_text())["files"]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ArtifactsError(f"{path} is not readable ({error}). {IMPORT_CURE}") from error


def outputs(names: tuple[str, ...], patches: Array) -> Array:
    """Tags, then the embedding, of each network in turn.

    Parameters
    ----------
    patches : np.ndarray [shape=(n, 187, 96)]
        ``log10(1 + 10000 * mel)``, mel being power in mel bands.

    Returns
    -------
    np.ndarray [shape=(n, n_columns)]

    Raises
    ------
    ArtifactsError
        If the file of a network is missing or is not the one that was imported.
    """
    return np.concatenate(list(in_order(partial(_output, names), patches)))


def _output(names: tuple[str, ...], patch: Array) -> Array:
    """Of one patch: what a layer makes of two no longer fits the processor's cache."""
    mel = {"mel": patch[None]}
    parts = [_loaded(name).run(["taggram", NETWORKS[name].embedding], mel) for name in names]
    return np.concatenate([part for pair in parts for part in pair], axis=1)


@lru_cache(maxsize=len(NETWORKS))
def _loaded(name: str) -> InferenceSession:
    return session(checked_file(f"{name}.onnx"))

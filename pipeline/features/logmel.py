"""Log-mel spectrogram: what a convolutional network sees.

In dB of full scale and not scaled further: scaling is a layer of the network that takes it, so that
it travels with the model's file.
"""

import numpy as np

from pipeline.audio.windows import WINDOW
from pipeline.features import Array, FeatureSet
from pipeline.features.common.columns import Quantity
from pipeline.features.common.spectrum import HOP_LENGTH, Spectrum

N_MELS = 128
FLOOR_DB = -100.0
MEL_BANDS = [str(i + 1) for i in range(N_MELS)]
BAND = Quantity(
    "mel band", "the power in mel band {} of 128, from low to high", "dB", FLOOR_DB, parts=MEL_BANDS
)


def compute(spectrum: Spectrum) -> Array:
    """Power in dB over time [shape=(t, 128)], without the first and the last frame.

    Those two are half filled with the zeros before and after the audio.
    """
    import librosa

    db = librosa.power_to_db(spectrum.mel, amin=10 ** (FLOOR_DB / 10), top_db=None)
    return np.ascontiguousarray(db.T[1:-1], np.float32)


FEATURES = FeatureSet(
    name="logmel",
    title="Log-mel spectrogram, 128 bands",
    version=2,
    columns=tuple(BAND.column(f"mel{i + 1}", part=i) for i in range(N_MELS)),
    compute=compute,
    frames=WINDOW // HOP_LENGTH - 1,
    works=(
        "Choi, Fazekas & Sandler 2016, Automatic tagging using deep convolutional neural networks,"
        " there with 96 bands at 12 kHz",
        "Most convolutional networks on GTZAN and FMA",
    ),
)

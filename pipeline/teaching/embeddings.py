"""What the head hears of a recording: the mean of its windows' embeddings."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from pipeline.audio import decoding
from pipeline.audio.windows import WINDOW_SECONDS
from pipeline.extraction.analysis import Passes
from pipeline.extraction.extract import stream_features
from pipeline.teaching import head

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from pipeline.audio.decoding import Source
    from pipeline.extraction.analysis import Blocks
    from pipeline.models import Array


def features() -> str:
    """The feature set that the head takes."""
    return head.HEAD.features


def of_files(paths: Iterable[Path], cache: Path) -> Iterator[Array | str]:
    """Embedding of each recording [shape=(n_features,)], or the sentence that says why not.

    They are computed in this process, whose threads share the windows of a recording.

    Parameters
    ----------
    cache
        What is there already is not computed again, see `pipeline.extraction.extract.extract`.
    """
    name = features()
    for found in stream_features(paths, [name], cache / "features", jobs=1):
        yield found if isinstance(found, str) else found.sets[name].mean(axis=0)


def of_recording(source: Source, blocks: Blocks = decoding.blocks) -> Array:
    """Embedding of one recording [shape=(n_features,)].

    Parameters
    ----------
    blocks
        Decodes; `pipeline.untrusted.decoding.blocks` for what strangers send.

    Raises
    ------
    AudioError
        If it cannot be read, or holds nothing (silent, shorter than a second).
    """
    name = features()
    recording = Passes(partial(blocks, source), {name: WINDOW_SECONDS})
    rows = [window.features[name] for _, windows in recording for window in windows]
    recording.examined(tolerated=("noise",))
    return np.mean(rows, axis=0)

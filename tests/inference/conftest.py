"""A recording of each synthetic genre, and what a model finds in one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.synthetic_recordings import one_of_each_genre

from pipeline.extraction.analysis import windowed_features
from pipeline.inference.predict import analyse

if TYPE_CHECKING:
    from pipeline.artifacts.reader import Artifacts
    from pipeline.datasets import Track
    from pipeline.extraction.analysis import WindowFeatures
    from pipeline.inference.predict import Analysis


@pytest.fixture(scope="package")
def tracks(tmp_path_factory: pytest.TempPathFactory) -> list[Track]:
    """One synthetic recording a genre."""
    return one_of_each_genre(tmp_path_factory.mktemp("clips"))


@pytest.fixture(scope="package")
def clip(tracks: list[Track]) -> WindowFeatures:
    """Features of the first of them."""
    return windowed_features(tracks[0].path, {"timbre": 3.0})


@pytest.fixture(scope="package")
def analysis(tracks: list[Track], gtzan: Artifacts) -> Analysis:
    """The same recording, analysed by one model."""
    return analyse(tracks[0].path, ["logistic_ovr"], gtzan)

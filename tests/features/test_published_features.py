"""Feature sets that only their publishers can compute."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.errors import PipelineError
from pipeline.features import echonest, timbre
from pipeline.features import spotify as spotify_features


@pytest.mark.parametrize("features", [echonest.FEATURES, spotify_features.FEATURES])
def test_published_features_cannot_be_computed(features: object) -> None:
    """Who asks for them of audio is told that only the publisher can compute them."""
    assert isinstance(features, type(timbre.FEATURES))
    with pytest.raises(PipelineError, match=f"{features.name} cannot be computed from audio"):
        features.extract(np.zeros(22_050, np.float32))

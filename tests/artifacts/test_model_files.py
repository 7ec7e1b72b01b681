"""Model files: no format that can run code is read or written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from skops.io import dump

from pipeline.artifacts.model_files import load, save
from pipeline.errors import ArtifactsError, PipelineError

if TYPE_CHECKING:
    from pathlib import Path


def shout(X: np.ndarray) -> np.ndarray:
    """Stands for code that a stranger put into a model file."""
    raise AssertionError("the code in the file was run")


def test_a_foreign_type_in_a_model_file_is_refused(tmp_path: Path) -> None:
    """A .skops file that names a function of its own is not loaded, and the function is named."""
    X, y = np.eye(4), [0, 1, 0, 1]
    model = make_pipeline(FunctionTransformer(shout), LogisticRegression())
    model[-1].fit(X, y)
    dump(model, tmp_path / "model.skops")
    with pytest.raises(ArtifactsError, match="shout, which is not on the list of trusted types"):
        load(tmp_path / "model.skops")


@pytest.mark.parametrize("suffix", [".pkl", ".joblib", ".h5", ""])
def test_other_formats_are_refused(tmp_path: Path, suffix: str) -> None:
    """Formats that can run code are neither written nor read."""
    path = tmp_path / f"model{suffix}"
    with pytest.raises(ArtifactsError, match=r"must be .skops, .keras or .onnx"):
        save(LogisticRegression(), path)
    assert not path.exists()
    path.write_bytes(b"cposix\nsystem\n(S'true'\ntR.")
    with pytest.raises(PipelineError, match="no model file"):
        load(path)

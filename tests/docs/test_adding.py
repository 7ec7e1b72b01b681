"""The examples of docs/adding.md are found as they stand there, and work."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest
from support.documents import ROOT, example_sources

from pipeline.artifacts.model_files import load, save
from pipeline.audio.windows import WINDOW
from pipeline.benchmark.train import tune
from pipeline.errors import DatasetError
from pipeline.models import Examples
from pipeline.protocols import TRAIN
from pipeline.registry import discover

if TYPE_CHECKING:
    from pipeline.artifacts.reader import Artifacts
    from pipeline.datasets import Dataset
    from pipeline.features import FeatureSet
    from pipeline.models import Model
    from pipeline.protocols import Protocol


def check_dataset(dataset: Dataset, tmp_path: Path, **_: Any) -> None:
    """It lists recordings sorted by id, and says what it needs."""
    for name in ("b/y/2.wav", "a/x/1.MP3", "a/x/cover.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    tracks = dataset.tracks(tmp_path)
    assert [(t.track_id, t.genre, t.artist) for t in tracks] == [
        ("a/x/1.MP3", "a", "x"),
        ("b/y/2.wav", "b", "y"),
    ]
    assert all(track.path.is_file() for track in tracks)
    for nothing in (None, tmp_path / "nothing"):
        with pytest.raises(DatasetError, match="must hold"):
            dataset.tracks(nothing)


def check_features(features: FeatureSet, **_: Any) -> None:
    """Noise and silence give finite numbers, one a column."""
    noise = np.random.default_rng(0).uniform(-1, 1, WINDOW).astype(np.float32)
    for y in (noise, np.zeros_like(noise)):
        values = features.extract(y)
        assert values.shape == (len(features.columns),)
        assert values.dtype == np.float32
        assert np.isfinite(values).all()


def check_model(model: Model, tmp_path: Path, **_: Any) -> None:
    """It separates three blobs, and its file gives the same predictions."""
    track = np.repeat(np.arange(30), 4)
    y = track % 3
    X = np.random.default_rng(0).normal(size=(len(y), 5)).astype(np.float32) + 4 * np.eye(3, 5)[y]
    blobs = Examples(X.astype(np.float32), y, track, track // 2)
    classifier = model.fit(blobs, **tune(model, blobs, 3))
    probabilities = classifier.predict_proba(blobs.X)
    assert (probabilities.argmax(axis=1) == y).mean() > 0.95
    save(classifier, tmp_path / model.filename)
    restored = load(tmp_path / model.filename)
    np.testing.assert_allclose(restored.predict_proba(blobs.X), probabilities, atol=1e-6)


def check_protocol(protocol: Protocol, **_: Any) -> None:
    """It gives fold numbers counted from 0, and applies only where there are enough tracks."""
    tracks = pd.DataFrame({"genre": ["a", "b"] * 10, "artist": ["x"] * 20}, index=range(5, 25))
    fold = protocol.folds(tracks)
    assert fold is not None
    assert fold.index.equals(tracks.index)
    tested = sorted(fold[fold != TRAIN].dropna().unique())
    assert tested == list(range(len(tested)))
    assert protocol.folds(tracks.head(4)) is None


def check_view(view: Any, gtzan: Artifacts, **_: Any) -> None:
    """It draws without an error, and stands in a place of its own."""

    def render(module: str, folder: str) -> None:
        import sys
        from pathlib import Path

        from pipeline.artifacts.reader import Artifacts

        opened = Artifacts(Path(folder))
        sys.modules[module].VIEW.render(opened, opened.headline)

    module = view.render.__module__
    page = AppTest.from_function(render, args=(module, str(gtzan.folder))).run(timeout=60)
    assert not page.exception
    assert page.title[0].value == view.title
    assert view.order not in {v.order for v in discover("dashboard.views", "VIEW").values()}


CHECKS = {
    "pipeline.datasets": ("DATASET", check_dataset),
    "pipeline.features": ("FEATURES", check_features),
    "pipeline.models": ("MODEL", check_model),
    "pipeline.protocols": ("PROTOCOL", check_protocol),
    "dashboard.views": ("VIEW", check_view),
}


def test_there_is_an_example_of_each_kind() -> None:
    """One for each registry, in no file that is there already."""
    paths = [Path(path) for path, _ in example_sources()]
    assert sorted(".".join(path.parent.parts) for path in paths) == sorted(CHECKS)
    assert not [path for path in paths if (ROOT / path).exists()]


@pytest.mark.parametrize(("path", "source"), example_sources(), ids=lambda text: text[:40])
def test_example_is_found_and_works(
    path: str,
    source: str,
    gtzan: Artifacts,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A file with the example's text is all that its folder needs, and it does what it must."""
    file = tmp_path / "code" / path
    file.parent.mkdir(parents=True)
    file.write_text(source)
    package = ".".join(Path(path).parent.parts)
    constant, check = CHECKS[package]
    discover(package, constant)  # what is kept of the registry must not hold the example
    folder = importlib.import_module(package)
    monkeypatch.setattr(folder, "__path__", [*folder.__path__, str(file.parent)])
    monkeypatch.delitem(sys.modules, f"{package}.{file.stem}", raising=False)
    try:
        found = discover.__wrapped__(package, constant)
        (tmp_path / "data").mkdir()
        check(found[file.stem], tmp_path=tmp_path / "data", gtzan=gtzan)
    finally:
        sys.modules.pop(f"{package}.{file.stem}", None)
        vars(folder).pop(file.stem, None)

"""Artifacts that were built without exports get them."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from support.commands import run
from support.damage import flip_bit, rewrite_manifest

from pipeline.artifacts.reader import Artifacts
from pipeline.artifacts.verify import problems
from pipeline.benchmark import exports
from pipeline.benchmark.cost import Cost
from pipeline.registry import lookup

if TYPE_CHECKING:
    from pathlib import Path

MODEL = "mlp"


def without_exports(facts: dict[str, Any]) -> None:
    """As an earlier version wrote a manifest."""
    facts["files"] = {name: h for name, h in facts["files"].items() if not name.endswith(".onnx")}


@pytest.fixture
def earlier(synthetic: Artifacts, tmp_path: Path) -> Path:
    """Artifacts as an earlier version left them."""
    folder = shutil.copytree(synthetic.folder, tmp_path / "synthetic")
    for path in folder.glob("models/*/*.onnx"):
        path.unlink()
    rewrite_manifest(folder, without_exports)
    return folder


@pytest.fixture(autouse=True)
def _measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Costs are measured elsewhere."""
    monkeypatch.setattr(exports, "measure", lambda jobs: [Cost(0.25, len(jobs)) for _ in jobs])


def test_networks_without_exports_say_the_cure(earlier: Path) -> None:
    """Other models answer all the same; what is wrong is said of each network."""
    found = problems(Artifacts(earlier))
    assert found
    assert all("python -m pipeline export synthetic" in problem for problem in found)
    assert Artifacts(earlier).classifier("xgboost")


def test_exported_networks_answer_as_before(earlier: Path, synthetic: Artifacts) -> None:
    """The manifest has their hashes and what serving costs now; all the rest stays."""
    done = run("export", "synthetic", "--artifacts", earlier.parent)
    assert done.code == 0
    assert f"{MODEL}/model.onnx" in done.out
    opened = Artifacts(earlier)
    assert problems(opened) == []
    assert set(opened.manifest.files) == set(synthetic.manifest.files)
    assert {card.clip_seconds for card in opened.models.values()} == {0.25}
    card = opened.model(MODEL)
    assert card.params == synthetic.model(MODEL).params
    shape = lookup("pipeline.features", "FEATURES", card.features).shape
    X = np.random.default_rng(0).normal(size=(3, *shape)).astype(np.float32)
    expected = synthetic.classifier(MODEL).predict_proba(X)
    np.testing.assert_allclose(opened.classifier(MODEL).predict_proba(X), expected, atol=1e-6)


def test_a_damaged_network_is_not_exported(earlier: Path) -> None:
    """Exit code 2 with its name, and nothing is noted."""
    flip_bit(earlier / Artifacts(earlier).model(MODEL).file)
    done = run("export", "synthetic", "--artifacts", earlier.parent)
    assert done.code == 2
    assert f"{MODEL}/model.keras is not the file" in done.err
    assert not [name for name in Artifacts(earlier).manifest.files if name.endswith(".onnx")]

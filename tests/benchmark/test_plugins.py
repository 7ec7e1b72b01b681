"""Models of one's own, from files that are no part of the package."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from joblib import Parallel, delayed
from support.commands import run
from support.documents import ADDING
from support.fake_models import known_examples
from support.small_builds import SMALL, forbidden, small_tracks

from pipeline.artifacts.reader import Artifacts
from pipeline.artifacts.verify import problems
from pipeline.benchmark import build as building
from pipeline.benchmark import train
from pipeline.benchmark.plugins import load_plugins
from pipeline.errors import PipelineError
from pipeline.extraction.extract import extract
from pipeline.files import file_hash
from pipeline.inference.predict import predict
from pipeline.models.svc import MODEL as SVC
from pipeline.progress import silent

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.models import Examples, Model

NAME = "nearest_windows"


def example() -> str:
    """The plugin of docs/adding.md."""
    blocks = re.findall(r"^```python\n(.*?)^```", ADDING.read_text(), re.S | re.M)
    [found] = [block for block in blocks if f'name="{NAME}"' in block]
    return found


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    """The same as a file, with less to choose among."""
    path = tmp_path / "nearest.py"
    path.write_text(example().replace("(5, 15, 45)", "(5,)"))
    return path


def built(plugin: Path, audio: Path, root: Path, cache: Path) -> Artifacts:
    models = load_plugins([plugin])
    return Artifacts(building.build(SMALL, audio, root, cache, plugins=models))


@pytest.mark.usefixtures("members")
def test_a_plugin_is_a_model_like_any_other(
    plugin: Path, audio: Path, root: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trained, tested and stored; its file is needed neither to verify nor to classify."""
    opened = built(plugin, audio, root, cache)
    digest = file_hash(plugin)
    assert set(opened.models) == {NAME, "logistic_ovr"}
    assert (opened.model(NAME).plugin, opened.model("logistic_ovr").plugin) == (digest, "")
    plugin.unlink()
    monkeypatch.delitem(sys.modules, f"plugin_{digest}")
    assert problems(opened) == []
    track = small_tracks(audio)[0]
    assert predict(track.path, NAME, opened).genre == track.genre
    rows = extract([track], ["timbre"], cache, silent).rows["timbre"]
    nearest = opened.classifier(NAME).predict_proba(rows.X)
    np.testing.assert_array_equal(nearest.argmax(axis=1), opened.classes.index(track.genre))


@pytest.mark.usefixtures("members")
def test_an_edited_plugin_is_trained_again(
    plugin: Path, audio: Path, root: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same file is not."""
    built(plugin, audio, root, cache)
    monkeypatch.setattr(train, "fit", forbidden)
    built(plugin, audio, root, cache)
    plugin.write_text(f"{plugin.read_text()}\n# Another thought.\n")
    with pytest.raises(AssertionError, match="was done again"):
        built(plugin, audio, root, cache)


def fit_and_ask(model: Model, examples: Examples) -> Any:
    return model.fit(examples, n_neighbors=5).predict_proba(examples.X)


def test_a_plugin_works_in_other_processes(plugin: Path) -> None:
    """They read its file again, and refuse one that was edited meanwhile."""
    [model] = load_plugins([plugin])
    examples = known_examples()
    [answers] = Parallel(n_jobs=2)([delayed(fit_and_ask)(model, examples)])
    np.testing.assert_array_equal(answers, fit_and_ask(model, examples))
    plugin.write_text(f"{plugin.read_text()}\n")
    with pytest.raises(PipelineError, match=r"nearest\.py was edited meanwhile"):
        fit_and_ask(model, examples)


START = "from pipeline.models import Model\n"
MODEL = 'MODEL = Model("{name}", "Mine", "scikit-learn", "skops", "{features}", {fit})\n'
CONSTANT = """
import numpy as np
class Constant:
    def __init__(self, values): self.values = values
    def predict_proba(self, X): return np.tile(self.values, (len(X), 1))
"""
DUMMY = """
def fit(examples):
    from sklearn.dummy import DummyClassifier
    return DummyClassifier(strategy="stratified").fit(examples.X, examples.y)
"""


def mine(name: str = "mine", features: str = "timbre", fit: str = "lambda e: None") -> str:
    return MODEL.format(name=name, features=features, fit=fit)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("x = 1", r"defines no MODEL\. It must say MODEL = "),
        ("MODEL = 'svc'", r"MODEL is a str, not a pipeline\.models\.Model"),
        ("def fit(:", r"cannot be run: line 1: invalid syntax"),
        ("x = 1\nimport nothing_like_this", "line 2: ModuleNotFoundError: No module named"),
        (START + mine(name=SVC.name), "there is a model called 'svc'"),
        (START + mine(name="My Model"), "a model cannot be called 'My Model'"),
        (START + mine(features="tymbre"), "features is 'tymbre'. Write one of: .*timbre"),
        (START + mine(features="echonest"), "features is 'echonest'"),
        (START + mine().replace("skops", "pickle"), "format is 'pickle'. Write one of: skops"),
        (START + mine(), "fails on made-up examples: AttributeError: 'NoneType'"),
        (
            f"{START}def fit(examples):\n    return 1 / 0\n{mine(fit='fit')}",
            "line 3: ZeroDivisionError",
        ),
        (
            START + CONSTANT + mine(fit="lambda e: Constant([0.5, 0.5])"),
            r"gives the shape \(300, 2\), not \(300, 3\)",
        ),
        (START + CONSTANT + mine(fit="lambda e: Constant([1, 1, 1])"), "They must sum to 1"),
        (START + DUMMY + mine(fit="fit"), "fitting twice gives different answers"),
        (
            START + CONSTANT + mine(fit="lambda e: Constant([1, 0, 0])"),
            r"would hold .*Constant, and",
        ),
    ],
)
def test_a_bad_plugin_is_refused_before_the_slow_work(
    source: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its name, what is wrong and the cure: exit code 2."""
    path = tmp_path / "mine.py"
    path.write_text(source)
    monkeypatch.setattr(building, "build", forbidden)
    monkeypatch.chdir(tmp_path)
    done = run("build", "synthetic", "--plugin", path)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(str(path))
    assert re.search(message, done.err)


def test_plugins_need_names_of_their_own(plugin: Path, tmp_path: Path) -> None:
    """Two of one name are refused, and so is a file that is not there."""
    other = tmp_path / "other.py"
    other.write_text(f"{plugin.read_text()}\n")
    with pytest.raises(PipelineError, match=rf"other\.py: there is a model called '{NAME}'"):
        load_plugins([plugin, other])
    with pytest.raises(PipelineError, match=r"There is no file .*nothing\.py"):
        load_plugins([tmp_path / "nothing.py"])

"""Models of one's own: files that define ``MODEL``, and are no part of this package.

Such a file is code, and it runs with all rights of whoever names it. What is stored of it is data
only, so nobody who opens the artifacts runs it.
"""

from __future__ import annotations

import re
import sys
from dataclasses import fields, replace
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from tempfile import TemporaryDirectory
from traceback import extract_tb
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from pipeline.artifacts import model_files
from pipeline.errors import PipelineError
from pipeline.files import file_hash
from pipeline.models import Examples, Format, Library, Model
from pipeline.registry import discover

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import CodeType, ModuleType

    from pipeline.models import Classifier

CONSTANT = "MODEL"
NAME = r"[a-z][a-z0-9_]*"
GENRES, ARTISTS, WINDOWS = 3, 20, 5  # made up: artists of each genre, a track each, and its windows
CLOSE = 1e-3  # what answers may differ by between a trained model and its file


class _Source(SourceFileLoader):
    """Reads the source only: compiled code beside it could be that of an earlier second."""

    def get_code(self, fullname: str) -> CodeType:
        return self.source_to_code(self.get_data(self.path), self.path)


class _Function:
    """A function of a plugin's model. Worker processes, which cannot import it, read the file."""

    def __init__(self, path: Path, name: str) -> None:
        self.path, self.name = path, name
        self.__module__ = _module(path).__name__  # of whose code results are kept

    def __call__(self, *args: Any, **named: Any) -> Any:
        module = _module(self.path)
        if module.__name__ != self.__module__:
            raise PipelineError(f"{self.path} was edited meanwhile. Run the command again.")
        return getattr(getattr(module, CONSTANT), self.name)(*args, **named)


def load_plugins(paths: Iterable[Path]) -> list[Model]:
    """Models that files define, each tried out on made-up examples.

    Raises
    ------
    PipelineError
        If a file cannot be run, defines no model that could take part, or its model fails on the
        examples or cannot be stored without its code.
    """
    taken, found = set(discover("pipeline.models", CONSTANT)), []
    for path in paths:
        model = _portable(_model(path), path)
        if model.name in taken:
            raise PipelineError(f"{path}: there is a model called {model.name!r}. Rename yours.")
        _check(model, path)
        _rehearse(model, path)
        taken.add(model.name)
        found.append(model)
    return found


def _model(path: Path) -> Model:
    module = _module(path)
    model = getattr(module, CONSTANT, None)
    if model is None:
        raise PipelineError(
            f"{path} defines no {CONSTANT}. It must say {CONSTANT} = pipeline.models.Model(…)."
        )
    if not isinstance(model, Model):
        raise PipelineError(
            f"{path}: {CONSTANT} is a {type(model).__name__}, not a pipeline.models.Model."
        )
    return model


def _portable(model: Model, path: Path) -> Model:
    """A model whose functions can be sent to other processes."""
    values = {f.name: getattr(model, f.name) for f in fields(model)}
    functions: dict[str, Any] = {
        name: _Function(path.resolve(), name) for name in values if callable(values[name])
    }
    return replace(model, plugin=file_hash(path), **functions)


def _module(path: Path) -> ModuleType:
    """The module of a file, named by its content: an edited file is another one."""
    if not path.is_file():
        raise PipelineError(f"There is no file {str(path)!r}. Name a plugin's Python file.")
    name = f"plugin_{file_hash(path)}"
    if name in sys.modules:
        return sys.modules[name]
    place = path.resolve()
    spec = spec_from_file_location(name, place, loader=_Source(name, str(place)))
    if spec is None or spec.loader is None:
        raise PipelineError(f"{path} is no Python file. Name another one.")
    module = sys.modules[name] = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # whatever somebody's own code does
        del sys.modules[name]
        raise PipelineError(f"{path} cannot be run: {_told(error, place)}. Correct it.") from error
    return module


def _told(error: Exception, path: Path) -> str:
    """An error in words, with the line of the file that it comes from."""
    if isinstance(error, SyntaxError):
        return f"line {error.lineno}: {error.msg}"
    lines = [f.lineno for f in extract_tb(error.__traceback__) if f.filename == str(path)]
    place = f"line {lines[-1]}: " if lines else ""
    return f"{place}{type(error).__name__}: {error}".rstrip(". ")


def _check(model: Model, path: Path) -> None:
    """Refuse a model whose facts are not those of a model."""
    if not isinstance(model.name, str) or not re.fullmatch(NAME, model.name):
        raise PipelineError(
            f"{path}: a model cannot be called {model.name!r}. Write a name of lower-case letters,"
            " digits and _, which begins with a letter."
        )
    for what, value, allowed in (
        ("library", model.library, get_args(Library)),
        ("format", model.format, get_args(Format)),
        *(("features", name, _computed()) for name in (model.features, model.input_features)),
    ):
        if value not in allowed:
            raise PipelineError(f"{path}: {what} is {value!r}. Write one of: {', '.join(allowed)}.")


def _computed() -> list[str]:
    """Feature sets that can be computed from recordings."""
    sets = discover("pipeline.features", "FEATURES")
    return [name for name, features in sets.items() if features.compute is not None]


def _rehearse(model: Model, path: Path) -> None:
    """Fit, store and ask a model on made-up examples: mistakes are seen before the slow work."""
    try:
        problem = _problem(model)
    except Exception as error:  # whatever somebody's own code does
        told = _told(error, path.resolve())
        raise PipelineError(f"{path} fails on made-up examples: {told}. Correct it.") from error
    if problem:
        raise PipelineError(f"{path}: {problem}")


def _problem(model: Model) -> str:
    """What is wrong with the answers of a model, or of its file; empty if nothing."""
    from sklearn.model_selection import ParameterGrid

    params = ParameterGrid({key: list(values) for key, values in model.grid.items()})[0]
    examples = _made_up(model)
    classifier = model.fit(examples, **params)
    answers = np.asarray(classifier.predict_proba(examples.X))
    expected = (len(examples.y), GENRES)
    if answers.shape != expected:
        return f"predict_proba gives the shape {answers.shape}, not {expected}."
    if not (np.all(answers >= 0) and np.allclose(answers.sum(axis=1), 1, atol=CLOSE)):
        return "predict_proba gives rows that are no probabilities. They must sum to 1."
    if not np.allclose(model.fit(examples, **params).predict_proba(examples.X), answers):
        return "fitting twice gives different answers. Fix what is random (random_state)."
    return _problem_of_file(model, classifier, examples.X, answers)


def _problem_of_file(model: Model, classifier: Classifier, X: Any, answers: Any) -> str:
    with TemporaryDirectory() as folder:
        path = Path(folder) / model.filename
        model_files.save(model.join(classifier) if model.join else classifier, path)
        if strange := model_files.foreign_types(path):
            return (
                f"its model would hold {', '.join(sorted(strange))}, and a model's file holds data"
                " of reviewed types only, no code. Make it of parts of scikit-learn, XGBoost or"
                " Keras."
            )
        stored = model_files.load(Path(folder) / model_files.served(path.name))
        same = np.allclose(stored.predict_proba(X), answers, atol=CLOSE)
    return "" if same else "its stored model gives other answers than the trained one."


def _made_up(model: Model) -> Examples:
    """Noise around a point for each genre."""
    shape = discover("pipeline.features", "FEATURES")[model.features].shape
    track = np.repeat(np.arange(GENRES * ARTISTS), WINDOWS)
    y = track % GENRES
    noise = np.random.default_rng(0).normal(size=(len(y), *shape))
    X = noise + y.reshape(-1, *(1 for _ in shape))
    return Examples(X.astype(np.float32), y, track, track)

"""What makes a kept result stale, and what does not."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from pipeline import code_hash as hashing
from pipeline.code_hash import code_hash, imported
from pipeline.registry import modules

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILES = {
    "__init__.py": '"""A package."""\n',
    "part.py": """
'''A part.'''
import json
from typing import TYPE_CHECKING
from parts import near
if TYPE_CHECKING:
    from parts import typed

def work(x):
    '''Work.'''
    from parts.folder.far import far  # when it is needed
    return far(near.near(x))
""",
    "near.py": "def near(x):\n    return x + 1\n",
    "typed.py": "class Typed: ...\n",
    "unused.py": "VALUE = 1\n",
    "folder/__init__.py": "",
    "folder/far.py": "import parts.folder.farther\n\ndef far(x):\n    return x\n",
    "folder/farther.py": "VALUE = 1\n",
}


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package of a part and what it imports."""
    for name, text in FILES.items():
        path = tmp_path / "parts" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path / "parts"
    for name in [name for name in sys.modules if name.partition(".")[0] == "parts"]:
        del sys.modules[name]


def fresh(*names: str) -> str:
    """The hash as another process would find it."""
    hashing._tree.cache_clear()
    hashing._imports.cache_clear()
    code_hash.cache_clear()
    return code_hash(*names)


def changed(path: Path, old: str, new: str) -> bool:
    """Whether the hash of the part changes with a file."""
    before = fresh("parts.part")
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    return fresh("parts.part") != before


@pytest.mark.usefixtures("package")
def test_imports_are_followed() -> None:
    """At the top, inside functions, in turn; neither other libraries' nor those for types."""
    assert imported("parts.part") == {
        *("parts", "parts.part", "parts.near"),
        *("parts.folder", "parts.folder.far", "parts.folder.farther"),
    }


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("part.py", "far(near", "abs(near"),
        ("near.py", "x + 1", "x + 2"),
        ("folder/far.py", "return x", "return -x"),
        ("folder/farther.py", "1", "2"),
        ("part.py", "from parts import near\n", "from parts import near, unused\n"),
    ],
)
def test_code_makes_stale(package: Path, file: str, old: str, new: str) -> None:
    """A change of the part itself, of what it imports, also lazily, and one more import."""
    assert changed(package / file, old, new)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("part.py", "'''Work.'''", "'''Work hard.'''"),
        ("part.py", "'''A part.'''\n", ""),
        ("part.py", "  # when it is needed", "  # lazily"),
        ("near.py", "x + 1", "(\n        x + 1  # one more\n    )"),
        ("typed.py", "...", "pass"),
        ("unused.py", "1", "2"),
    ],
)
def test_words_and_other_modules_do_not(package: Path, file: str, old: str, new: str) -> None:
    """Comments, docstrings, layout, types, and modules that the part does not import."""
    assert not changed(package / file, old, new)


def test_a_folder_needs_no_code_of_its_own(package: Path) -> None:
    """A package without ``__init__.py`` counts by its modules."""
    (package / "folder" / "__init__.py").unlink()
    assert "parts.folder" in imported("parts.part")
    assert changed(package / "folder/farther.py", "1", "2")


def test_unknown_module() -> None:
    """A name that leads nowhere is an error that names it."""
    with pytest.raises(ModuleNotFoundError, match=r"pipeline\.nothing"):
        code_hash("pipeline.nothing")


def test_every_model_has_a_hash_of_its_own() -> None:
    """A change of one model's file does not make the others stale."""
    defined = modules("pipeline.models", "MODEL")
    assert len({code_hash(module) for module in defined.values()}) == len(defined)
    assert defined["xgboost"] in imported(defined["vote"])
    assert defined["vote"] not in imported(defined["xgboost"])


def test_a_model_stands_on_what_it_is_made_of() -> None:
    """What a vote's members stand on counts for it; convolutions do not count for a regression."""
    vote = {name.removeprefix("pipeline.models.") for name in imported("pipeline.models.vote")}
    assert {"vote", "svc", "extra_trees", "common.forest"} <= vote
    svc = {name.removeprefix("pipeline.models.") for name in imported("pipeline.models.svc")}
    assert not {"vote", "extra_trees", "common.forest", "common.convolution"} & svc


def test_models_depend_on_no_page_and_no_command() -> None:
    """What shows results does not make them stale."""
    for module in modules("pipeline.models", "MODEL").values():
        rooms = {name.split(".")[1] for name in imported(module) if "." in name}
        assert not rooms & {"cli", "inference", "evaluation", "artifacts"}

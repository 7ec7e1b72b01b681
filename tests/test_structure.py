"""The script that measures the layout, on a made-up package whose numbers are known."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tools.structure import (
    arrows,
    body_lines,
    circles,
    imports,
    private_imports,
    read_modules,
    report,
    rooms_of,
)

SCRIPT = Path(__file__).parents[1] / "tools" / "structure.py"
FILES = {
    "pipeline/__init__.py": "",
    "pipeline/errors.py": "class Fault(Exception): ...\n",
    "pipeline/sound/__init__.py": "",
    "pipeline/sound/read.py": """
        from typing import TYPE_CHECKING
        import numpy as np
        from pipeline.errors import Fault
        from ._kernels import fast
        if TYPE_CHECKING:
            from pipeline.train.fit import Model
        """,
    "pipeline/sound/_kernels.py": "from ..errors import Fault\n",
    "pipeline/sound/formats/mp3.py": "from pipeline.sound._kernels import fast\n",
    "pipeline/train/fit.py": """
        def fit(x):
            '''Fit it.'''
            from pipeline import sound  # lazily
            from pipeline.sound._kernels import fast

            return sound


        def nothing():
            '''Only described.'''


        async def score(): return lookup("pipeline.models", "MODEL", "svc")
        """,
    "pipeline/models/__init__.py": "",
    "pipeline/models/svc.py": "import pipeline.train.fit as fitting\n",
    "dashboard/app.py": "from pipeline.train.fit import fit\nfrom pipeline.sound import *\n",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with the files above."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(line.removeprefix(" " * 8) for line in text.split("\n")))
    return tmp_path


def graph_of(root: Path) -> dict[str, set[str]]:
    """Modules that each module imports."""
    modules = read_modules(root)
    return {name: imports(module, modules) for name, module in modules.items()}


def test_imports_are_found_wherever_they_run(root: Path) -> None:
    """Lazy, relative and starred imports and looked-up names count, those for typing do not."""
    graph = graph_of(root)
    assert graph["pipeline.sound.read"] == {"pipeline.errors", "pipeline.sound._kernels"}
    assert graph["pipeline.sound._kernels"] == {"pipeline.errors"}
    assert graph["pipeline.train.fit"] == {
        "pipeline.sound",
        "pipeline.sound._kernels",
        "pipeline.models",
    }
    assert graph["dashboard.app"] == {"pipeline.train.fit", "pipeline.sound"}


def test_rooms_are_folders_and_single_modules(root: Path) -> None:
    """A folder is a room with all below it; a module beside the folders is a room by itself."""
    assert rooms_of(read_modules(root), graph_of(root)) == {
        "pipeline": set(),
        "pipeline.errors": set(),
        "pipeline.sound": {"pipeline.errors"},
        "pipeline.train": {"pipeline.sound", "pipeline.models"},
        "pipeline.models": {"pipeline.train"},
        "dashboard.app": {"pipeline.train", "pipeline.sound"},
    }


def test_circles_are_sets_that_lead_to_one_another(root: Path) -> None:
    """Two rooms that import from each other are a circle, though their modules are none."""
    graph = graph_of(root)
    assert circles(rooms_of(read_modules(root), graph)) == ["pipeline.models, pipeline.train"]
    assert circles(graph) == []


def test_a_longer_circle_is_found_once() -> None:
    """Three in a ring are one circle; one that leads in, one that is led to and a loop are none."""
    ring = {"a": {"b"}, "b": {"c"}, "c": {"a", "out"}, "in": {"a"}, "out": {"out"}}
    assert circles(ring) == ["a, b, c"]


def test_arrows_count_once_whatever_the_number_of_imports() -> None:
    """Several imports from one place to another are one arrow, and inside a place none."""
    graph = {"a.x": {"b.x", "b.y", "a.y"}, "a.y": {"b.x"}, "b.x": set(), "b.y": set()}
    assert arrows(graph, {name: name[0] for name in graph}) == {"a": {"b"}, "b": set()}


def test_private_modules_are_for_their_own_folder(root: Path) -> None:
    """A module with an underscore may be imported from its folder and from below, no further."""
    found = private_imports(read_modules(root), graph_of(root))
    assert found == ["pipeline.train.fit -> pipeline.sound._kernels"]


def test_bodies_are_measured_without_docstrings(root: Path) -> None:
    """A comment or blank line inside a body counts; a function with nothing else is left out."""
    assert body_lines(read_modules(root)["pipeline.train.fit"]) == [4, 1]


def test_report_names_what_it_counts(root: Path) -> None:
    """The report has the numbers of each package, and lists a file that is too long."""
    (root / "pipeline/long.py").write_text("\n" * 301)
    text = report(root)
    assert "pipeline: 10 files" in text
    assert "rooms 6, arrows between them 4" in text
    assert "together: rooms 7, arrows between them 6" in text
    assert "median 4, 90th percentile 4, maximum 4" in text
    assert "circles of rooms: 1\n" in text
    assert "circles of modules: 0\n" in text
    assert "files over 300 lines: 1\n    pipeline/long.py  301" in text


def test_script_runs_by_itself(root: Path) -> None:
    """The script needs neither this environment nor the code it measures."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", SCRIPT, root], capture_output=True, text=True, check=True
    )
    assert done.stdout == report(root) + "\n"


def test_another_folder_is_refused(tmp_path: Path) -> None:
    """A folder without the packages is no layout of zero files but a mistake."""
    done = subprocess.run([sys.executable, SCRIPT, tmp_path], capture_output=True, text=True)
    assert done.returncode == 2
    assert f"{tmp_path} holds neither pipeline nor dashboard" in done.stderr

"""The rules of docs/architecture.md, checked on the source."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PIPELINE = sorted((ROOT / "pipeline").rglob("*.py"))
DASHBOARD = sorted(
    path for path in (ROOT / "dashboard").rglob("*.py") if "examples" not in path.parts
)
VIEWS = [path for path in DASHBOARD if path.parent.name == "views"]
OPEN_TO_DASHBOARD = {
    "artifacts", "audio", "errors", "evaluate", "features", "guarded", "links", "models",
    "predict", "protocols", "reasons", "registry", "robustness", "space", "summary",
}  # fmt: skip
HEAVY = {"tensorflow", "keras", "sklearn", "xgboost", "librosa", "skops"}
RUNS_CODE = {"pickle", "cPickle", "dill", "cloudpickle", "shelve", "marshal"}


def imports(path: Path) -> set[str]:
    """Dotted names of all modules that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def tops(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imports(path)}


def calls(path: Path) -> set[str]:
    """Names of all functions that a file calls, as written."""
    tree = ast.parse(path.read_text())
    return {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}


@pytest.mark.parametrize("path", PIPELINE, ids=str)
def test_pipeline_knows_no_dashboard(path: Path) -> None:
    """The pipeline runs where neither the dashboard nor its libraries are installed."""
    dashboards = {"dashboard"} if path.name != "__main__.py" else set()  # it writes the report
    assert not tops(path) & {"streamlit", "plotly", *dashboards}


@pytest.mark.parametrize("path", DASHBOARD, ids=str)
def test_dashboard_uses_the_open_part_of_the_pipeline(path: Path) -> None:
    """Pages read artifacts and ask models; they neither train nor reach into the pipeline."""
    used = {name.split(".")[1] for name in imports(path) if name.startswith("pipeline.")}
    assert used <= OPEN_TO_DASHBOARD
    assert not tops(path) & HEAVY


def test_figures_know_no_streamlit() -> None:
    """Figures can be drawn without a running app."""
    drawing = [*(ROOT / "dashboard/figures").glob("*.py"), ROOT / "dashboard/report.py"]
    assert not any("streamlit" in tops(path) for path in drawing)


@pytest.mark.parametrize("path", PIPELINE, ids=str)
def test_only_the_command_line_prints(path: Path) -> None:
    """Library code says what it has to say by return values and exceptions."""
    if path.name != "__main__.py":
        assert not calls(path) & {"print", "console.print"}


@pytest.mark.parametrize("path", PIPELINE + DASHBOARD, ids=str)
def test_nothing_can_run_code_from_a_file(path: Path) -> None:
    """No format that executes what it holds is read, and no text is evaluated."""
    assert not tops(path) & RUNS_CODE
    assert not calls(path) & {"eval", "exec", "joblib.load", "keras.layers.Lambda"}
    assert "unsafe" not in " ".join(calls(path))


def test_pages_start_light() -> None:
    """Importing every page loads none of the slow libraries."""
    modules = [f"dashboard.views.{path.stem}" for path in VIEWS if path.stem != "__init__"]
    code = f"import sys, {', '.join(modules)}; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert not {name.partition(".")[0] for name in loaded.stdout.split()} & HEAVY


def test_functions_are_short() -> None:
    """Half of all functions have ten lines or fewer, nine of ten have 24 or fewer."""
    lengths = sorted(
        node.body[-1].end_lineno - node.body[bool(ast.get_docstring(node))].lineno + 1
        for path in PIPELINE + DASHBOARD
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and len(node.body) > bool(ast.get_docstring(node))
    )
    assert lengths[len(lengths) // 2] <= 10
    assert lengths[len(lengths) * 9 // 10] <= 24

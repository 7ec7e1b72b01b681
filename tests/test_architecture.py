"""The rules of docs/architecture.md, checked on the source."""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from pipeline.registry import discover

ROOT = Path(__file__).parents[1]
PIPELINE = sorted((ROOT / "pipeline").rglob("*.py"))
DASHBOARD = sorted(
    path for path in (ROOT / "dashboard").rglob("*.py") if "examples" not in path.parts
)
TOOLS, TESTS = (sorted((ROOT / name).rglob("*.py")) for name in ("tools", "tests"))
VIEWS = [path for path in DASHBOARD if path.parent.name == "views"]
BASE = {
    "errors",
    "files",
    "folders",
    "progress",
    "registry",
    "code_hash",
    "logs",
    "threads",
    "exported",
}
SERVING = {"memory", "without_numba"}
MEMBERS = {"features", "models", "datasets", "protocols"}
# Which rooms of the pipeline a room may use, by its name; everything else is forbidden.
MAY_USE = {
    "errors": set(),
    "progress": set(),
    "code_hash": set(),
    "registry": {"errors"},
    "files": {"errors"},
    "folders": {"errors"},
    "logs": {"errors"},
    "threads": set(),
    "memory": set(),
    "without_numba": set(),
    "playlists": set(),
    "mapped": {"folders", "features"},
    "exported": {"files"},
    "audio": {"errors"},
    "untrusted": {"audio", "errors", "progress", "memory"},
    "backbones": BASE,
    "protocols": {"errors"},
    "features": {"audio", "backbones", "errors"},
    "models": {"backbones", "features", "errors", "exported", "mapped"},
    "datasets": {"audio", "features", "errors", "progress", "registry", "threads"},
    "extraction": {*BASE, *MEMBERS, "audio", "mapped"} - {"models", "protocols"},
    "artifacts": {*BASE, "features", "models", "protocols"},
    "evaluation": {"artifacts", "errors"},
    "benchmark": {*BASE, *MEMBERS, "audio", "extraction", "artifacts", "evaluation"},
    "inference": {*BASE, "audio", "backbones", "features", "models", "extraction"}
    | {"artifacts", "evaluation"},
    "library": {*BASE, "extraction", "audio", "artifacts", "evaluation", "inference"},
    "teaching": {*BASE, *MEMBERS, "audio", "extraction", "artifacts", "evaluation"}
    | {"benchmark", "inference"},
    "cli": {*BASE, *MEMBERS, "backbones", "extraction", "artifacts", "evaluation"}
    | {"benchmark", "inference", "teaching", "library", "playlists"},
    "__main__": {"cli"},
    "dashboard": {*BASE, *SERVING, "audio", "untrusted", "features", "datasets", "artifacts"}
    | {"evaluation", "extraction", "inference", "benchmark", "teaching", "library", "playlists"},
}
# Of the dashboard's own rooms, which may use which; modules beside them are free to be used.
DASHBOARD_MAY_USE = {
    "figures": {"figures", "theme", "units"},
    "player": {"player", "theme", "units"},
    "listener": set(),
    "live": {"live", "listener", "player", "figures", "components", "state", "theme", "units"}
    | {"page_links", "playlists"},
    "views": {"views", "live", "figures", "components", "state", "theme", "units", "report"}
    | {"choices", "feature_names", "page_links", "pickers", "playlists", "sliders"},
}
MAX_LINES = 300
# What `Protocol` and `Model` tell by facts.
NAMES = {
    *discover("pipeline.protocols", "PROTOCOL"),
    *discover("pipeline.models", "MODEL"),
    *("scikit-learn", "XGBoost", "Keras", "network"),
} - {"track", "window", "elsewhere"}  # also units, a column and a role
REGISTRY_CALLS = {"lookup", "discover", "modules"}
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


def looked_up(path: Path) -> set[str]:
    """Packages that a file reaches by a string given to the registry."""
    return {
        ast.literal_eval(node.args[0])
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).rpartition(".")[2] in REGISTRY_CALLS
        and room(path) != "registry"
        and not (room(path) == "cli" and isinstance(node.args[0], ast.JoinedStr))
    }


def room(path: Path) -> str:
    """The room of a file of the pipeline; `dashboard` is one room here."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return parts[1] if parts[0] == "pipeline" else "dashboard"


def used(path: Path, package: str) -> set[str]:
    """Rooms of a package that a file uses, by imports and by the registry."""
    names = [name.split(".") for name in imports(path) | looked_up(path)]
    return {name[1] for name in names if name[0] == package and len(name) > 1}


@pytest.mark.parametrize("path", PIPELINE, ids=str)
def test_pipeline_knows_no_dashboard(path: Path) -> None:
    """The pipeline runs where neither the dashboard nor its libraries are installed."""
    assert not tops(path) & {"streamlit", "plotly", "dashboard"}


@pytest.mark.parametrize("path", PIPELINE + DASHBOARD, ids=str)
def test_a_room_uses_only_rooms_below_it(path: Path) -> None:
    """By imports, lazy ones included, and by strings given to the registry."""
    if path.name != "__init__.py" or path.parent.name != "pipeline":
        here = room(path)
        assert used(path, "pipeline") - {here} <= MAY_USE[here]


@pytest.mark.parametrize("path", DASHBOARD, ids=str)
def test_rooms_of_the_dashboard_point_one_way(path: Path) -> None:
    """Pages use the demo's parts and figures, never the other way round."""
    here = path.relative_to(ROOT / "dashboard").parts[0]
    # The registry of pages is the package itself.
    assert used(path, "dashboard") - {here} <= DASHBOARD_MAY_USE.get(
        here, {*used(path, "dashboard")}
    )
    assert not tops(path) & HEAVY


def test_there_are_no_circles() -> None:
    """Modules import each other in one direction, whether to run or for type checkers."""
    graph = {module_name(path): imports(path) for path in PIPELINE + DASHBOARD}
    TopologicalSorter({k: v & set(graph) - {k} for k, v in graph.items()}).prepare()


def module_name(path: Path) -> str:
    """Dotted name of a file's module."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@pytest.mark.parametrize("path", PIPELINE + DASHBOARD + TOOLS + TESTS, ids=str)
def test_files_are_short(path: Path) -> None:
    """No file has more than 300 lines."""
    n_lines = len(path.read_text().splitlines())
    assert n_lines <= MAX_LINES


@pytest.mark.parametrize("path", PIPELINE + DASHBOARD, ids=str)
def test_what_is_private_stays_at_home(path: Path) -> None:
    """No module imports a private module, nor a private name of another one."""
    own = {name for name in imports(path) if name.partition(".")[0] in ("pipeline", "dashboard")}
    assert [n for n in own if any(p[0] == "_" and p[:2] != "__" for p in n.split(".")[1:])] == []


@pytest.mark.parametrize("path", PIPELINE + DASHBOARD, ids=str)
def test_nothing_asks_for_a_name(path: Path) -> None:
    """Protocols and models say what they are; no code compares their names or their libraries."""
    if room(path) in ("protocols", "models"):  # where the names are given
        return
    tree = ast.parse(path.read_text())
    asking = [node for node in ast.walk(tree) if isinstance(node, ast.Compare | ast.MatchValue)]
    asking += [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).rpartition(".")[2] in ("startswith", "endswith", "getattr")
    ]
    words = {node.value for each in asking for node in ast.walk(each) if is_text(node)}
    assert not words & NAMES
    assert not any(word.startswith("dummy") for word in words)


def is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def test_figures_know_no_streamlit() -> None:
    """Figures can be drawn without a running app."""
    drawing = [*(ROOT / "dashboard/figures").glob("*.py"), ROOT / "dashboard/report.py"]
    assert not any("streamlit" in tops(path) for path in drawing)


@pytest.mark.parametrize("path", PIPELINE, ids=str)
def test_only_the_command_line_prints(path: Path) -> None:
    """Library code says what it has to say by return values and exceptions."""
    if room(path) != "cli":
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

"""Measure how the code is laid out: files, rooms, arrows, circles, lengths of functions.

    python tools/structure.py            # the repository that this file stands in
    python tools/structure.py FOLDER     # another one, or another state of it

It needs nothing but Python and runs none of the code it measures. What it counts:

* A **room** is a folder that lies directly in a package, with all that is below it. A module that
  lies directly in a package is a room by itself.
* An **arrow** leads from a room to another that it imports from, however often it does. Imports
  inside functions count, those under ``if TYPE_CHECKING`` do not. A package named in
  ``lookup("pipeline.models", ...)`` or ``discover(...)`` counts as imported.
* A **circle** is a largest set of rooms or modules that all lead to one another.
* A **private import** takes a module whose name begins with ``_``, or one below such a module,
  from outside the folder that holds it.
* The **body** of a function is all its lines after the docstring, with comments and blank lines.
"""

from __future__ import annotations

import argparse
import ast
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PACKAGES = ("pipeline", "dashboard")
LONGEST_FILE = 300  # lines
NAMING = {"lookup", "discover"}  # functions whose first argument names a package to import


@dataclass(frozen=True)
class Module:
    """A Python file: its dotted name, its path below the repository, and its source."""

    name: str
    path: Path
    source: str

    @property
    def package(self) -> str:
        """Top-level package that the file belongs to."""
        return self.path.parts[0]

    @property
    def folder(self) -> str:
        """Dotted name of the folder that holds the file."""
        return ".".join(self.path.parts[:-1])

    @property
    def room(self) -> str:
        """Room of the file: the second word of its name, or its package for its ``__init__``."""
        return ".".join(self.name.split(".")[:2])

    @property
    def lines(self) -> int:
        """Number of lines of the file."""
        return len(self.source.splitlines())

    @property
    def tree(self) -> ast.Module:
        """The syntax tree of the file."""
        return ast.parse(self.source, filename=str(self.path))


def read_modules(root: Path) -> dict[str, Module]:
    """Read all Python files of the packages below `root`, by dotted name."""
    paths = [path for package in PACKAGES for path in sorted((root / package).rglob("*.py"))]
    modules = (read_module(path, root) for path in paths)
    return {module.name: module for module in modules}


def read_module(path: Path, root: Path) -> Module:
    """Read a Python file; ``__init__.py`` gets the name of its folder."""
    relative = path.relative_to(root)
    parts = relative.with_suffix("").parts
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    return Module(name, relative, path.read_text(encoding="utf-8"))


def imports(module: Module, known: Iterable[str]) -> set[str]:
    """Names of the known modules that a module imports when it runs, without itself."""
    named = (name for node in running_nodes(module.tree) for name in names_in(node, module))
    found = {nearest(name, known) for name in named}
    return {name for name in found if name and name != module.name}


def running_nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes of a syntax tree but those under ``if TYPE_CHECKING``."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            waiting += node.orelse
        else:
            waiting += ast.iter_child_nodes(node)


def names_in(node: ast.AST, module: Module) -> list[str]:
    """Dotted names that a node of a module's syntax tree imports."""
    match node:
        case ast.Import():
            return [alias.name for alias in node.names]
        case ast.ImportFrom():
            base = absolute(node, module)
            return [f"{base}.{alias.name}" for alias in node.names]
        case ast.Call(func=ast.Name(id=called) | ast.Attribute(attr=called)) if called in NAMING:
            return [str(arg.value) for arg in node.args[:1] if isinstance(arg, ast.Constant)]
    return []


def absolute(node: ast.ImportFrom, module: Module) -> str:
    """Dotted name after ``from``, with a relative one resolved."""
    if not node.level:
        return node.module or ""
    parts = module.folder.split(".")
    above = parts[: len(parts) - node.level + 1]
    return ".".join([*above, *filter(None, [node.module])])


def nearest(name: str, known: Iterable[str]) -> str:
    """The known module that a dotted name leads to: itself or the nearest above, or ''."""
    while name and name not in known:
        name = name.rpartition(".")[0]
    return name


def arrows(graph: dict[str, set[str]], place: dict[str, str]) -> dict[str, set[str]]:
    """Places, such as rooms, that each place imports from, without itself."""
    found: dict[str, set[str]] = {where: set() for where in place.values()}
    for name, targets in graph.items():
        found[place[name]] |= {place[target] for target in targets} - {place[name]}
    return found


def rooms_of(modules: dict[str, Module], graph: dict[str, set[str]]) -> dict[str, set[str]]:
    """Rooms that each room imports from, without itself."""
    return arrows(graph, {name: module.room for name, module in modules.items()})


def circles(graph: dict[str, set[str]]) -> list[str]:
    """Strongly connected components of more than one node, each with commas."""
    reach = {node: reachable(node, graph) for node in graph}
    found = {tuple(sorted(b for b in reach[a] if a in reach[b])) for a in graph}
    return sorted(", ".join(circle) for circle in found if len(circle) > 1)


def reachable(start: str, graph: dict[str, set[str]]) -> set[str]:
    """Nodes that arrows lead to from a node, with the node itself only if they lead back."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        new = graph[waiting.pop()] - found
        found |= new
        waiting += new
    return found


def private_imports(modules: dict[str, Module], graph: dict[str, set[str]]) -> list[str]:
    """Imports of another folder's private modules, each as ``from -> to``."""
    return sorted(
        f"{name} -> {target}"
        for name, targets in graph.items()
        for target in targets
        if not may_see(modules[name], target)
    )


def may_see(module: Module, target: str) -> bool:
    """Whether a module lies in the folder that holds all private parts of a name."""
    parts = target.split(".")
    private = [i for i, part in enumerate(parts) if part.startswith("_") and part != "__main__"]
    owner = ".".join(parts[: private[-1]]) if private else ""
    return f"{module.folder}.".startswith(f"{owner}." if owner else "")


def body_lines(module: Module) -> list[int]:
    """Lines of the body of each function of a module that has more than a docstring."""
    functions = (
        node
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    bodies = (node.body[ast.get_docstring(node) is not None :] for node in functions)
    return [(body[-1].end_lineno or 0) - body[0].lineno + 1 for body in bodies if body]


def file_tree(modules: Iterable[Module]) -> list[str]:
    """Files of each folder with their numbers of lines."""
    folders = defaultdict(list)
    for module in modules:
        folders[module.path.parent].append(module)
    lines = []
    for folder, members in sorted(folders.items()):
        total = sum(module.lines for module in members)
        lines.append(f"{folder}/  ({len(members)} files, {total} lines)")
        lines += [f"    {module.path.name:<28}{module.lines:>5}" for module in members]
    return lines


def package_report(package: str, modules: dict[str, Module]) -> list[str]:
    """Numbers on one package: files, rooms, arrows between them, bodies of functions."""
    own = {name: module for name, module in modules.items() if module.package == package}
    graph = {name: imports(module, own) for name, module in own.items()}
    rooms = rooms_of(own, graph)
    bodies = sorted(lines for module in own.values() for lines in body_lines(module)) or [0]
    median, p90 = (bodies[len(bodies) * share // 10] for share in (5, 9))
    return [
        f"{package}: {len(own)} files, {sum(module.lines for module in own.values())} lines",
        f"    rooms {len(rooms)}, arrows between them {sum(map(len, rooms.values()))}",
        f"    lines of a body: median {median}, 90th percentile {p90}, maximum {bodies[-1]}",
    ]


def listed(title: str, lines: list[str]) -> list[str]:
    """Write a title with the number of lines that follow, and the lines."""
    return [f"{title}: {len(lines)}", *(f"    {line}" for line in lines)]


def report(root: Path) -> str:
    """Write down everything measured of the packages below a folder."""
    modules = read_modules(root)
    graph = {name: imports(module, modules) for name, module in modules.items()}
    rooms = rooms_of(modules, graph)
    lines = [
        *file_tree(modules.values()),
        "",
        *(line for package in PACKAGES for line in package_report(package, modules)),
        f"together: rooms {len(rooms)}, arrows between them {sum(map(len, rooms.values()))}",
        "",
        *listed("rooms that import from others", targets(rooms)),
        *findings(modules, graph),
    ]
    return "\n".join(lines)


def targets(rooms: dict[str, set[str]]) -> list[str]:
    """Write each room with the rooms it imports from, if there are any."""
    return [f"{room} -> {', '.join(sorted(to))}" for room, to in sorted(rooms.items()) if to]


def findings(modules: dict[str, Module], graph: dict[str, set[str]]) -> list[str]:
    """List what should not be there: circles, private imports, long files."""
    kinds = {"rooms": rooms_of(modules, graph), "modules": graph}
    private = private_imports(modules, graph)
    long = [f"{m.path}  {m.lines}" for m in modules.values() if m.lines > LONGEST_FILE]
    return [
        *(line for kind, of in kinds.items() for line in listed(f"circles of {kind}", circles(of))),
        *listed("imports of another folder's private modules", private),
        *listed(f"files over {LONGEST_FILE} lines", long),
    ]


def main() -> None:
    """Print the report on the folder named."""
    here = Path(__file__).resolve().parents[1]
    parser = argparse.ArgumentParser(description="Measure how the code is laid out.")
    parser.add_argument("folder", nargs="?", type=Path, default=here, help="a repository")
    root = parser.parse_args().folder
    if not any((root / package).is_dir() for package in PACKAGES):
        parser.error(f"{root} holds neither {' nor '.join(PACKAGES)}. Name a folder that does.")
    print(report(root))


if __name__ == "__main__":
    main()

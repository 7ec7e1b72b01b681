"""Whether a kept result is stale: a hash of the code that made it."""

from __future__ import annotations

import ast
from collections import deque
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@cache
def code_hash(*modules: str) -> str:
    """Hash of modules and of everything of their own package or this one that they import, in turn.

    It is taken from syntax trees without docstrings, so comments, docstrings and layout do not
    change it. Imports inside functions count; imports for type checkers do not.

    Parameters
    ----------
    modules
        Dotted names, e.g. ``"pipeline.models.svc"``.

    Returns
    -------
    str
        SHA-256 in hex.
    """
    digest = sha256()
    for name in sorted(imported(*modules)):
        digest.update(f"{name}\n{ast.dump(_tree(name))}\n".encode())
    return digest.hexdigest()


def imported(*modules: str) -> set[str]:
    """Names of modules, of their packages, and of all that counts for `code_hash`, in turn."""
    found: set[str] = set()
    waiting = deque(modules)
    while waiting:
        name = waiting.popleft()
        if name not in found:
            found.add(name)
            parent = name.rpartition(".")[0]
            waiting += [*_imports(name), parent] if parent else _imports(name)
    return found


@cache
def _imports(module: str) -> tuple[str, ...]:
    """The modules of its own package, or of this one, that a module imports."""
    own = {_root(module), _root(__name__)}
    return tuple(name for name in _imported_names(module, own) if _root(name) in own)


def _imported_names(module: str, own: set[str]) -> Iterator[str]:
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        # Asking whether a name of another library is a module takes long.
        elif isinstance(node, ast.ImportFrom) and node.module and _root(node.module) in own:
            yield node.module
            names = (f"{node.module}.{alias.name}" for alias in node.names)
            yield from (name for name in names if _is_submodule(node.module, name))


def _root(name: str) -> str:
    return name.partition(".")[0]


def _is_submodule(package: str, name: str) -> bool:
    spec = find_spec(package)
    # Only packages have submodules, and asking others for one is an error.
    return bool(spec and spec.submodule_search_locations and find_spec(name))


@cache
def _tree(module: str) -> ast.Module:
    spec = find_spec(module)
    if spec is None:
        raise ModuleNotFoundError(f"{module} has no source file. Check its name.", name=module)
    if spec.origin is None:  # a folder without __init__.py
        return ast.Module([], [])
    return _Bare().visit(ast.parse(Path(spec.origin).read_text(encoding="utf-8")))


class _Bare(ast.NodeTransformer):
    """Removes docstrings and imports for type checkers."""

    def generic_visit(self, node: ast.AST) -> ast.AST:
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and _is_text(body[0]):
            del body[0]
        return super().generic_visit(node)

    def visit_If(self, node: ast.If) -> ast.AST | None:
        if ast.unparse(node.test) == "TYPE_CHECKING":
            return None
        return self.generic_visit(node)


def _is_text(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )

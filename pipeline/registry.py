"""The folder is the registry: a module in it that defines the right constant is a member."""

import importlib
import pkgutil
from functools import cache
from typing import Any

from pipeline.errors import PipelineError


@cache
def discover(package: str, constant: str) -> dict[str, Any]:
    """Collect one constant from every public module of a package.

    Parameters
    ----------
    package
        Dotted name, e.g. ``"pipeline.models"``. Modules whose name starts with ``_`` are helpers.
    constant
        Name that each module must define, e.g. ``"MODEL"``. Its value has a ``name``.

    Returns
    -------
    dict
        ``{value.name: value}``, ordered by module name.

    Raises
    ------
    PipelineError
        If a module lacks the constant. An error inside a module is not caught.
    """
    found = {}
    path = importlib.import_module(package).__path__
    for info in pkgutil.iter_modules(path):
        if info.name.startswith("_"):
            continue
        module = importlib.import_module(f"{package}.{info.name}")
        if not hasattr(module, constant):
            raise PipelineError(
                f"{module.__name__} defines no {constant}. Define it, or start the file's name with"
                " an underscore."
            )
        value = getattr(module, constant)
        found[value.name] = value
    return found


def lookup(package: str, constant: str, name: str) -> Any:
    """One member by name; a `PipelineError` lists the names that exist."""
    members = discover(package, constant)
    if name not in members:
        raise PipelineError(
            f"No {constant.lower()} is called {name!r}. There are: {', '.join(members)}."
        )
    return members[name]

"""The folder is the registry: a module in it that defines the right constant is a member."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from typing import Any

from pipeline.errors import PipelineError


@cache
def discover(package: str, constant: str) -> dict[str, Any]:
    """Collect one constant from every module of a package.

    Parameters
    ----------
    package
        Dotted name, e.g. ``"pipeline.models"``. Folders in it hold what members share.
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
    members = (_member(module, constant) for module in _modules(package))
    return {member.name: member for member in members}


@cache
def modules(package: str, constant: str) -> dict[str, str]:
    """Dotted name of the module that defines each member, by the member's name."""
    return {_member(module, constant).name: module for module in _modules(package)}


def lookup(package: str, constant: str, name: str) -> Any:
    """One member by name; a `PipelineError` lists the names that exist."""
    return member(discover(package, constant), constant, name)


def member(members: Mapping[str, Any], constant: str, name: str) -> Any:
    """One of some members by name; a `PipelineError` lists the names that exist."""
    if name not in members:
        raise PipelineError(
            f"No {constant.lower()} is called {name!r}. There are: {', '.join(members)}."
        )
    return members[name]


def _modules(package: str) -> list[str]:
    path = importlib.import_module(package).__path__
    found = pkgutil.iter_modules(path)
    return [f"{package}.{info.name}" for info in found if not info.ispkg]


def _member(module: str, constant: str) -> Any:
    value = getattr(importlib.import_module(module), constant, None)
    if value is None:
        raise PipelineError(
            f"{module} defines no {constant}. Define it, or move what members share into the"
            " folder common/."
        )
    return value

"""Tables that are computed from artifacts once, for all visitors or for one."""

from __future__ import annotations

from copy import copy
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import streamlit as st

from pipeline.artifacts.reader import Artifacts

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
T = TypeVar("T")


def identity(artifacts: Artifacts) -> tuple[object, ...]:
    """What a table that is computed from artifacts is kept under."""
    imports = ((name, each.digest) for name, each in artifacts.imports.items())
    return str(artifacts.folder), artifacts.manifest.created, *imports


OPTIONS: dict[str, Any] = {
    "max_entries": 512,
    "show_spinner": "Scoring …",
    "hash_funcs": {Artifacts: identity},
}


def kept(compute: Callable[P, T]) -> Callable[P, T]:
    """Compute a table once. Pages get it without a copy: pandas copies what one of them changes.

    What comes from predictions that a visitor holds is kept in the visitor's session only.
    """
    shared = st.cache_resource(**OPTIONS)(compute)
    own = st.cache_resource(scope="session", **OPTIONS)(compute)

    @wraps(compute)
    def table(*args: P.args, **kwargs: P.kwargs) -> T:
        held = any(isinstance(each, Artifacts) and each.held for each in args)
        return copy((own if held else shared)(*args, **kwargs))

    return table

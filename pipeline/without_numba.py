"""Librosa without numba, for processes that serve.

Importing librosa imports numba, and that LLVM: 140 MB of memory and 190 MB on the disk, to compile
functions of which serving calls three. Those work on whole arrays, and are as quick as they are
written. `install` has librosa take this module for numba: it compiles nothing. Numbers are the
same to the last bit.
"""

from __future__ import annotations

import sys
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from numpy import uint32  # noqa: F401 - a name that librosa looks up

if TYPE_CHECKING:
    from collections.abc import Callable

F = TypeVar("F", bound="Callable[..., Any]")


def install() -> None:
    """Have librosa do without numba in this process, unless numba is loaded already."""
    sys.modules.setdefault("numba", sys.modules[__name__])


def jit(**_: object) -> Callable[[F], F]:
    """Leave a function as it is."""
    return lambda function: function


def vectorize(*_: object, **__: object) -> Callable[[F], F]:
    """Leave a function as it is: arithmetic on arrays is that on their elements."""
    return lambda function: function


def guvectorize(*_: object, **__: object) -> Callable[[F], F]:
    """Refuse a function when it is called: it goes through elements, which takes a compiler."""
    return stencil


def stencil(function: F) -> F:
    """Refuse a function when it is called, as `guvectorize` does."""

    @wraps(function)
    def refuse(*_: object, **__: object) -> Any:
        raise NotImplementedError(
            f"librosa's {function.__name__} needs numba, which processes that serve do without."
            " Call it in a process that does not install pipeline.without_numba."
        )

    return refuse  # type: ignore[return-value]

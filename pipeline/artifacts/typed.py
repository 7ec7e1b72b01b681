"""Facts that were read from a file have the types that their dataclass declares."""

from __future__ import annotations

from functools import cache
from types import UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin, get_type_hints

from pipeline import models, protocols

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed import DataclassInstance

# Names that annotations take from modules which are imported for type checkers only.
NAMES = {name: getattr(models, name) for name in ("Format", "Library")} | {
    name: getattr(protocols, name) for name in ("Role", "Unit")
}
SHOWN = 60  # characters of a value that does not fit


def check(*found: DataclassInstance) -> None:
    """A `TypeError` names the first field whose value does not fit its annotation."""
    for facts in found:
        for name, hint in _hints(type(facts)).items():
            value = getattr(facts, name)
            if not fits(value, hint):
                raise TypeError(f"{name} is {repr(value)[:SHOWN]}")


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind, localns=NAMES)


def fits(value: Any, hint: Any) -> bool:
    """Whether a value that was read from JSON has a type, with all that it contains."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is not None:
        return KINDS[origin](value, inner)
    if hint is Any:
        return True
    if hasattr(hint, "__required_keys__"):  # a typed dictionary
        return isinstance(value, dict) and _has(value, _hints(hint))
    if hint is float:
        return type(value) in (int, float)
    return type(value) is hint  # not an instance: True is no number here


def _has(value: dict[str, Any], hints: dict[str, Any]) -> bool:
    return all(name in value and fits(value[name], hint) for name, hint in hints.items())


def _one_of(value: Any, hints: tuple[Any, ...]) -> bool:
    return any(fits(value, hint) for hint in hints)


def _list(value: Any, hints: tuple[Any, ...]) -> bool:
    return isinstance(value, list) and all(fits(item, hints[0]) for item in value)


def _dict(value: Any, hints: tuple[Any, ...]) -> bool:
    return isinstance(value, dict) and all(fits(item, hints[1]) for item in value.values())


KINDS: dict[Any, Callable[[Any, tuple[Any, ...]], bool]] = {
    UnionType: _one_of,
    Union: _one_of,
    Literal: lambda value, allowed: isinstance(value, str) and value in allowed,
    list: _list,
    dict: _dict,
}

"""What genres are called in tags: a table that a person writes, as TOML."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from pipeline.errors import PipelineError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

EXAMPLE = 'Write a line such as: hiphop = "Hip-Hop/Rap".'


def read_names(path: Path, genres: Sequence[str]) -> dict[str, str]:
    """Names by genre.

    Parameters
    ----------
    genres
        Those that there are.

    Raises
    ------
    PipelineError
        If the file cannot be read, names a genre that there is not, or a name is no line of text.
    """
    table = _table(path)
    for genre, name in table.items():
        if genre not in genres:
            there = ", ".join(genres)
            raise PipelineError(f"{path} names the genre {genre!r}, which is none of {there}.")
        if not isinstance(name, str) or not name.strip() or not name.isprintable():
            raise PipelineError(f"{path} calls {genre} {name!r}, which is no name. {EXAMPLE}")
    return {genre: name.strip() for genre, name in table.items()}


def _table(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PipelineError(
            f"{path} cannot be read: {error.strerror}. Name another file: --map FILE."
        ) from error
    except ValueError as error:
        raise PipelineError(f"{path} is no table of names: {error}. {EXAMPLE}") from error

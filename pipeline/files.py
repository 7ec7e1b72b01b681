"""Files that are whole or not there: content hashes, atomic writes, Parquet."""

from __future__ import annotations

from contextlib import contextmanager
from hashlib import file_digest
from typing import TYPE_CHECKING
from uuid import uuid4

import pandas as pd

from pipeline.errors import PipelineError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

DISK_CURE = "Make room on the disk, or choose another folder."


def file_hash(path: Path) -> str:
    """SHA-256 of a file's content in hex, however long it is."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


@contextmanager
def atomic(path: Path, cure: str = DISK_CURE) -> Iterator[Path]:
    """Yield a temporary name to write under: a killed run leaves no half file under the real one.

    An empty file does not replace `path`. The suffix stays, since it tells formats apart. Several
    processes and threads may write the same file, or others beside it, at once.

    Raises
    ------
    PipelineError
        If the disk refuses. It names the file and ends with `cure`.
    """
    # A file name has at most 255 bytes, so the name of the file itself is not repeated.
    temporary = path.with_name(f".part.{uuid4().hex}{path.suffix}")
    try:
        yield temporary
        if temporary.stat().st_size:
            temporary.replace(path)
    except OSError as error:
        raise PipelineError(f"{path} cannot be written: {error.strerror}. {cure}") from error
    finally:
        if path.parent.is_dir():
            temporary.unlink(missing_ok=True)


def write_parquet(table: pd.DataFrame, path: Path, first: Sequence[str]) -> None:
    """Write a table with the columns `first` in front.

    Numbers are stored byte by byte, since the first bytes of neighbours are alike.
    """
    rest = [column for column in table.columns if column not in first]
    split = [column for column in table if pd.api.types.is_float_dtype(table[column])]
    whole = [column for column in table if column not in split]
    table[[*first, *rest]].to_parquet(
        path, index=False, compression="zstd", use_byte_stream_split=split, use_dictionary=whole
    )

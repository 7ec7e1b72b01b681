"""What is known of a library, in numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.library.models import all_models
from pipeline.library.store import below

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pipeline.library.store import Store

# By what is counted: a condition on `file`.
FILES = {
    "there": "NOT gone",
    "not yet read": "NOT gone AND NOT read",
    "cannot be read": "NOT gone AND error IS NOT NULL",
    "with a genre": "NOT gone AND genres != '[]'",
    "gone": "gone",
    "gone, but there under another name": "gone AND EXISTS (SELECT 1 FROM file AS other"
    " WHERE other.content = file.content AND NOT other.gone)",
    "with a genre of ours": "NOT gone AND content IN (SELECT after FROM change WHERE done)",
}


def counts(folders: Sequence[Path], store: Store) -> Iterator[dict[str, str | int]]:
    """Rows ``what, files``: of all files, then of each verdict of each model."""
    there, values = below(folders)
    for what, condition in FILES.items():
        [(files,)] = store.run(f"SELECT count(*) FROM file WHERE {there} AND {condition}", values)
        yield {"what": what, "files": files}
    for model in all_models(store):
        rows = store.run(
            "SELECT verdict, count(*) FROM file JOIN answer ON answer.content = file.content"
            f" AND answer.model = :model WHERE {there} AND NOT gone GROUP BY verdict",
            values | {"model": model.id},
        )
        for verdict, files in rows:
            yield {"what": f"{verdict} to {model.name} {model.version}", "files": files}


def number_of_files(folders: Sequence[Path], store: Store) -> int:
    """How many files are there."""
    there, values = below(folders)
    [(files,)] = store.run(f"SELECT count(*) FROM file WHERE {there} AND NOT gone", values)
    return int(files)

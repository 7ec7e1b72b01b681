"""A benchmark from labels that were given in the app."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from pipeline.errors import DatasetError
from pipeline.files import atomic
from pipeline.teaching.corrections import CURE
from pipeline.teaching.teach import check_name, teach

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pipeline.progress import Progress


def benchmark(
    data: Path,
    labels: Mapping[str, str],
    name: str,
    home: Path,
    root: Path,
    cache: Path,
    progress: Progress,
) -> Path:
    """Teach a folder with labels that are at hand, see `pipeline.teaching.teach.teach`.

    They are written to ``home/labels/<name>.csv``. Work is shared by threads, not processes, which
    would load a server's page.

    Parameters
    ----------
    labels
        Genre of each track, by id; empty: none.

    Raises
    ------
    PipelineError
        As `teach`, or if no track has a label.
    """
    from joblib import parallel_config

    check_name(name, root)
    said = [(track_id, genre) for track_id, genre in labels.items() if genre]
    if not said:
        raise DatasetError("No track has a label. Label some first.")
    table = home / "labels" / f"{name}.csv"
    with atomic(table, CURE) as passing:
        table.parent.mkdir(parents=True, exist_ok=True)
        pd.DataFrame(said, columns=["path", "genre"]).to_csv(passing, index=False)
    with parallel_config(backend="threading"):
        return teach(data, name, home, root, cache, str(table), progress=progress)

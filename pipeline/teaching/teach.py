"""From a folder of one's own music to a benchmark of one's own."""

from __future__ import annotations

import re
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from joblib import parallel_config
from threadpoolctl import threadpool_limits

from pipeline.artifacts.places import make, shipped
from pipeline.artifacts.reader import open_benchmark
from pipeline.benchmark.build import build
from pipeline.benchmark.cost import Cost
from pipeline.benchmark.plan import Scope, check
from pipeline.datasets import folder
from pipeline.errors import PipelineError
from pipeline.extraction.extract import are_kept, extract
from pipeline.folders import alone
from pipeline.progress import Progress, silent
from pipeline.registry import discover, member
from pipeline.teaching import curve
from pipeline.teaching.collection import learnable
from pipeline.teaching.head import HEAD

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pipeline.datasets import Table, Track
    from pipeline.models import Model

OTHER_FOLDERS = "Name other folders: --home FOLDER --cache FOLDER."
MAP_STEPS = 500  # of t-SNE: with twice as many its divergence falls by less than a hundredth


def teach(
    data: Path,
    name: str,
    home: Path,
    root: Path,
    cache: Path,
    genre_from: str = folder.FOLDERS,
    models: Sequence[str] = (),
    progress: Progress = silent,
) -> Path:
    """Teach models a person's own music, and test them on it.

    Parameters
    ----------
    data
        Folder of the music.
    name
        What the benchmark will be called.
    home, root
        Folders of one's own benchmarks and of the shipped ones.
    cache
        Hashes, features and finished models are kept here: what was interrupted goes on.
    genre_from
        See `pipeline.datasets.folder.tracks`.
    models
        Names of those that are trained; none: the linear head.

    Returns
    -------
    Path
        ``home/<name>``

    Raises
    ------
    PipelineError
        If the name is taken, a model is not known, or the music cannot be learnt from.
    """
    check_name(name, root)
    chosen = _chosen(models)
    make(home)
    with alone(home / name, cache / "build" / name, cure=OTHER_FOLDERS):
        return _taught(data, name, home, root, cache, genre_from, chosen, progress)


def _taught(
    data: Path,
    name: str,
    home: Path,
    root: Path,
    cache: Path,
    genre_from: str,
    chosen: tuple[Model, ...],
    progress: Progress,
) -> Path:
    embed = partial(_embedded, cache=cache, progress=progress) if HEAD in chosen else None
    listed = learnable(folder.tracks(data, genre_from, progress), cache, progress, embed)
    own = replace(folder.DATASET, name=name, tracks=lambda _: listed)
    costs = {model.name: cost for model in chosen if (cost := _known_cost(model, root))}
    scope = Scope(chosen, distortions=False, costs=costs, map_steps=MAP_STEPS)
    if HEAD in chosen:
        scope = replace(scope, tables=partial(curve.tables, model=HEAD, root=root))
    with _quickly() if chosen == (HEAD,) else nullcontext():
        return build(own, data, home, cache, progress, scope=scope)


def _embedded(tracks: Sequence[Track], cache: Path, progress: Progress) -> Table:
    """Embeddings of tracks that can be divided."""
    check(tracks, list(discover("pipeline.protocols", "PROTOCOL").values()))
    kept = are_kept([t.path for t in tracks], [HEAD.features], cache)
    with _quickly() if kept else nullcontext():
        return extract(tracks, [HEAD.features], cache, progress)


@contextmanager
def _quickly() -> Iterator[None]:
    """Use threads where little is left to do: processes take longer to start."""
    with parallel_config(backend="threading"), threadpool_limits(1):
        yield


def check_name(name: str, root: Path) -> None:
    """A `PipelineError` if a collection cannot be called so, or what is shipped is."""
    if not re.fullmatch(r"\w[\w-]*", name):
        raise PipelineError(
            f"A collection cannot be called {name!r}. Use letters, digits, - and _ only."
        )
    if name in {*shipped(root), *discover("pipeline.datasets", "DATASET")}:
        raise PipelineError(
            f"{name!r} is the name of a benchmark or a dataset of Genrescope. Choose another"
            " --name."
        )


def _chosen(names: Sequence[str]) -> tuple[Model, ...]:
    known = {HEAD.name: HEAD} | discover("pipeline.models", "MODEL")
    return tuple(member(known, "MODEL", name) for name in dict.fromkeys(names)) or (HEAD,)


def _known_cost(model: Model, root: Path) -> Cost | None:
    """What a shipped model of the same kind on the same features costs, nearly all of it for these.

    Measuring would take longer than learning.
    """
    for name in shipped(root):
        for card in open_benchmark(name, root, imports=False).models.values():
            same = (card.trained_on, card.format) == (model.features, model.format)
            if same and card.file and not card.baseline:
                return Cost(card.clip_seconds, round(card.peak_bytes))
    return None

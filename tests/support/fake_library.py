"""A library of small files, and a model whose answers follow from their bytes in no time."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import mutagen
import numpy as np
import pandas as pd
import pytest
from mutagen.id3 import ID3, TIT2
from support.audio_files import encoded
from support.commands import Run, run
from support.committed import COMMITTED

from pipeline.audio import decoding
from pipeline.backbones.networks import NETWORKS
from pipeline.errors import AudioError
from pipeline.inference import kept
from pipeline.inference.predict import Analysis
from pipeline.library.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pipeline.artifacts.reader import Artifacts

MODEL = "transfer"
SURE, DOUBTFUL = 0.999, 0.16  # shares of the genre that is named
SILENT = b"silent"  # a file that holds it cannot be classified


class Listening:
    """What is heard: a genre that the title in the tags names first, or else one by the bytes."""

    def __init__(self) -> None:
        self.paths: list[Path] = []

    def __call__(
        self,
        path: Path,
        models: Sequence[str],
        artifacts: Artifacts,
        *_: object,
        taggers: Sequence[str] = (),
    ) -> Analysis:
        """In place of `pipeline.inference.predict.analyse`."""
        self.paths.append(path)
        data = path.read_bytes()
        if SILENT in data:
            raise AudioError("There is nothing to hear. Choose another recording.")
        title = decoding.tags(path).get("title", "")
        wanted, _, doubt = title.partition(" ")
        number = int(sha256(data).hexdigest(), 16) % len(artifacts.classes)
        genre = wanted if wanted in artifacts.classes else artifacts.classes[number]
        shares = _shares(genre, DOUBTFUL if doubt else SURE, artifacts.classes)
        return Analysis(
            seconds=3.0,
            findings=[],
            mel_db=np.empty((0, 0), np.float32),
            mel_seconds=0.0,
            predictions=dict.fromkeys(models, shares),
            embeddings={name: np.zeros(3, np.float32) for name in models},
            features={},
            run_seconds={},
            tags={name: pd.Series(0.0, list(NETWORKS[name].tags)) for name in taggers},
        )


def _shares(genre: str, share: float, classes: Sequence[str]) -> pd.DataFrame:
    rest = (1 - share) / (len(classes) - 1)
    row = {name: share if name == genre else rest for name in classes}
    return pd.DataFrame([{"start": 0.0, "end": 3.0} | row])


@contextmanager
def listening() -> Iterator[Listening]:
    """Have files heard in no time, in this process and with ``--jobs 1``."""
    heard = Listening()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kept, "analyse", heard)
        yield heard


_SOUNDS: dict[str, bytes] = {}


def song(path: Path, kind: str = "mp3", **tags: str) -> Path:
    """A short file of a kind of `support.audio_files`, with tags."""
    if kind not in _SOUNDS:
        _SOUNDS[kind] = encoded(kind, seconds=0.2)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_SOUNDS[kind])
    file: Any = mutagen.File(path, easy=True)
    if file.tags is None:
        file.add_tags()
    for name, text in ({"title": path.stem} | tags).items():
        if isinstance(file.tags, ID3):  # of WAV and AIFF, which have no easy names
            file["TIT2"] = TIT2(text=text)
        else:
            file[name] = text
    file.save()
    return path


def library(place: Path, command: str, *words: object) -> Run:
    """Run one of the commands on the library in a folder, rows as JSON."""
    options = ["--library", place / "library.sqlite", "--format", "json"]
    if command == "scan":
        options += ["--model", MODEL, "--cache", place / "cache", "--artifacts", COMMITTED]
        options += ["--jobs", 1]
    return run("library", command, *words, *options)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its name: leftovers too."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def killed(place: Path, step: int, command: str, *words: object) -> bool:
    """Run a command in a process that is killed at a step; whether there were so many.

    A step is a statement to the library's file, or a file that is about to be renamed.
    """
    child = os.fork()
    if not child:
        _die_at(step)
        library(place, command, *words)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def _die_at(step: int) -> None:
    left = step

    def counted() -> None:
        nonlocal left
        left -= 1
        if left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    plain_run, plain_replace = Store.run, os.replace

    def run_counted(self: Store, statement: str, values: Any = ()) -> Any:
        counted()
        return plain_run(self, statement, values)

    def replace_counted(*names: Any, **options: Any) -> None:
        counted()
        plain_replace(*names, **options)

    Store.run = run_counted  # type: ignore[method-assign]
    os.replace = replace_counted

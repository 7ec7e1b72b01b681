"""What extraction keeps, and what it computes again."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import pytest
from support.extraction import run, table
from support.fast_features import LEVEL, level

from pipeline.audio import decoding
from pipeline.audio.windows import SAMPLE_RATE
from pipeline.extraction import extract as extracting
from pipeline.extraction.extract import (
    Features,
    are_kept,
    content_hash,
    of_whole,
    of_windows,
    stream_features,
)
from pipeline.registry import modules

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline.features import Array, FeatureSet


def forbidden(*args: Any, **named: Any) -> NoReturn:
    raise AssertionError("was done again")


@pytest.mark.parametrize("compute", [of_windows, of_whole])
def test_a_second_run_computes_nothing(
    songs: list[Path], tmp_path: Path, compute: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is kept is read, not decoded again, and is the same to the last bit."""
    first = run(songs, ["level", "peak"], tmp_path / "cache", compute=compute)
    monkeypatch.setattr(decoding, "blocks", forbidden)
    again = run(songs, ["level", "peak"], tmp_path / "cache", compute=compute)
    for before, after in zip(first, again, strict=True):
        assert before.seconds == after.seconds
        for name in ("level", "peak"):
            np.testing.assert_array_equal(before.sets[name], after.sets[name])


def test_an_interrupted_run_goes_on(
    songs: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who stops after the first file finds that one kept, and only the rest is computed."""
    results = stream_features(songs, ["level"], tmp_path / "cache", jobs=1)
    next(results)
    results.close()
    asked = []
    compute = extracting.windowed_features
    monkeypatch.setattr(
        extracting, "windowed_features", lambda p, *rest: asked.append(p) or compute(p, *rest)
    )
    run(songs, ["level"], tmp_path / "cache")
    assert songs[0] not in asked
    assert set(asked) <= {songs[1]}


def test_it_is_known_whether_anything_is_left_to_compute(songs: list[Path], tmp_path: Path) -> None:
    """Only once every set of every file as it is now is kept."""
    cache = tmp_path / "cache"
    run(songs[:1], ["level"], cache / "features")
    assert are_kept(songs[:1], ["level"], cache)
    assert not are_kept(songs, ["level"], cache)
    assert not are_kept(songs[:1], ["level", "peak"], cache)
    songs[0].write_bytes(songs[1].read_bytes())
    assert not are_kept(songs[:1], ["level"], cache)


def test_a_file_is_read_once_until_it_changes(
    songs: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its hash is that of its content, also after it was written anew at the same length."""
    before = content_hash(songs[0])
    data = songs[0].read_bytes()
    assert before == sha256(data).hexdigest()
    with monkeypatch.context() as patch:
        patch.setattr(extracting, "file_hash", forbidden)
        assert content_hash(songs[0]) == before
    songs[0].write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    assert content_hash(songs[0]) == sha256(songs[0].read_bytes()).hexdigest() != before


def test_another_set_computes_only_itself(
    songs: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sets that are kept stay as they are; all missing ones come from one pass over the audio."""
    (before, _) = run(songs, ["level"], tmp_path / "cache")
    asked = []
    compute = extracting.windowed_features
    monkeypatch.setattr(
        extracting,
        "windowed_features",
        lambda p, s, raw: asked.append((p, s)) or compute(p, s, raw),
    )
    (after, _) = run(songs, ["level", "peak", "steps"], tmp_path / "cache")
    assert asked == [(path, {"peak": 3.0, "steps": 3.0}) for path in songs]
    np.testing.assert_array_equal(before.sets["level"], after.sets["level"])
    assert list(after.sets) == ["level", "peak", "steps"]
    run(songs, ["steps"], tmp_path / "cache")
    assert len(asked) == len(songs)


def test_what_other_code_computes_is_computed_again(
    songs: list[Path], tmp_path: Path, sets: dict[str, FeatureSet], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Numbers of older code are not taken for those of the current one."""
    (old, _) = run(songs, ["level"], tmp_path)
    newer = replace(LEVEL, compute=lambda spectrum: level(spectrum) + 1)
    monkeypatch.setitem(sets, "level", newer)
    monkeypatch.setitem(modules("pipeline.features", "FEATURES"), "level", __name__)
    (new, _) = run(songs, ["level"], tmp_path)
    np.testing.assert_allclose(new.sets["level"], old.sets["level"] + 1, rtol=1e-6)


def test_each_set_of_a_file_is_kept_by_itself(songs: list[Path], tmp_path: Path) -> None:
    """The cache has a folder a set, windows and whole tracks apart, and no passing file."""
    cache = tmp_path / "cache"
    for path in songs:
        table(path, ["level", "peak"], cache)
        table(path, ["level"], cache, per="track")
    folders = {file.parent.relative_to(cache).as_posix() for file in cache.rglob("*.npz")}
    named = {folder.rpartition("-")[0] for folder in folders}  # less the hash of the code
    assert len(folders) == len(named)
    assert named == {"features/level", "features/peak", "tracks/level"}
    names = [{file.name for file in cache.glob(f"{folder}/*")} for folder in folders]
    assert all(found == names[0] and len(found) == len(songs) for found in names)


def test_real_sets_share_one_spectrum_without_harm(songs: list[Path], tmp_path: Path) -> None:
    """Computed together or alone, a set gives the same numbers."""
    (together, _) = run(songs, ["timbre", "level"], tmp_path / "together")
    (alone, _) = run(songs, ["timbre"], tmp_path / "alone")
    np.testing.assert_array_equal(together.sets["timbre"], alone.sets["timbre"])


@pytest.mark.slow
def test_workers_give_the_same_as_this_process(songs: list[Path], tmp_path: Path) -> None:
    """Two processes: the numbers and the order of one, but for how many threads add them up."""
    names = ["timbre"]
    (alone, second) = run(songs, names, tmp_path / "one")
    both = list(stream_features(songs, names, tmp_path / "two", jobs=2))
    for expected, found in zip((alone, second), both, strict=True):
        assert isinstance(found, Features)
        assert found.seconds == expected.seconds
        np.testing.assert_allclose(found.sets["timbre"], expected.sets["timbre"], rtol=1e-4)


def test_a_long_recording_is_refused_as_a_whole(
    songs: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond the limit decoding stops, with the cure; at the limit and by windows it goes on."""
    read = []
    blocks = decoding.blocks

    def counted(path: Path) -> Iterator[Array]:
        for y in blocks(path, 1.0):
            read.append(len(y))
            yield y

    monkeypatch.setattr(decoding, "blocks", counted)
    monkeypatch.setattr(extracting, "MAX_MINUTES", 2 / 60)
    long, exact = stream_features(songs, ["level"], tmp_path / "tracks", jobs=1, compute=of_whole)
    assert "longer than" in str(long)
    assert "use --per window or cut it" in str(long)
    assert isinstance(exact, Features)
    assert sum(read) == (3 + 2) * SAMPLE_RATE
    assert run(songs, ["level"], tmp_path / "features")[0].windows == 3

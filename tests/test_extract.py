"""Features of recordings: kept by set and content, and written as tables."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import pandas as pd
import pytest

from pipeline import audio, tables
from pipeline import extract as extracting
from pipeline.errors import PipelineError
from pipeline.extract import Features, of_whole, of_windows, stream
from pipeline.features import Column, FeatureSet
from pipeline.registry import discover

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline.features import Array
    from pipeline.features._spectrum import Spectrum

N_FRAMES = 5


def level(spectrum: Spectrum) -> Array:
    return np.array([spectrum.y.mean(), spectrum.y.std()], np.float32)


def peak(spectrum: Spectrum) -> Array:
    return np.array([np.abs(spectrum.y).max(), spectrum.y.std()], np.float32)


def steps(spectrum: Spectrum) -> Array:
    parts = np.array_split(spectrum.y, N_FRAMES)
    return np.array([[part.min(), part.max()] for part in parts], np.float32)


def feature_set(name: str, columns: tuple[str, ...], compute: Any, frames: int = 0) -> FeatureSet:
    return FeatureSet(name, name, 1, tuple(Column(c, c) for c in columns), compute, frames)


LEVEL = feature_set("level", ("mean", "std"), level)
PEAK = feature_set("peak", ("peak", "std"), peak)
STEPS = feature_set("steps", ("low", "high"), steps, N_FRAMES)
FAST = {s.name: s for s in (LEVEL, PEAK, STEPS)}


@pytest.fixture(autouse=True)
def sets(monkeypatch: pytest.MonkeyPatch) -> dict[str, FeatureSet]:
    """The registry, with three sets that are quick to compute."""
    there = discover("pipeline.features", "FEATURES")
    for name, features in FAST.items():
        monkeypatch.setitem(there, name, features)
    return there


@pytest.fixture
def songs(tmp_path: Path) -> list[Path]:
    """Noise of 7.5 s and of 2 s."""
    rng = np.random.default_rng(0)
    paths = [tmp_path / "songs" / name for name in ("a.wav", "b.wav")]
    paths[0].parent.mkdir()
    for path, seconds in zip(paths, (7.5, 2.0), strict=True):
        y = rng.normal(0, 0.1, round(seconds * audio.SAMPLE_RATE))
        path.write_bytes(audio.to_wav(y.astype(np.float32)))
    return paths


def forbidden(*args: Any, **named: Any) -> NoReturn:
    raise AssertionError("was done again")


def run(paths: list[Path], names: list[str], cache: Path, **named: Any) -> list[Features]:
    """Features in this process, where patches count."""
    found = list(stream(paths, names, cache, jobs=1, **named))
    assert not [reason for reason in found if isinstance(reason, str)]
    return found  # type: ignore[return-value]


def table(path: Path, names: list[str], cache: Path, per: str = "window") -> pd.DataFrame:
    """Table of one file."""
    whole = per == "track"
    ((named, found),) = tables.frames([path], tables.chosen(names, whole), cache, 1, whole)
    assert named == path
    assert isinstance(found, pd.DataFrame)
    return found


@pytest.mark.parametrize("compute", [of_windows, of_whole])
def test_a_second_run_computes_nothing(
    songs: list[Path], tmp_path: Path, compute: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is kept is read, not decoded again, and is the same to the last bit."""
    first = run(songs, ["level", "peak"], tmp_path / "cache", compute=compute)
    monkeypatch.setattr(audio, "blocks", forbidden)
    again = run(songs, ["level", "peak"], tmp_path / "cache", compute=compute)
    for before, after in zip(first, again, strict=True):
        assert before.seconds == after.seconds
        for name in ("level", "peak"):
            np.testing.assert_array_equal(before.sets[name], after.sets[name])


def test_an_interrupted_run_goes_on(
    songs: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who stops after the first file finds that one kept, and only the rest is computed."""
    results = stream(songs, ["level"], tmp_path / "cache", jobs=1)
    next(results)
    results.close()
    asked = []
    analyse = extracting.analyse
    monkeypatch.setattr(extracting, "analyse", lambda p, s: asked.append(p) or analyse(p, s))
    run(songs, ["level"], tmp_path / "cache")
    assert songs[0] not in asked
    assert set(asked) <= {songs[1]}


def test_another_set_computes_only_itself(
    songs: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sets that are kept stay as they are; all missing ones come from one pass over the audio."""
    (before, _) = run(songs, ["level"], tmp_path / "cache")
    asked = []
    analyse = extracting.analyse
    monkeypatch.setattr(extracting, "analyse", lambda p, s: asked.append((p, s)) or analyse(p, s))
    (after, _) = run(songs, ["level", "peak", "steps"], tmp_path / "cache")
    assert asked == [(path, {"peak": 3.0, "steps": 3.0}) for path in songs]
    np.testing.assert_array_equal(before.sets["level"], after.sets["level"])
    assert list(after.sets) == ["level", "peak", "steps"]
    run(songs, ["steps"], tmp_path / "cache")
    assert len(asked) == len(songs)


def test_another_version_is_computed_again(
    songs: list[Path], tmp_path: Path, sets: dict[str, FeatureSet], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Numbers of an older version are not taken for the current ones."""
    (old, _) = run(songs, ["level"], tmp_path)
    newer = replace(LEVEL, version=2, compute=lambda spectrum: level(spectrum) + 1)
    monkeypatch.setitem(sets, "level", newer)
    (new, _) = run(songs, ["level"], tmp_path)
    np.testing.assert_allclose(new.sets["level"], old.sets["level"] + 1, rtol=1e-6)


def test_each_set_of_a_file_is_kept_by_itself(songs: list[Path], tmp_path: Path) -> None:
    """The cache has a folder a set, windows and whole tracks apart, and no passing file."""
    cache = tmp_path / "cache"
    for path in songs:
        table(path, ["level", "peak"], cache)
        table(path, ["level"], cache, per="track")
    folders = {file.parent.relative_to(cache).as_posix() for file in cache.rglob("*.npz")}
    assert folders == {"features/level-v1", "features/peak-v1", "tracks/level-v1"}
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
    both = list(stream(songs, names, tmp_path / "two", jobs=2))
    for expected, found in zip((alone, second), both, strict=True):
        assert isinstance(found, Features)
        assert found.seconds == expected.seconds
        np.testing.assert_allclose(found.sets["timbre"], expected.sets["timbre"], rtol=1e-4)


@pytest.mark.parametrize("name", ["timbre", "level"])
def test_window_rows_are_the_features_of_windows(
    songs: list[Path], tmp_path: Path, sets: dict[str, FeatureSet], name: str
) -> None:
    """A row a window, with its place, and what the set gives for that stretch of audio."""
    for path in songs:
        y = audio.decode(path)
        found = table(path, [name], tmp_path / "cache")
        assert list(found.columns) == ["path", "start", "end", *sets[name].names]
        assert set(found["path"]) == {str(path)}
        np.testing.assert_array_equal(found[["start", "end"]], audio.spans(len(y)))
        expected = np.stack([sets[name].extract(window) for window in audio.windows(y)])
        np.testing.assert_array_equal(found[sets[name].names].to_numpy(), expected)


@pytest.mark.parametrize("name", ["timbre", "level"])
def test_a_track_row_is_of_the_whole_recording(
    songs: list[Path], tmp_path: Path, sets: dict[str, FeatureSet], name: str
) -> None:
    """One row a file: its length, and what the set gives for all of it at once."""
    for path in songs:
        y = audio.decode(path)
        found = table(path, [name], tmp_path / "cache", per="track")
        assert list(found.columns) == ["path", "seconds", *sets[name].names]
        assert found["seconds"].tolist() == [len(y) / audio.SAMPLE_RATE]
        expected = sets[name].extract(y)[np.newaxis]
        np.testing.assert_array_equal(found[sets[name].names].to_numpy(), expected)


def test_sequence_rows_are_frames(songs: list[Path], tmp_path: Path) -> None:
    """A row a frame, counted from 0 in each window, in the order of time."""
    found = table(songs[0], ["steps"], tmp_path)
    assert list(found.columns) == ["path", "start", "end", "frame", "low", "high"]
    windows = audio.windows(audio.decode(songs[0]))
    assert len(found) == len(windows) * N_FRAMES
    for n, window in enumerate(windows):
        rows = found.iloc[n * N_FRAMES : (n + 1) * N_FRAMES]
        assert rows["frame"].tolist() == list(range(N_FRAMES))
        assert rows["start"].nunique() == 1
        np.testing.assert_array_equal(rows[["low", "high"]].to_numpy(), STEPS.extract(window))


def test_sets_stand_side_by_side(songs: list[Path], tmp_path: Path) -> None:
    """Columns follow the sets as named; a name that two sets have tells whose it is."""
    found = table(songs[0], ["peak", "level", "peak"], tmp_path)
    assert list(found.columns[3:]) == ["peak", "peak.std", "mean", "level.std"]
    windows = audio.windows(audio.decode(songs[0]))
    np.testing.assert_array_equal(found["peak"], np.abs(windows).max(axis=1))
    np.testing.assert_array_equal(found["peak.std"], found["level.std"])


def test_sets_that_do_not_fit_are_refused() -> None:
    """Sequences stand neither beside statistics nor for a whole track; names must exist."""
    with pytest.raises(PipelineError, match=r"level \(1\), steps \(5\).*side by side"):
        tables.chosen(["level", "steps"], whole=False)
    with pytest.raises(PipelineError, match=r"steps is a sequence .* --per window"):
        tables.chosen(["steps"], whole=True)
    with pytest.raises(PipelineError, match=r"No features is called 'tumbre'. There are"):
        tables.chosen(["tumbre"], whole=False)


def test_a_long_recording_is_refused_as_a_whole(
    songs: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond the limit decoding stops, with the cure; at the limit and by windows it goes on."""
    read = []
    blocks = audio.blocks

    def counted(path: Path) -> Iterator[Array]:
        for y in blocks(path, 1.0):
            read.append(len(y))
            yield y

    monkeypatch.setattr(audio, "blocks", counted)
    monkeypatch.setattr(extracting, "MAX_MINUTES", 2 / 60)
    long, exact = stream(songs, ["level"], tmp_path / "tracks", jobs=1, compute=of_whole)
    assert "longer than" in str(long)
    assert "use --per window or cut it" in str(long)
    assert isinstance(exact, Features)
    assert sum(read) == (3 + 2) * audio.SAMPLE_RATE
    assert run(songs, ["level"], tmp_path / "features")[0].windows == 3


def test_folders_are_searched(tmp_path: Path) -> None:
    """Audio below a folder in order, whatever its ending's case; named files keep their place."""
    root = tmp_path / "music"
    inside = ["B/2.MP3", "B/10.wav", "a/c/x.Flac", "z.ogg"]
    for name in (*inside, "B/cover.jpg", "B/._2.MP3", "notes"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    (root / "folder.wav").mkdir()
    expected = sorted(root / name for name in inside)
    assert tables.recordings([root]) == expected
    named = tmp_path / "named.txt"
    assert tables.recordings([named, root, expected[0]]) == [named, *expected]


def test_a_folder_without_audio_is_an_error(tmp_path: Path) -> None:
    """The message names the folder and what is looked for."""
    (tmp_path / "song.txt").touch()
    with pytest.raises(PipelineError, match=r"holds no audio file.*endings.*wav, flac, mp3"):
        tables.recordings([tmp_path])


def test_a_bad_file_is_a_sentence_among_tables(songs: list[Path], tmp_path: Path) -> None:
    """It stands in its place, and the others are there."""
    bad = tmp_path / "bad.mp3"
    bad.write_text("la la la")
    paths = [songs[0], bad, tmp_path / "none.wav", songs[1]]
    found = list(tables.frames(paths, [LEVEL], tmp_path / "cache", 1, False))
    assert [path for path, _ in found] == paths
    assert [isinstance(result, str) for _, result in found] == [False, True, True, False]
    assert "no audio file" in str(found[1][1])
    assert "cannot be read: No such file" in str(found[2][1])


def all_tables(songs: list[Path], cache: Path, names: list[str], whole: bool = False) -> list[Any]:
    return [t for _, t in tables.frames(songs, tables.chosen(names, whole), cache, 1, whole)]


def test_csv_and_json_hold_the_numbers(songs: list[Path], tmp_path: Path) -> None:
    """One head line, then all rows; read back, the float32 numbers are the same."""
    found = all_tables(songs, tmp_path, ["level"])
    expected = pd.concat(found, ignore_index=True)
    as_csv, as_json = io.StringIO(), io.StringIO()
    tables.write(found, "csv", as_csv)
    tables.write(found, "json", as_json)
    in_csv = pd.read_csv(io.StringIO(as_csv.getvalue()))
    in_json = pd.DataFrame([json.loads(line) for line in as_json.getvalue().splitlines()])
    types = expected.dtypes.to_dict()
    for back in (in_csv, in_json):
        pd.testing.assert_frame_equal(back.astype(types), expected, check_exact=True)


@pytest.mark.parametrize("rows", [1, 2, 4096])
def test_parquet_holds_the_table(
    songs: list[Path], tmp_path: Path, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one group of rows or several, the file is the table with its types."""
    monkeypatch.setattr(tables, "ROWS", rows)
    found = all_tables(songs, tmp_path, ["steps"])
    tables.write(found, "parquet", tmp_path / "out.parquet")
    back = pd.read_parquet(tmp_path / "out.parquet")
    pd.testing.assert_frame_equal(back, pd.concat(found, ignore_index=True), check_exact=True)


def test_fma_header_is_read_as_fma_reads_it(songs: list[Path], tmp_path: Path) -> None:
    """Three levels of columns with FMA's names, and the path in place of the track's id."""
    (tmp_path / "out.csv").touch()
    names = ("mfcc.mean.01", "mfcc.mean.02", "zcr.std.01")
    frame = pd.DataFrame(
        {"path": ["a,b.wav"], "seconds": [3.0]}
        | {name: np.array([n + 0.1], np.float32) for n, name in enumerate(names)}
    )
    twice = [tables.as_fma(frame), tables.as_fma(frame.assign(path="c.wav"))]
    tables.write(twice, "csv", tmp_path / "out.csv")
    back = pd.read_csv(tmp_path / "out.csv", index_col=0, header=[0, 1, 2])
    assert back.columns.names == ["feature", "statistics", "number"]
    assert list(back.columns) == [tuple(name.split(".")) for name in names]
    assert list(back.index) == ["a,b.wav", "c.wav"]
    assert back["mfcc", "mean", "02"].tolist() == [1.1, 1.1]


@pytest.mark.parametrize("form", ["csv", "json", "parquet"])
def test_an_output_file_is_complete_or_not_there(
    songs: list[Path], tmp_path: Path, form: str
) -> None:
    """A run that breaks off, or has nothing to write, leaves neither a file nor a part of one."""
    out = tmp_path / "out" / "table"
    out.parent.mkdir()
    (first, _) = all_tables(songs, tmp_path, ["level"])

    def interrupted() -> Iterator[pd.DataFrame]:
        yield first
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tables.write(interrupted(), form, out)
    assert list(out.parent.iterdir()) == []
    tables.write([], form, out)
    assert list(out.parent.iterdir()) == []
    tables.write([first], form, out)
    assert list(out.parent.iterdir()) == [out]


def test_an_output_that_cannot_be_written(tmp_path: Path) -> None:
    """The message names the file, the reason and the option."""
    with pytest.raises(
        PipelineError, match=r"none/x.csv cannot be written: No such file.*--output"
    ):
        tables.write([], "csv", tmp_path / "none" / "x.csv")

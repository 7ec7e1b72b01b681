"""Rows of exported tables: windows, tracks, frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from support.extraction import table
from support.fast_features import LEVEL, N_FRAMES, STEPS

from pipeline.audio.decoding import decode
from pipeline.audio.loudness import levelled
from pipeline.audio.windows import SAMPLE_RATE, spans, windows
from pipeline.errors import PipelineError
from pipeline.extraction import export

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.features import FeatureSet


@pytest.mark.parametrize("name", ["timbre", "level"])
def test_window_rows_are_the_features_of_windows(
    songs: list[Path], tmp_path: Path, sets: dict[str, FeatureSet], name: str
) -> None:
    """A row a window, with its place, and what the set gives for that stretch of audio."""
    for path in songs:
        y = decode(path)
        found = table(path, [name], tmp_path / "cache")
        assert list(found.columns) == ["path", "start", "end", *sets[name].names]
        assert set(found["path"]) == {str(path)}
        np.testing.assert_array_equal(found[["start", "end"]], spans(len(y)))
        expected = np.stack([sets[name].extract(levelled(window)) for window in windows(y)])
        np.testing.assert_array_equal(found[sets[name].names].to_numpy(), expected)


@pytest.mark.parametrize("name", ["timbre", "level"])
def test_a_track_row_is_of_the_whole_recording(
    songs: list[Path], tmp_path: Path, sets: dict[str, FeatureSet], name: str
) -> None:
    """One row a file: its length, and what the set gives for all of it at once."""
    for path in songs:
        y = decode(path)
        found = table(path, [name], tmp_path / "cache", per="track")
        assert list(found.columns) == ["path", "seconds", *sets[name].names]
        assert found["seconds"].tolist() == [len(y) / SAMPLE_RATE]
        expected = sets[name].extract(levelled(y))[np.newaxis]
        np.testing.assert_array_equal(found[sets[name].names].to_numpy(), expected)


@pytest.mark.parametrize("per", ["window", "track"])
def test_raw_rows_are_of_the_sound_as_it_is(
    songs: list[Path], tmp_path: Path, sets: dict[str, FeatureSet], per: str
) -> None:
    """They are kept apart from those at one loudness."""
    y = decode(songs[0])
    pieces = [y] if per == "track" else windows(y)
    table(songs[0], ["timbre"], tmp_path / "cache", per=per)
    found = table(songs[0], ["timbre"], tmp_path / "cache", per=per, raw=True)
    expected = np.stack([sets["timbre"].extract(piece) for piece in pieces])
    np.testing.assert_array_equal(found[sets["timbre"].names].to_numpy(), expected)


def test_sequence_rows_are_frames(songs: list[Path], tmp_path: Path) -> None:
    """A row a frame, counted from 0 in each window, in the order of time."""
    found = table(songs[0], ["steps"], tmp_path)
    assert list(found.columns) == ["path", "start", "end", "frame", "low", "high"]
    parts = windows(decode(songs[0]))
    assert len(found) == len(parts) * N_FRAMES
    for n, window in enumerate(parts):
        rows = found.iloc[n * N_FRAMES : (n + 1) * N_FRAMES]
        assert rows["frame"].tolist() == list(range(N_FRAMES))
        assert rows["start"].nunique() == 1
        np.testing.assert_array_equal(
            rows[["low", "high"]].to_numpy(), STEPS.extract(levelled(window))
        )


def test_sets_stand_side_by_side(songs: list[Path], tmp_path: Path) -> None:
    """Columns follow the sets as named; a name that two sets have tells whose it is."""
    found = table(songs[0], ["peak", "level", "peak"], tmp_path)
    assert list(found.columns[3:]) == ["peak", "peak.std", "mean", "level.std"]
    parts = windows(decode(songs[0]))
    np.testing.assert_array_equal(found["peak"], [np.abs(levelled(part)).max() for part in parts])
    np.testing.assert_array_equal(found["peak.std"], found["level.std"])


def test_sets_that_do_not_fit_are_refused() -> None:
    """Sequences stand neither beside statistics nor for a whole track; names must exist."""
    with pytest.raises(PipelineError, match=r"level \(1\), steps \(5\).*side by side"):
        export.chosen(["level", "steps"], whole=False)
    with pytest.raises(PipelineError, match=r"steps is a sequence .* --per window"):
        export.chosen(["steps"], whole=True)
    with pytest.raises(PipelineError, match=r"No features is called 'tumbre'. There are"):
        export.chosen(["tumbre"], whole=False)


def test_a_bad_file_is_a_sentence_among_tables(songs: list[Path], tmp_path: Path) -> None:
    """It stands in its place, and the others are there."""
    bad = tmp_path / "bad.mp3"
    bad.write_text("la la la")
    paths = [songs[0], bad, tmp_path / "none.wav", songs[1]]
    found = list(export.frames(paths, [LEVEL], tmp_path / "cache", 1, False))
    assert [path for path, _ in found] == paths
    assert [isinstance(result, str) for _, result in found] == [False, True, True, False]
    assert "no audio file" in str(found[1][1])
    assert "cannot be read: No such file" in str(found[2][1])

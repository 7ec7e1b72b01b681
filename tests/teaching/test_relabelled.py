"""A benchmark from labels that were given in the app."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipeline.artifacts.reader import Artifacts
from pipeline.datasets import folder
from pipeline.errors import PipelineError
from pipeline.progress import silent
from pipeline.teaching import relabelled

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.usefixtures("quick", "mine")
def test_a_benchmark_has_the_labels_of_the_app(music: Path, home: Path, shipped: Path) -> None:
    """Not those of the folders: one genre has a new name, and one track has none."""
    labels = {track.track_id: track.genre for track in folder.everything(music).tracks}
    labels = {i: "drone" if genre == "bass" else genre for i, genre in labels.items()}
    first = next(i for i, genre in labels.items() if genre == "whistle")
    labels[first] = ""
    place = relabelled.benchmark(
        music, labels, "labelled", home, shipped, home.parent / "cache", silent
    )
    built = Artifacts(place)
    assert place == home / "labelled"
    assert built.classes == ["Hip-Hop", "drone", "whistle"]
    genres = built.tracks.set_index("track_id")["genre"]
    assert {i: labels[i] for i in genres.index} == genres.to_dict()
    assert first not in genres.index
    assert "names no genre" in built.manifest.left_out[first]


def test_nothing_is_written_without_labels_or_with_a_taken_name(tmp_path: Path) -> None:
    """A sentence comes before the slow work."""
    (tmp_path / "root").mkdir()
    for name, labels, message in (
        ("mine", {"a": ""}, "No track"),
        ("gtzan", {"a": "b"}, "name of"),
    ):
        with pytest.raises(PipelineError, match=message):
            relabelled.benchmark(
                tmp_path, labels, name, tmp_path / "home", tmp_path / "root", tmp_path, silent
            )
    assert not (tmp_path / "home").exists()


def test_every_clip_is_listed_for_labelling(music: Path, tmp_path: Path) -> None:
    """Also those without a genre, of which a folder may be full."""
    one = next(music.rglob("*.flac"))
    (tmp_path / "loose.flac").write_bytes(one.read_bytes())
    [track] = folder.everything(tmp_path).tracks
    assert (track.track_id, track.genre) == ("loose.flac", "")

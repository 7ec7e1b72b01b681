"""What a build leaves of ten recordings and one cheap model, and what it cannot use."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from support.small_builds import COST, LOGISTIC, QUICK, SMALL, dataset_of, forbidden, small_tracks

from pipeline.artifacts import music
from pipeline.artifacts.reader import Artifacts, available
from pipeline.artifacts.verify import problems
from pipeline.benchmark import build as building
from pipeline.benchmark.robustness import DISTORTIONS
from pipeline.datasets import Track
from pipeline.errors import DatasetError

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.benchmark.cost import Job

pytestmark = pytest.mark.usefixtures("members")


def test_a_build_answers_all_tracks(audio: Path, built: Artifacts) -> None:
    """Ten tracks by artist, the two tracks of the published test part, and nothing wrong."""
    assert built.folder.name == "synthetic"
    assert problems(built) == []
    assert built.classes == ["drone", "pulse"]
    assert len(built.predictions("logistic_ovr", "artist")) == 10
    asked = built.predictions("logistic_ovr", "fault_filtered")["track_id"]
    assert set(asked) == {track.track_id for track in small_tracks(audio) if track.split == "test"}
    assert [path.name for path in built.folder.parent.iterdir()] == ["synthetic"]


def test_a_build_notes_where_its_recordings_are(audio: Path, cache: Path, tmp_path: Path) -> None:
    """In its cache, for pages that play them; another name is not known there."""
    building.build(SMALL, audio, tmp_path / "artifacts", cache)
    expected = {track.track_id: track.path for track in small_tracks(audio)}
    assert music.noted(cache, "synthetic") == expected
    assert music.noted(cache, "gtzan") == {}


def test_a_build_leaves_no_rows_in_its_cache(built: Artifacts, cache: Path) -> None:
    """They are in files while it runs; features of each recording are kept."""
    assert built.models
    assert list((cache / "features").rglob("*.npz"))
    assert not list((cache / "features").rglob("*.rows"))


def test_answers_say_what_was_asked(built: Artifacts) -> None:
    """Under protocols of tracks a row a track, window -1; else a row a window, counted from 0."""
    by_track = built.predictions("logistic_ovr", "artist")
    assert list(by_track.columns) == ["track_id", "window", "windows", "fold", *built.classes]
    assert set(by_track["window"]) == {-1}
    by_window = built.predictions("logistic_ovr", "window")
    assert set(by_window["fold"]) == {0}
    assert by_window["window"].min() == 0
    assert len(by_window) == round(built.tracks["windows"].sum() / 5)


def test_the_manifest_says_how_to_ask(built: Artifacts) -> None:
    """Whether recordings can be asked about, in windows of which length, and what was divided."""
    manifest = built.manifest
    assert manifest.live is True
    assert list(manifest.features) == ["timbre"]
    assert manifest.features["timbre"]["window_seconds"] == 3.0
    said = {name: (p.unit, p.folds) for name, p in manifest.protocols.items()}
    assert said == {"artist": ("track", 5), "fault_filtered": ("track", 1), "window": ("window", 1)}


def test_the_card_says_what_a_model_is_and_costs(
    audio: Path, root: Path, cache: Path, models: dict[str, Any], measured: list[Job]
) -> None:
    """What it learnt from and answers to, how much it was asked, how large it is, its own facts."""
    models["logistic_ovr"] = replace(QUICK, facts=lambda model: {"steps": float(len(model))})
    built = Artifacts(building.build(SMALL, audio, root, cache))
    card = built.model("logistic_ovr")
    assert (card.features, card.trained_on) == ("timbre", "timbre")
    assert card.n_predictions == {
        protocol: len(built.predictions("logistic_ovr", protocol))
        for protocol in built.manifest.protocols
    }
    assert (card.clip_seconds, card.peak_bytes) == (COST.seconds, COST.peak_bytes)
    assert [(job.features, job.window_seconds) for job in measured] == [("timbre", 3.0)]
    assert card.file_bytes == (built.folder / card.file).stat().st_size
    assert card.facts == {"steps": 2.0}
    assert all(0.05 <= t <= 20 for t in card.temperatures)


def test_distorted_test_tracks_are_answered(audio: Path, built: Artifacts) -> None:
    """Every distortion of each track of the published test part, and of no other, has a row.

    Undistorted they are three seconds of what the same model was asked about as a whole.
    """
    table = built.robustness("logistic_ovr")
    assert list(table.columns) == ["distortion", "track_id", *built.classes]
    asked = {track.track_id for track in small_tracks(audio) if track.split == "test"}
    expected = {(distortion, track_id) for distortion in DISTORTIONS for track_id in asked}
    assert set(zip(table["distortion"], table["track_id"], strict=True)) == expected
    assert len(table) == len(expected)
    np.testing.assert_allclose(table[built.classes].sum(axis=1), 1, atol=5e-4)
    genre = built.tracks.set_index("track_id")["genre"]
    plain = table[table["distortion"] == "none"].set_index("track_id")[built.classes]
    assert (plain.idxmax(axis=1) == genre[plain.index]).all()


def test_tracks_outside_the_published_split_are_no_obstacle(
    audio: Path, root: Path, cache: Path
) -> None:
    """Some have no part in it: they are answered by artist, and neither tested nor distorted."""
    tracks = [
        replace(t, split=None if t.split == "valid" else t.split) for t in small_tracks(audio)
    ]
    built = Artifacts(building.build(dataset_of(tracks), audio, root, cache))
    assert problems(built) == []
    assert len(built.predictions("logistic_ovr", "artist")) == len(tracks)
    asked = {track.track_id for track in tracks if track.split == "test"}
    assert set(built.predictions("logistic_ovr", "fault_filtered")["track_id"]) == asked
    assert set(built.robustness("logistic_ovr")["track_id"]) == asked


def test_parameters_are_chosen_once_a_fold(built: Artifacts) -> None:
    """The card shows what each of 5 folds, two splits and the saved model chose."""
    card = built.model("logistic_ovr")
    assert {name: len(chosen) for name, chosen in card.params.items()} == {
        "artist": 5,
        "fault_filtered": 1,
        "window": 1,
        "all": 1,
    }
    assert all(
        params["C"] in LOGISTIC.grid["C"] for chosen in card.params.values() for params in chosen
    )


@pytest.mark.parametrize("content", ["la la la", "", None], ids=["text", "empty", "missing"])
def test_an_unreadable_file_is_left_out(
    audio: Path, root: Path, cache: Path, tmp_path: Path, content: str | None
) -> None:
    """One bad file costs one track, which the manifest names with the reason."""
    path = tmp_path / "bad.wav"
    if content is not None:
        path.write_text(content)
    bad = Track("bad", "pulse", path, artist="nobody")
    dataset = dataset_of([bad, *small_tracks(audio)])
    built = Artifacts(building.build(dataset, audio, root, cache))
    assert list(built.manifest.left_out) == ["bad"]
    assert built.manifest.left_out["bad"].endswith(".")
    assert set(built.tracks["track_id"]) == {t.track_id for t in small_tracks(audio)}
    assert problems(built) == []


def test_one_genre_is_no_benchmark(audio: Path, root: Path, cache: Path) -> None:
    """There is nothing to tell apart; the message says what was found."""
    tracks = [track for track in small_tracks(audio) if track.genre == "drone"]
    with pytest.raises(DatasetError, match=r"two genres or more; the data has \['drone'\]"):
        building.build(dataset_of(tracks), audio, root, cache)
    assert available(root) == []


def test_no_readable_file_is_no_benchmark(root: Path, cache: Path, tmp_path: Path) -> None:
    """The message gives the number of files and the first reason."""
    (tmp_path / "bad.wav").write_text("la la la")
    bad = tmp_path / "bad.wav"
    tracks = [Track(f"t{n}", "ab"[n % 2], bad, artist=f"x{n}") for n in range(10)]
    with pytest.raises(DatasetError, match=r"None of the 10 files could be read: .*no audio file"):
        building.build(dataset_of(tracks), None, root, cache)


def test_no_protocol_is_no_benchmark(
    audio: Path, root: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too few artists and no published split: words say so before features are computed."""
    monkeypatch.setattr(building, "extract", forbidden)
    tracks = [replace(track, artist="same", split=None) for track in small_tracks(audio)]
    with pytest.raises(DatasetError, match="protocol"):
        building.build(dataset_of(tracks), audio, root, cache)

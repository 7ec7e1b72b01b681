"""A person's folder becomes a benchmark like any other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from joblib._parallel_backends import ThreadingBackend
from joblib.parallel import get_active_backend
from support.quick_head import QUICK_HEAD
from support.small_builds import COST, forbidden

from pipeline.artifacts import places
from pipeline.artifacts.reader import available, open_benchmark
from pipeline.artifacts.verify import problems
from pipeline.benchmark import build as building
from pipeline.errors import PipelineError
from pipeline.evaluation.leaderboard import leaderboard
from pipeline.extraction import extract
from pipeline.inference.predict import analyse, verdict
from pipeline.teaching import collection, teach

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.artifacts.reader import Artifacts


def test_what_was_taught_is_a_benchmark_like_any_other(mine: Artifacts) -> None:
    """Complete, with the head alone, tested by artist; pitches are told apart."""
    assert problems(mine) == []
    assert mine.classes == ["Hip-Hop", "bass", "whistle"]
    assert list(mine.models) == ["linear_head"]
    assert mine.headline == "artist"
    assert mine.robustness("linear_head") is None
    assert mine.model("linear_head").clip_seconds == COST.seconds
    board = leaderboard(mine, "artist")
    assert board["n"].tolist() == [36]
    assert board["accuracy"].item() > 0.9


def test_artists_of_folders_stay_together(mine: Artifacts) -> None:
    """Artists of one name in several genres are one, too."""
    assert mine.tracks["artist"].nunique() == 6
    assert (mine.tracks.groupby("artist")["fold_artist"].nunique() == 1).all()


def test_what_was_left_out_is_in_the_manifest(mine: Artifacts) -> None:
    """The page About the data shows it from there."""
    assert mine.manifest.left_out == {
        "shoegaze/artist 0/0.flac": "The genre shoegaze is not yet known: it has 1 of the 8 tracks"
        " that it needs."
    }


def test_it_classifies_recordings(mine: Artifacts, music: Path) -> None:
    """A new model answers with the person's genres."""
    path = next((music / "bass").rglob("*.flac"))
    given = verdict(analyse(path.read_bytes(), ["linear_head"], mine), "linear_head", mine)
    assert given.genre == "bass"


@pytest.mark.usefixtures("quick")
def test_nothing_is_done_twice(
    mine: Artifacts, music: Path, home: Path, shipped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Features, sounds and the trained model are kept, and the same benchmark results."""
    monkeypatch.setattr(extract, "windowed_features", forbidden)
    monkeypatch.setattr(collection, "sound_hash", forbidden)
    monkeypatch.setattr(building, "run", forbidden)
    steps: dict[str, float | None] = {}

    def progress(step: str, done: float, total: float | None) -> None:
        steps[step] = total if done == total else None

    again = open_benchmark(
        teach.teach(music, "mine", home, shipped, home.parent / "cache", progress=progress).name,
        home,
    )
    assert again.manifest.files == mine.manifest.files
    assert steps["Read tags"] == steps["Look up sounds"] == 37
    assert "Listen" not in steps


def test_reading_tags_can_be_interrupted(music: Path, tmp_path: Path, shipped: Path) -> None:
    """After a few files; no file was made by then."""

    def stopped(step: str, done: float, total: float | None) -> None:
        assert step == "Read tags"
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        teach.teach(music, "mine", tmp_path / "home", shipped, tmp_path / "c", progress=stopped)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_nothing_starts_processes_once_embeddings_are_kept(
    mine: Artifacts, music: Path, home: Path, shipped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Threads find copies, fit and summarise."""
    backends = []

    def noted(*args: Any, **named: Any) -> Any:
        backends.append(type(get_active_backend()[0]))
        return extract.extract(*args, **named)

    monkeypatch.setattr(teach, "HEAD", QUICK_HEAD)
    monkeypatch.setattr(teach, "_known_cost", lambda model, root: COST)
    for module in (teach, building):
        monkeypatch.setattr(module, "extract", noted)
    teach.teach(music, "mine", home, shipped, home.parent / "cache")
    assert backends == [ThreadingBackend, ThreadingBackend]


def test_own_benchmarks_are_found_beside_the_shipped_ones(
    mine: Artifacts, home: Path, shipped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a folder of their own; another folder of artifacts does not show them."""
    monkeypatch.setenv("GENRESCOPE_HOME", str(home))
    monkeypatch.setattr(places, "ROOT", shipped)
    assert places.built(shipped)["mine"] == home / "mine"
    assert places.shipped(shipped) == []
    assert open_benchmark("mine", shipped).folder == home / "mine"
    assert available(home.parent) == []


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("gtzan", "'gtzan' is the name of a benchmark or a dataset"),
        ("folder", "'folder' is the name of"),
        ("../mine", "cannot be called '../mine'"),
        (".mine", "Use letters, digits"),
    ],
)
def test_names_that_would_mix_with_others_are_refused(
    tmp_path: Path, name: str, message: str
) -> None:
    """Before anything is read or written."""
    with pytest.raises(PipelineError, match=message):
        teach.teach(tmp_path / "none", name, tmp_path / "home", places.ROOT, tmp_path / "cache")
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_model_is_refused(tmp_path: Path) -> None:
    """The sentence lists those that exist, the head first."""
    with pytest.raises(PipelineError, match=r"called 'svm'\. There are: linear_head, "):
        teach.teach(
            tmp_path, "mine", tmp_path / "home", tmp_path, tmp_path / "cache", models=("svm",)
        )

"""The build, on ten recordings and one cheap model: it resumes, leaves out, repeats itself.

And on tables of features of which there is no recording.
"""

from __future__ import annotations

import shutil
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config

from pipeline import build as building
from pipeline import extract as extracting
from pipeline import robustness, train
from pipeline.artifacts import Artifacts, available
from pipeline.cost import Cost, Job
from pipeline.datasets import Rows, Table, Track
from pipeline.errors import ArtifactsError, DatasetError
from pipeline.registry import discover, lookup
from pipeline.robustness import DISTORTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pipeline.datasets import Dataset

SYNTHETIC = lookup("pipeline.datasets", "DATASET", "synthetic")
LOGISTIC = replace(lookup("pipeline.models", "MODEL", "logistic_ovr"), grid={"C": (0.1, 1.0)})
QUICK = replace(LOGISTIC, grid={"C": (0.1,)})  # nothing to choose
PREDICTIONS = "models/logistic_ovr/predictions.parquet"
COST = Cost(seconds=0.25, peak_bytes=123_456_789)


def small_tracks(root: Path | None) -> list[Track]:
    """One track an artist of two genres."""
    listed = [t for t in SYNTHETIC.tracks(root) if t.genre in {"drone", "pulse"}]
    return list({track.artist: track for track in listed}.values())


SMALL = replace(SYNTHETIC, tracks=small_tracks)


def dataset_of(tracks: list[Track]) -> Dataset:
    return replace(SYNTHETIC, tracks=lambda root: tracks)


@pytest.fixture(scope="module")
def audio(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The synthetic recordings."""
    folder = tmp_path_factory.mktemp("audio")
    SYNTHETIC.tracks(folder)
    return folder


@pytest.fixture(autouse=True)
def in_this_process() -> Iterator[None]:
    """Extraction in threads: what a test patches is patched there too."""
    with parallel_config(backend="threading"):
        yield


def patched(patch: pytest.MonkeyPatch, models: dict[str, Any], asked: list[Job]) -> None:
    """Let a build know these models only, and note what it weighs instead of waiting for it."""

    def only_these(package: str, constant: str) -> dict[str, Any]:
        return models if constant == "MODEL" else discover(package, constant)

    def constant(jobs: Sequence[Job]) -> Iterator[Cost]:
        for job in jobs:
            assert job.path.is_file()
            asked.append(job)
            yield COST

    patch.setattr(building, "discover", only_these)
    patch.setattr(building, "measure", constant)


@pytest.fixture(autouse=True)
def models() -> dict[str, Any]:
    """The models of a build, which a test may change; by default one cheap one."""
    return {LOGISTIC.name: LOGISTIC}


@pytest.fixture(autouse=True)
def weighed(models: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> list[Job]:
    """What a build weighed; every answer costs the same."""
    asked: list[Job] = []
    patched(monkeypatch, models, asked)
    return asked


@pytest.fixture(scope="module")
def features(audio: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Cache that holds the features of the ten recordings, also distorted, and nothing else."""
    cache = tmp_path_factory.mktemp("features")
    tracks, sets = small_tracks(audio), [LOGISTIC.features]
    tested = [track.path for track in tracks if track.split == "test"]
    with parallel_config(backend="threading"):
        extracting.extract(tracks, sets, cache, building.unwatched)
        robustness.extract(tested, sets, cache, building.unwatched)
    return cache


@pytest.fixture(scope="module")
def built(audio: Path, features: Path, tmp_path_factory: pytest.TempPathFactory) -> Artifacts:
    """Artifacts of the ten recordings, built once for all tests that only look at them."""
    root, cache = (tmp_path_factory.mktemp(name) for name in ("built", "of_built"))
    shutil.copytree(features, cache, dirs_exist_ok=True)
    with pytest.MonkeyPatch.context() as patch, parallel_config(backend="threading"):
        patched(patch, {LOGISTIC.name: LOGISTIC}, [])
        return Artifacts(building.build(SMALL, audio, root, cache))


@pytest.fixture
def cache(features: Path, tmp_path: Path) -> Path:
    """A copy of the features' cache; no model has been trained there."""
    return shutil.copytree(features, tmp_path / "cache")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Folder for artifacts; a fresh one."""
    (tmp_path / "artifacts").mkdir()
    return tmp_path / "artifacts"


def forbidden(*args: Any, **named: Any) -> NoReturn:
    raise AssertionError("was done again")


def test_a_build_answers_all_tracks(audio: Path, built: Artifacts) -> None:
    """Ten tracks by artist, the two tracks of the published test part, and nothing wrong."""
    assert built.folder.name == "synthetic"
    assert built.problems() == []
    assert built.classes == ["drone", "pulse"]
    assert len(built.predictions("logistic_ovr", "artist")) == 10
    asked = built.predictions("logistic_ovr", "fault_filtered")["track_id"]
    assert set(asked) == {track.track_id for track in small_tracks(audio) if track.split == "test"}
    assert [path.name for path in built.folder.parent.iterdir()] == ["synthetic"]


def test_answers_say_what_was_asked(built: Artifacts) -> None:
    """Under protocols of tracks a row a track, window -1; else a row a window, counted from 0."""
    by_track = built.predictions("logistic_ovr", "artist")
    assert list(by_track.columns) == ["track_id", "window", "fold", *built.classes]
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
    said = {name: (p["unit"], p["folds"]) for name, p in manifest.protocols.items()}
    assert said == {"artist": ("track", 5), "fault_filtered": ("track", 1), "window": ("window", 1)}


def test_the_card_says_what_a_model_is_and_costs(
    audio: Path, root: Path, cache: Path, models: dict[str, Any], weighed: list[Job]
) -> None:
    """What it learnt from and answers to, how much it was asked, how large it is, its own facts."""
    models["logistic_ovr"] = replace(QUICK, facts=lambda model: {"steps": float(len(model))})
    built = Artifacts(building.build(SMALL, audio, root, cache))
    card = built.model("logistic_ovr")
    assert (card.features, card.learnt_from) == ("timbre", "timbre")
    assert card.asked == {
        protocol: len(built.predictions("logistic_ovr", protocol))
        for protocol in built.manifest.protocols
    }
    assert (card.clip_seconds, card.peak_bytes) == (COST.seconds, COST.peak_bytes)
    assert [(job.features, job.window_seconds) for job in weighed] == [("timbre", 3.0)]
    assert card.file_bytes == (built.folder / card.file).stat().st_size
    assert card.facts == {"steps": 2.0}
    assert 0.05 <= card.temperature <= 20


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
    assert built.problems() == []
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


def test_a_second_build_does_nothing_again(
    audio: Path, root: Path, cache: Path, weighed: list[Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It decodes, trains and weighs nothing, and gives the same files."""
    first = Artifacts(building.build(SMALL, audio, root, cache)).manifest
    monkeypatch.setattr(train, "fit", forbidden)
    monkeypatch.setattr(extracting, "analyse", forbidden)
    monkeypatch.setattr(robustness, "decode", forbidden)
    weighed.clear()
    second = Artifacts(building.build(SMALL, audio, root, cache)).manifest
    assert second.files == first.files
    assert second.models == first.models
    assert weighed == []


def test_a_changed_grid_is_trained_again(
    audio: Path, root: Path, cache: Path, models: dict[str, Any]
) -> None:
    """The cache is not taken for a model whose parameters are others."""
    building.build(SMALL, audio, root, cache)
    models["logistic_ovr"] = replace(LOGISTIC, grid={"C": (0.02,)})
    card = Artifacts(building.build(SMALL, audio, root, cache)).model("logistic_ovr")
    assert card.params["all"] == [{"C": 0.02}]


def test_renamed_tracks_keep_their_answers(audio: Path, root: Path, cache: Path) -> None:
    """After files were renamed, predictions bear the new names, not those of the cache."""
    building.build(SMALL, audio, root, cache)
    renamed = [replace(t, track_id=f"new {t.track_id}") for t in small_tracks(audio)]
    built = Artifacts(building.build(dataset_of(renamed), audio, root, cache))
    said = built.predictions("logistic_ovr", "artist")
    assert set(said["track_id"]) == set(built.tracks["track_id"]) == {t.track_id for t in renamed}


def test_models_of_older_libraries_are_trained_again(
    audio: Path, root: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The versions in the manifest are those that trained the models."""
    building.build(SMALL, audio, root, cache)
    monkeypatch.setattr(building, "version", lambda package: "99.0")
    monkeypatch.setattr(train, "fit", forbidden)
    with pytest.raises(AssertionError, match="was done again"):
        building.build(SMALL, audio, root, cache)


def test_rebuilding_from_nothing_gives_the_same_answers(
    audio: Path, root: Path, tmp_path: Path
) -> None:
    """Features, answers and the model are the same without any cache."""
    tables = []
    for cache in ("one", "two"):
        folder = building.build(SMALL, audio, root, tmp_path / cache)
        tables.append(pd.read_parquet(folder / PREDICTIONS))
    pd.testing.assert_frame_equal(*tables)


def wait_for(path: Path) -> None:
    """Until another thread has written a file, a minute at most."""
    for _ in range(600):
        if path.is_file():
            return
        time.sleep(0.1)
    raise AssertionError(f"{path} was not written")


def test_an_interrupted_build_goes_on(
    audio: Path,
    root: Path,
    cache: Path,
    models: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What was trained before the interruption is not trained again."""
    models["second"] = replace(LOGISTIC, name="second")
    fit, stop, fitted = train.fit, ["second"], []

    def watched(model: Any, *args: Any) -> Any:
        if model.name in stop:
            wait_for(cache / "build" / "synthetic" / "logistic_ovr" / "card.json")
            raise KeyboardInterrupt
        fitted.append(model.name)
        return fit(model, *args)

    monkeypatch.setattr(train, "fit", watched)
    with pytest.raises(KeyboardInterrupt):
        building.build(SMALL, audio, root, cache)
    assert set(fitted) == {"logistic_ovr"}
    assert available(root) == []
    stop.clear()
    fitted.clear()
    built = Artifacts(building.build(SMALL, audio, root, cache))
    assert set(fitted) == {"second"}
    assert set(built.models) == {"logistic_ovr", "second"}
    assert built.problems() == []


def test_a_build_that_dies_leaves_the_previous_artifacts(
    audio: Path,
    root: Path,
    cache: Path,
    models: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """If training a new model fails, the old manifest is in place and verifies."""
    before = Artifacts(building.build(SMALL, audio, root, cache)).manifest

    def fail(*args: Any, **params: Any) -> NoReturn:
        raise MemoryError("no memory for the new model")

    models["second"] = replace(LOGISTIC, name="second", grid={})
    monkeypatch.setattr(train, "fit", fail)
    with pytest.raises(MemoryError, match="no memory for the new model"):
        building.build(SMALL, audio, root, cache)
    assert available(root) == ["synthetic"]
    after = Artifacts(root / "synthetic")
    assert after.manifest == before
    assert after.problems() == []


def test_the_manifest_is_written_last(
    audio: Path, root: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When a build is published, everything but the manifest stands ready, in a hidden folder."""
    publish, staged_files = building.publish, []

    def look(staged: Path, *args: Any) -> Path:
        assert staged.name.startswith(".")
        staged_files.extend(p.relative_to(staged).as_posix() for p in staged.rglob("*.*"))
        return publish(staged, *args)

    monkeypatch.setattr(building, "publish", look)
    built = Artifacts(building.build(SMALL, audio, root, cache))
    assert "manifest.json" not in staged_files
    assert set(built.manifest.files) <= set(staged_files)


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
    assert built.problems() == []


def test_one_genre_is_no_benchmark(audio: Path, root: Path, cache: Path) -> None:
    """There is nothing to tell apart; the message says what was found."""
    tracks = [track for track in small_tracks(audio) if track.genre == "drone"]
    with pytest.raises(DatasetError, match=r"two genres or more; the data has \['drone'\]"):
        building.build(dataset_of(tracks), audio, root, cache)
    assert available(root) == []


def test_no_readable_file_is_no_benchmark(root: Path, cache: Path, tmp_path: Path) -> None:
    """The message gives the number of files and the first reason."""
    (tmp_path / "bad.wav").write_text("la la la")
    tracks = [Track(f"t{n}", "ab"[n], tmp_path / "bad.wav", artist="x") for n in range(2)]
    with pytest.raises(DatasetError, match=r"None of the 2 files could be read: .*no audio file"):
        building.build(dataset_of(tracks), None, root, cache)


def test_no_protocol_is_no_benchmark(audio: Path, root: Path, cache: Path) -> None:
    """Too few artists and no published split: an error in words says why nothing can be asked."""
    tracks = [replace(track, artist="same", split=None) for track in small_tracks(audio)]
    with pytest.raises(DatasetError, match="protocol"):
        building.build(dataset_of(tracks), audio, root, cache)


def test_features_are_kept_by_content(
    audio: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A moved or renamed file is not computed again; no half-written file is left."""
    moved = tmp_path / "moved.wav"
    first = small_tracks(audio)[0]
    shutil.copy(first.path, moved)
    monkeypatch.setattr(extracting, "analyse", forbidden)
    tracks = [replace(first, path=moved)]
    result = extracting.extract(tracks, {LOGISTIC.features}, cache, building.unwatched)
    assert np.isfinite(result.rows[LOGISTIC.features].X).all()
    assert not list(cache.rglob("*.part*"))


ECHONEST = lookup("pipeline.features", "FEATURES", "echonest")
TAGGRAM = lookup("pipeline.features", "FEATURES", "taggram")


def facts_of(n: int) -> pd.DataFrame:
    """So many tracks of two genres by artists of two tracks; a quarter is for validation."""
    i = np.arange(n)
    return pd.DataFrame(
        {
            "track_id": [f"{k:03d}" for k in i],
            "genre": np.where(i // 2 % 2, "rock", "folk"),
            "artist": [f"artist {k // 2}" for k in i],
            "title": "",
            "split": np.array(["train", "test", "train", "valid"])[i % 4],
            "fault": "",
        }
    )


def rows_of(features: str, facts: pd.DataFrame, of: np.ndarray, seconds: float | None) -> Rows:
    """Two rows of each of some tracks, of which the first column tells the genre."""
    columns = lookup("pipeline.features", "FEATURES", features).columns
    track = np.repeat(of, 2)
    X = np.random.default_rng(0).random((len(track), len(columns)))
    X[:, 0] += facts["genre"].to_numpy()[track] == "rock"
    return Rows(X.astype(np.float32), track, seconds)


def table_of(table: Table) -> Dataset:
    return replace(SYNTHETIC, name="table", notes=("Ours.",), tracks=lambda root: table)


@pytest.fixture(scope="module")
def published() -> Table:
    """Forty tracks with numbers that only their publisher can compute."""
    facts = facts_of(40)
    rows = rows_of("echonest", facts, np.arange(40), None)
    return Table(facts, {"echonest": rows}, notes=("Forty.",), left_out={"x": "Too odd."})


@pytest.fixture(scope="module")
def of_table(published: Table, tmp_path_factory: pytest.TempPathFactory) -> Artifacts:
    """Artifacts of them, built while models of sound and of tags are known as well."""
    others = ("cnn_mfcc", "transfer", "taggram_lda")
    models = {name: lookup("pipeline.models", "MODEL", name) for name in others}
    weighed: list[Job] = []
    with pytest.MonkeyPatch.context() as patch, parallel_config(backend="threading"):
        patched(patch, {LOGISTIC.name: QUICK} | models, weighed)
        patch.setattr(extracting, "stream", forbidden)
        folders = (tmp_path_factory.mktemp(name) for name in ("of_table", "cache_of_table"))
        folder = building.build(table_of(published), None, *folders)
    assert [(job.features, job.window_seconds) for job in weighed] == [("echonest", None)]
    return Artifacts(folder)


def test_a_table_is_built_without_audio(of_table: Artifacts) -> None:
    """Models for any table learn from it, those of sound are left out, and nobody can ask them."""
    assert of_table.problems() == []
    assert list(of_table.models) == ["logistic_ovr"]
    assert of_table.manifest.live is False
    assert list(of_table.manifest.features) == ["echonest"]
    assert of_table.manifest.features["echonest"]["window_seconds"] is None
    assert of_table.manifest.notes == ["Ours.", "Forty."]
    assert of_table.manifest.left_out == {"x": "Too odd."}
    card = of_table.model("logistic_ovr")
    assert (card.features, card.learnt_from) == ("echonest", "echonest")
    assert set(of_table.importance("logistic_ovr")["feature"]) >= set(ECHONEST.names)


def test_a_table_s_tracks_are_answered(of_table: Artifacts) -> None:
    """All by artist and at random, the test part of the split, a fifth of the rows; none distorted.

    The column that tells the genre is learnt.
    """
    protocols = of_table.manifest.protocols
    asked = {name: len(of_table.predictions("logistic_ovr", name)) for name in protocols}
    assert asked == {"artist": 40, "track": 40, "fault_filtered": 10, "window": 16}
    said = of_table.predictions("logistic_ovr", "artist").set_index("track_id")[of_table.classes]
    genre = of_table.tracks.set_index("track_id")["genre"]
    assert (said.idxmax(axis=1) == genre[said.index]).mean() > 0.9
    assert of_table.robustness("logistic_ovr") is None


def test_models_of_published_numbers_refuse_recordings(of_table: Artifacts) -> None:
    """The sentence says that only published features are known; no model file is kept for it."""
    said = "table know published features only and cannot be asked about recordings. Choose another"
    with pytest.raises(ArtifactsError, match=said):
        of_table.windows(["logistic_ovr"])
    with pytest.raises(ArtifactsError, match=said):
        of_table.classifier("logistic_ovr")
    assert list(of_table.folder.rglob("model.*")) == []


def test_a_set_of_some_tracks_is_answered_for_those(
    root: Path, tmp_path: Path, models: dict[str, Any], weighed: list[Job]
) -> None:
    """Taggrams of all but the validation part are learnt from and asked about, timbre of all."""
    tags = lookup("pipeline.models", "MODEL", "taggram_logistic")
    models |= {"logistic_ovr": QUICK, "taggram_logistic": replace(tags, grid=QUICK.grid)}
    facts = facts_of(40)
    some = np.flatnonzero(facts["split"] != "valid")
    rows = {
        "timbre": rows_of("timbre", facts, np.arange(40), 10.0),
        "taggram": rows_of("taggram", facts, some, 30.0),
    }
    built = Artifacts(building.build(table_of(Table(facts, rows)), None, root, tmp_path / "cache"))
    assert built.problems() == []
    there = set(facts["track_id"][some])
    for protocol in ("artist", "track"):
        assert set(built.predictions("logistic_ovr", protocol)["track_id"]) == set(
            facts["track_id"]
        )
        assert set(built.predictions("taggram_logistic", protocol)["track_id"]) == there
    assert built.model("taggram_logistic").asked["artist"] == len(some)
    # Both can be computed from a recording, each in windows as published.
    assert built.manifest.live is True
    windows = {"timbre": 10.0, "taggram": 30.0}
    assert built.windows(["logistic_ovr", "taggram_logistic"]) == windows
    assert {job.features: job.window_seconds for job in weighed} == windows
    assert len(TAGGRAM.columns) == built.classifier("taggram_logistic").n_features_in_


def test_models_take_what_a_table_has(published: Table) -> None:
    """Those for any table take its first set where theirs is missing, and only there."""
    known = list(discover("pipeline.models", "MODEL").values())
    sets = {model.name: model.features for model in building.suited(known, published)}
    assert sets == {model.name: "echonest" for model in known if model.any_table}
    both = replace(published, rows=dict(published.rows) | {"timbre": published.rows["echonest"]})
    sets = {model.name: model.features for model in building.suited(known, both)}
    assert sets == {model.name: "timbre" for model in known if model.any_table}


def test_a_model_is_trained_again_after_its_own_code_changed_only() -> None:
    """What a vote's members stand on counts for it; convolutions do not count for a regression."""
    vote = {path.name for path in building._own_code("pipeline.models.vote")}
    assert {"vote.py", "svc.py", "extra_trees.py", "_forest.py"} <= vote
    assert {path.name for path in building._own_code("pipeline.models.svc")} == {"svc.py"}

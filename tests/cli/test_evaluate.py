"""The command evaluate: stored models on another collection."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest
from support.commands import Run, run
from support.tables import write

from pipeline.datasets import synthetic as recordings
from pipeline.extraction.analysis import windowed_features
from pipeline.inference import kept

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline.artifacts.reader import Artifacts

MODELS = ("logistic_ovr", "dummy_prior")
NEW = ("drone.01", "drone.04", "pulse.02", "pulse.05")  # a third of all is learnt from
KNOWN, POLKA, BY_KNOWN = "drone.00", "noise.01", "pulse.07"


@pytest.fixture(scope="module")
def other(synthetic: Artifacts, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Recordings that are new, known, of another genre, by a known artist, and unreadable."""
    audio, folder = (tmp_path_factory.mktemp(name) for name in ("audio", "other"))
    paths = {track.track_id: track.path for track in recordings.tracks(audio)}
    for name in (*NEW, KNOWN, POLKA, BY_KNOWN):
        genre = {POLKA: "polka"}.get(name, name.partition(".")[0].capitalize())
        (folder / genre).mkdir(exist_ok=True)
        shutil.copy(paths[name], folder / genre)
    (folder / "Drone" / "bad.wav").write_text("no music")
    artist = synthetic.tracks["artist"].iloc[0]
    write(
        folder / "artists.csv",
        ["path", "artist"],
        [f"Pulse/{BY_KNOWN}.wav", artist.upper()],
        *([f"{name.partition('.')[0].capitalize()}/{name}.wav", "New"] for name in NEW[:2]),
    )
    return folder


@pytest.fixture
def asked(other: Path, at: list[str]) -> Run:
    """Two models, asked about them."""
    models = [word for name in MODELS for word in ("--model", name)]
    words = ("--train", "synthetic", "--test", other, *models, "-f", "json", "-j", 1, *at)
    return run("evaluate", *words)


def test_scores_are_those_of_the_stored_models(
    asked: Run, other: Path, synthetic: Artifacts
) -> None:
    """The share of new recordings for which a model's mean over windows names the folder."""
    right = []
    for name in NEW:
        genre = name.partition(".")[0]
        path = other / genre.capitalize() / f"{name}.wav"
        X = windowed_features(path, {"timbre": 3.0}).features["timbre"]
        mean = synthetic.classifier(MODELS[0]).predict_proba(X).mean(axis=0)
        right.append(synthetic.classes[mean.argmax()] == genre)
    assert asked.code == 0
    of = {row["model"]: row for row in asked.rows}
    assert set(of) == set(MODELS)
    assert (of[MODELS[0]]["n"], of[MODELS[0]]["artists"]) == (4, 3)
    assert of[MODELS[0]]["accuracy"] == sum(right) / 4
    assert of[MODELS[0]]["recall"] == {"drone": sum(right[:2]) / 2, "pulse": sum(right[2:]) / 2}
    assert (of[MODELS[0]]["train"], of[MODELS[0]]["test"]) == ("synthetic", str(other))


def test_what_does_not_count_is_said(asked: Run) -> None:
    """A sentence for each kind on standard error, and the numbers in each row."""
    counts = {"same_artist": 1, "same_sound": 1, "other_label": 1, "unreadable": 1}
    assert [row["left_out"] for row in asked.rows] == [counts] * 2
    assert "Left out by artist: 1 recordings by 1 artists who are in synthetic." in asked.err
    assert f"Drone/{KNOWN}.wav: it sounds the same as {KNOWN} of synthetic." in asked.err
    assert "Left out Drone/bad.wav: " in asked.err
    assert "Not asked: 1 recordings with labels that synthetic lacks: polka." in asked.err
    assert "The artist of 2 of the 4 tested is not known." in asked.err
    assert "Ask models: 6 of 6" in asked.err


def test_the_table_names_who_leads(other: Path, at: list[str], asked: Run) -> None:
    """The leaderboard, recall by genre, and what is significant; csv has a column a genre."""
    words = ("--train", "synthetic", "--test", other, "-m", MODELS[0], "-m", MODELS[1], *at)
    shown = run("evaluate", *words, "-j", 1).out
    best = max(asked.rows, key=lambda row: row["accuracy"])
    assert f"{best['model']} leads." in shown
    assert [
        line.split()[0] for line in shown.splitlines() if line.startswith((" dro", " pul"))
    ] == [
        "drone",
        "pulse",
    ]
    header, first, *_ = run("evaluate", *words, "-j", 1, "-f", "csv").out.splitlines()
    values = dict(zip(header.split(","), first.split(","), strict=True))
    assert float(values["drone"]) == best["recall"]["drone"]


def test_evaluate_goes_on_after_an_interruption(
    other: Path, at: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C is exit code 130 and a sentence."""

    def interrupted(*_: object) -> Iterator[str]:
        yield "no music"
        raise KeyboardInterrupt

    monkeypatch.setattr(kept, "analyses", interrupted)
    done = run("evaluate", "--train", "synthetic", "--test", other, "-j", 1, *at)
    assert (done.code, done.out) == (130, "")
    assert done.err.endswith("Interrupted; the same command goes on where it stopped.\n")


@pytest.mark.parametrize(
    ("train", "test", "words", "message"),
    [
        ("nothing", "{other}", (), "'nothing' is neither a folder nor a dataset.*--train-data"),
        ("synthetic", "nowhere", (), "'nowhere' is neither a folder nor a dataset.*--data FOLDER"),
        ("synthetic", "gtzan", (), r"GTZAN needs a folder of audio\. Name one \(--data\)"),
        ("gtzan", "{other}", (), r"GTZAN needs a folder.* Name one \(--train-data\)"),
        ("synthetic", "{other}", ("--model", "none"), "no model called 'none'"),
        ("{other}", "{other}", ("--model", "none"), "No model is called 'none'"),
        ("synthetic", "{other}", ("--jobs", "0"), "--jobs 0"),
        ("synthetic", "{other}/Drone", (), "is no collection"),
    ],
)
def test_evaluate_refuses_wrong_words(
    train: str, test: str, words: tuple[str, ...], message: str, other: Path, at: list[str]
) -> None:
    """Exit code 2 with the cure, before anything is asked."""
    places = (text.format(other=other) for text in (train, test))
    names = (word for pair in zip(("--train", "--test"), places, strict=True) for word in pair)
    done = run("evaluate", *names, *words, *at)
    assert (done.code, done.out) == (2, "")
    assert "Ask models" not in done.err
    assert re.search(message, done.err)

"""The command classify with several processes, several models, and what it keeps."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import mutagen
import numpy as np
import pandas as pd
import pytest
from support.audio_files import encoded
from support.commands import Run, run, run_as_program
from support.committed import COMMITTED
from support.damage import rewrite_manifest
from support.signals import pcm

from pipeline.audio.decoding import decode, to_wav
from pipeline.audio.windows import SAMPLE_RATE
from pipeline.inference import kept

if TYPE_CHECKING:
    from pathlib import Path

MODELS = ("logistic_ovr", "cnn_mfcc")


def music(seconds: float, seed: int = 0) -> bytes:
    """A few notes, as a WAV file."""
    t = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    pitches = np.random.default_rng(seed).uniform(100, 900, 4)
    y = sum(np.sin(2 * np.pi * f * t) * np.exp(-2 * (t % 0.5)) for f in pitches)
    return to_wav((0.2 * y).astype(np.float32))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Five recordings, the second of which cannot be read."""
    place = tmp_path / "songs"
    place.mkdir()
    for n, name in enumerate("abcde"):
        (place / f"{name}.wav").write_bytes(music(4, n))
    (place / "b.wav").write_text("la la la")
    return place


def ask(*words: object, cache: Path, models: tuple[str, ...] = MODELS[:1]) -> Run:
    """Ask models that are stored here."""
    asked = [word for model in models for word in ("--model", model)]
    places = ("--artifacts", COMMITTED, "--cache", cache)
    return run("classify", *words, *asked, *places, "--format", "json")


@pytest.mark.slow
@pytest.mark.parametrize("form", ["json", "csv", "table"])
def test_processes_change_nothing_but_the_time(folder: Path, tmp_path: Path, form: str) -> None:
    """Two give the bytes of one, in the order of the files."""
    words = ("classify", folder, "-m", MODELS[0], "--artifacts", COMMITTED, "--format", form)
    one, two = (
        run_as_program(*words, "--jobs", jobs, "--cache", tmp_path / f"{jobs}") for jobs in (1, 2)
    )
    assert one.out == two.out
    assert (one.code, two.code) == (1, 1)
    if form == "json":
        assert [row["path"] for row in two.rows] == [str(p) for p in sorted(folder.iterdir())]


def test_what_is_known_is_not_computed_again(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same rows come from what was kept, also under another name; new content is computed."""
    before = ask(folder, "--jobs", 1, cache=tmp_path / "cache")
    heard: list[str] = []
    analyse = kept.analyse

    def counted(path: Path, *rest: object, **options: object) -> object:
        heard.append(path.name)
        return analyse(path, *rest, **options)

    monkeypatch.setattr(kept, "analyse", counted)
    assert ask(folder, "--jobs", 1, cache=tmp_path / "cache").rows == before.rows
    assert heard == ["b.wav"]  # what cannot be read may be mended
    (folder / "a.wav").rename(folder / "f.wav")
    (folder / "c.wav").write_bytes(music(4, seed=99))
    ask(folder, "--jobs", 1, cache=tmp_path / "cache")
    assert heard == ["b.wav", "b.wav", "c.wav"]
    ask(folder / "d.wav", cache=tmp_path / "cache", models=MODELS[1:])
    assert heard[3:] == ["d.wav"]


def test_answers_are_those_of_the_model_s_file(folder: Path, tmp_path: Path) -> None:
    """Another model under the same name is asked anew: answers are kept by its hash."""
    artifacts = tmp_path / "artifacts"
    place = shutil.copytree(COMMITTED / "gtzan", artifacts / "gtzan")
    words = ("classify", folder / "a.wav", "-m", MODELS[0], "--artifacts", artifacts, "-f", "json")
    cache = ("--cache", tmp_path / "cache")
    [before] = run(*words, *cache).rows

    def other_file(facts: dict[str, Any]) -> None:
        facts["models"][MODELS[0]]["file"] = facts["models"]["svc"]["file"]

    rewrite_manifest(place, other_file)
    [after] = run(*words, *cache).rows
    assert after["raw"] != before["raw"]


def test_several_models_are_asked(folder: Path, tmp_path: Path) -> None:
    """A row for each, in the order in which they are named; a broken file has one row."""
    done = ask(folder / "a.wav", folder / "b.wav", cache=tmp_path, models=MODELS)
    assert [row.get("model") for row in done.rows] == [*MODELS, None]


@pytest.mark.parametrize(
    ("models", "message"),
    [
        (("all", "svc"), "--model all means every model"),
        (("svc", "svc"), "--model svc is given more than once"),
        (("svc", "svm"), "no model called 'svm'"),
    ],
)
def test_wrong_models_are_refused_before_any_work(
    folder: Path, tmp_path: Path, models: tuple[str, ...], message: str
) -> None:
    """Exit code 2 with a sentence, and nothing kept."""
    done = ask(folder, cache=tmp_path / "cache", models=models)
    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert not (tmp_path / "cache").exists()


def test_one_genre_is_written_into_tags(tmp_path: Path) -> None:
    """By several processes too; of several models none is."""
    folder = tmp_path / "songs"
    folder.mkdir()
    for name in "ab":
        (folder / f"{name}.mp3").write_bytes(encoded("mp3"))
    words = (folder, "--tag-copies", tmp_path / "copies", "--tag-all", "--jobs", 2)
    refused = ask(*words, cache=tmp_path / "cache", models=MODELS)
    assert "Only one model's genre can be a tag" in refused.err
    done = ask(*words, cache=tmp_path / "cache")
    for row in done.rows:
        assert mutagen.File(row["tagged"], easy=True)["genre"] == [row["genre"]]
    assert ask(*words, cache=tmp_path / "cache").rows == done.rows  # as after an interruption


def test_originals_with_new_tags_are_known_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their sound is the same."""
    (tmp_path / "a.mp3").write_bytes(encoded("mp3"))
    words = (tmp_path / "a.mp3", "--tag-originals", "--tag-all")
    [row] = ask(*words, cache=tmp_path / "cache").rows
    monkeypatch.setattr(kept, "analyse", None)
    [again] = ask(tmp_path / "a.mp3", cache=tmp_path / "cache").rows
    assert again["probabilities"] == row["probabilities"]


@pytest.mark.parametrize("form", ["csv", "json", "parquet"])
def test_features_are_the_same_by_any_number_of_processes(
    folder: Path, tmp_path: Path, form: str
) -> None:
    """Two write the bytes of one."""
    for jobs in (1, 2):
        words = ("features", folder, "-s", "timbre", "-s", "vgg", "--format", form, "-j", jobs)
        run_as_program(*words, "--cache", tmp_path / f"{jobs}", "-o", tmp_path / f"{jobs}.{form}")
    one, two = ((tmp_path / f"{jobs}.{form}").read_bytes() for jobs in (1, 2))
    assert len(one) > 1000
    assert one == two


def test_an_excerpt_is_from_all_over(tmp_path: Path) -> None:
    """Six seconds of half a minute: two windows, in the middle of either half."""
    (tmp_path / "long.wav").write_bytes(music(30))
    [row] = ask(tmp_path / "long.wav", "--excerpt", 6, cache=tmp_path / "cache").rows
    [whole] = ask(tmp_path / "long.wav", cache=tmp_path / "cache").rows
    assert row["seconds"] == whole["seconds"] == 30
    windows = pd.DataFrame(row["windows"])[["start", "end"]]
    assert windows.to_numpy().tolist() == [[6, 9], [21, 24]]
    of_whole = {window["start"]: window["probabilities"] for window in whole["windows"]}
    for window in row["windows"]:
        assert window["probabilities"] == pytest.approx(of_whole[window["start"]], abs=1e-5)


@pytest.mark.parametrize("words", [(), ("--excerpt", 3)])
def test_channels_that_cancel_each_other_are_a_condition(
    words: tuple[object, ...], tmp_path: Path
) -> None:
    """Of a recording, or of some of it, and of what was kept of it."""
    y = decode(music(9))
    file = tmp_path / "opposite.wav"
    file.write_bytes(pcm(np.stack([y, -y], axis=1).ravel(), channels=2))
    for _ in range(2):
        [row] = ask(file, *words, cache=tmp_path / "cache").rows
        assert row["condition"] == ["opposite"]


def test_an_excerpt_of_a_short_recording_is_all_of_it(folder: Path, tmp_path: Path) -> None:
    """What is no longer than the excerpt is taken as it is."""
    [row] = ask(folder / "a.wav", "--excerpt", 9, cache=tmp_path / "cache").rows
    [whole] = ask(folder / "a.wav", cache=tmp_path / "cache").rows
    assert row["probabilities"] == pytest.approx(whole["probabilities"], abs=1e-6)

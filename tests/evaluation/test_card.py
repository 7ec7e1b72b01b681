"""Model cards: what the Hub reads, and whether the numbers are those of the leaderboard."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.damage import rewrite_manifest
from support.odd_benchmarks import SCRIPT, SHAPES, Shape, benchmark
from support.stored_predictions import stored

from pipeline.artifacts.reader import Artifacts
from pipeline.errors import ArtifactsError
from pipeline.evaluation.card import card
from pipeline.evaluation.elsewhere import second_protocol
from pipeline.evaluation.leaderboard import leaderboard

MODELS = ("transfer", "random_forest")
COMMITTED = Path(__file__).parents[2] / "artifacts"


@cache
def of_gtzan(model: str) -> tuple[dict[str, Any], str]:
    """The facts and the text of a card of a stored model."""
    return parts(card(Artifacts(COMMITTED / "gtzan"), model, {"none": "As it is"}))


def parts(text: str) -> tuple[dict[str, Any], str]:
    """The facts that a program reads, and the text."""
    empty, facts, body = text.split("---\n", maxsplit=2)
    assert empty == ""
    return yaml.safe_load(facts), body


def section(body: str, title: str) -> str:
    return body.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize("model", MODELS)
def test_the_facts_are_those_that_the_hub_knows(model: str, gtzan: Artifacts) -> None:
    """With a name, a task, a data set, and metrics of known types with values."""
    facts, _ = of_gtzan(model)
    assert facts["pipeline_tag"] == "audio-classification"
    assert facts["license"] == "unknown"
    assert facts["library_name"] in {"keras", "sklearn"}
    [index] = facts["model-index"]
    assert index["name"] == gtzan.titles[model]
    for result in index["results"]:
        assert set(result) == {"task", "dataset", "metrics"}
        assert {"type", "name"} <= set(result["task"]) & set(result["dataset"])
        assert [metric["type"] for metric in result["metrics"]] in (
            ["accuracy"],
            ["accuracy", "f1"],
        )


@pytest.mark.parametrize("model", MODELS)
def test_results_are_those_of_the_leaderboard(model: str, gtzan: Artifacts) -> None:
    """Accuracy, macro-F1 and their intervals of each protocol that does not leak."""
    results = {r["dataset"]["config"]: r for r in of_gtzan(model)[0]["model-index"][0]["results"]}
    honest = [name for name, p in gtzan.manifest.protocols.items() if p.role != "leak"]
    assert list(results) == honest
    for protocol, result in results.items():
        row = leaderboard(gtzan, protocol).set_index("model").loc[model]
        assert result["dataset"]["args"] == {"tracks": row["n"]}
        found = {metric["type"]: metric for metric in result["metrics"]}
        assert found["accuracy"]["value"] == pytest.approx(row["accuracy"], abs=5e-5)
        assert found["accuracy"]["args"]["low"] == pytest.approx(row["low"], abs=5e-5)
        assert found["accuracy"]["args"]["high"] == pytest.approx(row["high"], abs=5e-5)
        assert ("f1" in found) == (row["macro_f1"] == row["macro_f1"])
        if "f1" in found:
            assert found["f1"]["value"] == pytest.approx(row["macro_f1"], abs=5e-5)


@pytest.mark.parametrize("model", MODELS)
def test_the_text_has_the_accuracy_under_every_protocol(model: str, gtzan: Artifacts) -> None:
    """Counted from the files; the leak is there too, and said to be one."""
    scores = section(of_gtzan(model)[1], "Scores")
    for name, facts in gtzan.manifest.protocols.items():
        table = stored(gtzan, model, name)
        assert f"| {facts.title} | {len(table):,} | {table['right'].mean():.1%} |" in scores
    assert "except under “Random windows (leak)”" in scores
    genre = stored(gtzan, model, gtzan.headline).groupby("genre")["right"].mean()
    worst = section(of_gtzan(model)[1], "Limits")
    assert f"It recognises {genre.idxmin()} worst: {genre.min():.1%} of" in worst


def test_the_text_tells_what_was_learnt_from(gtzan: Artifacts) -> None:
    """Tracks and artists of each genre, counted from the table of tracks."""
    body = section(of_gtzan("transfer")[1], "What it learnt from")
    for genre, tracks in gtzan.tracks.groupby("genre"):
        assert f"| {genre} | {len(tracks)} | {tracks['artist'].nunique()} |" in body
    few = section(of_gtzan("random_forest")[1], "What it learnt from")
    assert "563 of 587 tracks" in few  # those with its features


def test_the_text_tells_of_other_collections_and_no_genre(gtzan: Artifacts) -> None:
    """The share of right answers elsewhere, and how many tracks are of none of the genres."""
    protocol = second_protocol(gtzan)
    assert protocol is not None
    right = stored(gtzan, "transfer", protocol)["right"]
    body = of_gtzan("transfer")[1]
    assert section(body, "Other collections").strip().startswith(f"{right.mean():.1%} (")
    others = len(gtzan.predictions("transfer", protocol)) - len(right)
    assert f"Of {others} recordings of none" in section(body, "Music of none of its genres")


def test_the_text_tells_what_was_heard_before(gtzan: Artifacts) -> None:
    """A model behind pretrained networks says on how many tracks; another says that it has none."""
    tracks = gtzan.tracks["heard"].dropna()
    body = section(of_gtzan("transfer")[1], "What it may have heard before")
    assert f"{int(tracks.sum())} of {len(tracks)} test tracks may have been among it" in body
    other = section(of_gtzan("random_forest")[1], "What it may have heard before")
    assert "It uses no pretrained network" in other


def test_what_is_not_in_the_artifacts_is_not_known(tmp_path: Path) -> None:
    """Neither other collections, nor distorted recordings, nor the licence of the model."""
    _, body = parts(card(benchmark("odd", Shape(), tmp_path), "m0"))
    for title in ("Other collections", "Music of none of its genres", "Distorted recordings"):
        assert section(body, title).strip().startswith("Not known: ")
    assert "Licence of the model: none is stated." in body
    assert "at commit not known" in body


@pytest.mark.parametrize("name", SHAPES)
def test_a_card_of_any_shape_is_read(name: str, tmp_path: Path) -> None:
    """Whatever a benchmark lacks, the facts are YAML and the model has its title."""
    opened = benchmark(name, SHAPES[name], tmp_path)
    facts, _ = parts(card(opened, "m0"))
    assert facts["model-index"][0]["name"] == opened.titles["m0"]


def test_names_are_no_markup(tmp_path: Path) -> None:
    """Neither HTML, nor a cell of a table, nor the end of the facts."""
    title = f"A {SCRIPT} | *b*\n---\nlicense: mit"
    folder = benchmark("odd", Shape(title=title, models=(title,)), tmp_path).folder
    facts, body = parts(card(Artifacts(folder), "m0"))
    assert facts["license"] == "unknown"
    assert facts["model-index"][0]["name"] == title
    assert "<script" not in body
    assert "| *b*" not in body


def test_a_plugin_is_said_to_be_one(tmp_path: Path) -> None:
    """With the hash of its file."""
    folder = benchmark("odd", Shape(), tmp_path).folder
    rewrite_manifest(folder, lambda facts: facts["models"]["m1"].update(plugin="c0ffee"))
    opened = Artifacts(folder)
    assert "the SHA-256 of its file is `c0ffee`" in card(opened, "m1")
    assert "Its code is no part" not in card(opened, "m0")


def test_an_unknown_model_is_refused(gtzan: Artifacts) -> None:
    """With those that there are."""
    with pytest.raises(ArtifactsError, match=r"no model called 'none'\. There are: .*svc"):
        card(gtzan, "none")

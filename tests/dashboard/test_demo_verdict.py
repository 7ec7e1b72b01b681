"""The demo: what to expect of a model, its verdict, and how far the verdict can be trusted."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from support.demo_pages import choice_of, noisy_tone, upload
from support.odd_benchmarks import Shape, benchmark
from support.pages import figure, open_page, texts
from support.signals import pcm

from dashboard.live.sources import EXAMPLES
from pipeline.artifacts.reader import Artifacts
from pipeline.evaluation.decision import MIN_PEERS, answers, record
from pipeline.evaluation.scores import labelled_predictions
from pipeline.inference.predict import predict

if TYPE_CHECKING:
    from pathlib import Path


def test_a_page_without_music_says_what_to_expect(two_models: Artifacts) -> None:
    """The precision of each genre, counted in the model's predictions."""
    page = open_page("demo", two_models, **choice_of(two_models, "mlp"))
    table = labelled_predictions(two_models, "mlp", two_models.headline)
    expected = {f"{share:.0%}" for share in table.groupby("predicted")["right"].mean()}
    [chart] = page.get("plotly_chart")
    assert expected <= set(json.loads(chart.proto.spec)["data"][0]["text"]) <= expected | {"0%"}
    assert "artists that it was not trained on" in texts(page)


def test_the_page_says_what_was_unseen(tmp_path: Path) -> None:
    """Where no artists are known, no new artists are claimed."""
    shape = Shape(live=True, protocols=("track",))
    page = open_page("demo", benchmark("by_track", shape, tmp_path))
    assert "tracks that it was not trained on" in texts(page)


def test_demo_of_published_features_says_why_there_is_none(gtzan: Artifacts) -> None:
    """Where nobody can compute the features of a recording, the page says so and asks for none."""
    page = open_page("demo", Artifacts(gtzan.folder.parent / "fma-five"))
    assert "published features only" in texts(page)
    assert not page.get("file_uploader")


def test_the_verdict_says_how_often_it_is_right(
    two_models: Artifacts, track: tuple[str, bytes]
) -> None:
    """The counts beside a verdict are those of the stored answers that are near it."""
    page = upload(two_models, ("clip.wav", track[1]), **choice_of(two_models, "mlp"))
    verdict = predict(track[1], "mlp", two_models)
    table = answers(two_models, "mlp")
    found = record(table, verdict.genre, verdict.confidence, len(verdict.windows))
    assert page.metric[0].value.strip("?") == verdict.genre
    few = f"Only {found.n} answers in the tests were about as sure"
    counts = f"about this confidently {found.n} times"
    assert (few if found.n < MIN_PEERS else counts) in texts(page)
    if found.n >= MIN_PEERS:
        assert re.search(rf"\*\*{found.right} answers? (was|were) right\*\*", texts(page))


@pytest.mark.parametrize(
    ("right", "words"), [(9, "Sure."), (6, "Leaning"), (2, "It does not know."), (None, "too few")]
)
def test_words_follow_from_the_answers(
    two_models: Artifacts,
    track: tuple[str, bytes],
    monkeypatch: pytest.MonkeyPatch,
    right: int | None,
    words: str,
) -> None:
    """Words, counts and the question mark come from the same ten answers, or from too few."""
    from dashboard import state

    verdict = predict(track[1], "mlp", two_models)
    row = {"predicted": verdict.genre, "confidence": verdict.confidence, "elsewhere": True}
    rows = pd.DataFrame([row] * (3 if right is None else 10))
    genre = [verdict.genre if n < (right or 0) else "polka" for n in range(len(rows))]
    table = rows.assign(genre=genre, windows=len(verdict.windows), right=rows["predicted"] == genre)
    monkeypatch.setattr(state, "answers", lambda *_: table)
    page = upload(two_models, ("clip.wav", track[1]), **choice_of(two_models, "mlp"))
    assert words in texts(page)
    assert page.metric[0].value.endswith("?") == (right is None or right < 5)
    if right is not None:
        said = (
            f"“{verdict.genre}” about this confidently 10 times (10 of them in other collections)"
        )
        assert f"{said}, on recordings of similar length. **{right} answers were" in texts(page)
        assert "the true genre was mostly polka" in texts(page)


def test_music_of_another_genre_is_none_of_these(
    synthetic: Artifacts, track: tuple[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where tags speak for a genre that is not there, the page says which.

    The second model gives a genre all the same: that is no agreement, but what is nearest.
    """
    from pipeline.inference import deciding

    limits = pd.Series(1e-9, index=["soul"])
    monkeypatch.setattr(deciding, "_limits", lambda artifacts: limits)
    said = texts(page := upload(synthetic, ("clip.wav", track[1])))
    assert page.metric[0].value == "none of these?"
    assert "it sounds like soul" in said
    assert "The nearest for" in said
    assert "agree" not in said


def test_raw_probabilities_are_there_on_demand(
    two_models: Artifacts, track: tuple[str, bytes]
) -> None:
    """The switch draws the probabilities before calibration."""
    page = upload(two_models, ("clip.wav", track[1]), **choice_of(two_models, "mlp"))
    verdict = predict(track[1], "mlp", two_models)
    for values in (verdict.probabilities, verdict.raw):
        bars = figure(page)["data"][0]
        drawn = dict(zip(bars["y"], [float(t.rstrip("%")) for t in bars["text"]], strict=True))
        assert drawn == {genre: round(100 * value) for genre, value in values.items()}
        page.toggle(key="demo.raw").set_value(True).run()


def test_doubts_come_before_the_verdict(two_models: Artifacts) -> None:
    """A clip of two seconds gets a verdict after a word of warning."""
    page = upload(two_models, ("short.wav", noisy_tone(2)))
    assert "Only 2.0 s long" in page.info[0].value
    assert page.metric


def test_demo_classifies_an_upload(synthetic: Artifacts, track: tuple[str, bytes]) -> None:
    """A file of a known synthetic genre is recognised."""
    page = upload(synthetic, ("clip.wav", track[1]))
    assert page.metric[0].value.strip("?") == track[0]


def label(file: str) -> str:
    """Title of an example in the list, and so in the address."""
    pieces = json.loads((EXAMPLES / "index.json").read_text())
    piece = next(piece for piece in pieces if piece["file"] == file)
    return f"{piece['title']} ({piece['style']})"


def test_demo_classifies_an_example_with_the_model_of_the_address(gtzan: Artifacts) -> None:
    """A link names source, model and piece; the verdict is the library's."""
    file = "metal-riff.mp3"
    page = open_page(
        "demo",
        gtzan,
        demo__source="Pick an example",
        demo__example=label(file),
        demo__library="scikit-learn / XGBoost",
        demo__model=gtzan.models["svc"].title,
    )
    expected = predict(EXAMPLES / file, "svc", gtzan)
    assert page.metric[0].value.strip("?") == expected.genre
    assert page.metric[0].delta.startswith(f"{expected.confidence:.0%}")
    assert gtzan.models["svc"].title in page.metric[0].label


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (pcm(np.zeros(5 * 22_050)), "nothing to hear"),
        (pcm(np.random.default_rng(0).uniform(-0.5, 0.5, 8_000)), "0.36 s long"),
        (b"<html>no music here</html>", "no audio file"),
        (b"", "empty"),
    ],
    ids=["silent", "too_short", "no_audio", "empty"],
)
def test_bad_input_gets_a_sentence(
    two_models: Artifacts, data: bytes, sentence: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Silent, short and unreadable input gets a sentence, no verdict, and one line in the log."""
    caplog.set_level("INFO", logger="dashboard")
    caplog.set_level("INFO", logger="pipeline")
    page = upload(two_models, ("clip.wav", data))
    assert not page.metric
    assert sentence in texts(page).lower()
    (line,) = [record.getMessage() for record in caplog.records if "refused" in record.getMessage()]
    assert sentence in line.lower()

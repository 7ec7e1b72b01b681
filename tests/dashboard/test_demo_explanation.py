"""The demo: what all models predict, why, and which tracks are near."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from support.demo_pages import choice_of, noisy_tone, table_of, unfolded, upload
from support.pages import figure, texts
from support.partial_benchmarks import changed, part_of
from support.signals import pcm

from dashboard.live import analyses
from pipeline.audio.windows import SAMPLE_RATE
from pipeline.evaluation.leaderboard import leaderboard
from pipeline.inference import explanation
from pipeline.inference.predict import analyse, predict

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.artifacts.reader import Artifacts


def test_every_model_has_a_verdict(synthetic: Artifacts, track: tuple[str, bytes]) -> None:
    """The table has each model's own verdict, and verdicts are counted without baselines."""
    page = upload(
        synthetic, ("clip.wav", track[1]), **choice_of(synthetic, "mlp"), **unfolded("models")
    )
    table = table_of(page, "library")
    assert set(table["title"]) == {card.title for card in synthetic.models.values()}
    for name, card in synthetic.models.items():
        own = predict(track[1], name, synthetic)
        row = table.set_index("title").loc[card.title]
        assert row["genre"] == own.genre
        assert row["confidence"] == pytest.approx(own.confidence, abs=2e-3)
        assert row["seconds"] > 0
    real = table[~table["title"].isin([synthetic.models["dummy_prior"].title])]
    counts = [f"**{genre}** {n}" for genre, n in Counter(real["genre"]).most_common()]
    sentence = f"The verdicts of {len(real)} models, without the baselines"
    [agreement] = [text.value for text in page.markdown if text.value.startswith(sentence)]
    assert all(count in agreement for count in counts)


def test_agreement_is_told_once_all_models_are_known(
    synthetic: Artifacts, track: tuple[str, bytes]
) -> None:
    """Not before: a verdict does not wait for other models."""
    query = choice_of(synthetic, "mlp")
    agreement = ("other models agree", "Models disagree")
    page = upload(synthetic, ("clip.wav", track[1]), **query)
    assert not any(words in texts(page) for words in agreement)
    page = upload(synthetic, ("clip.wav", track[1]), **query, **unfolded("models"))
    assert any(words in texts(page) for words in agreement)


def test_what_nobody_opened_is_not_computed(
    synthetic: Artifacts, track: tuple[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A verdict asks one model about the recording as it is, and with it the best other one."""
    asked: list[list[str]] = []

    def analysed(source: object, models: list[str], *rest: Any) -> Any:
        asked.append(list(models))
        return analyse(source, models, *rest)

    monkeypatch.setattr(analyses, "analyse", analysed)
    monkeypatch.setattr(explanation, "occlusion", None)
    monkeypatch.setattr(explanation, "contributions", None)
    page = upload(synthetic, ("clip.wav", track[1]), **choice_of(synthetic, "mlp"))
    assert page.metric
    board = leaderboard(synthetic, synthetic.headline)["model"]
    best = next(n for n in board if n not in {"mlp", *synthetic.baselines})
    assert asked == [["mlp", best]]


def test_a_damaged_second_model_spoils_no_verdict(
    two_models: Artifacts, track: tuple[str, bytes], tmp_path: Path
) -> None:
    """The verdict is there, and what is wrong stands where the second opinion would."""
    broken = part_of(two_models, two_models.models, tmp_path)
    path = broken.folder / "models" / "random_forest" / "model.skops"
    path.unlink()  # a link to the file of all tests
    path.write_bytes(b"x")
    page = upload(broken, ("clip.wav", track[1]), **choice_of(broken, "mlp"))
    assert page.metric
    assert any("is not the file" in warning.value for warning in page.warning)


def test_a_new_baseline_is_not_counted(
    two_models: Artifacts, track: tuple[str, bytes], tmp_path: Path
) -> None:
    """A model that says that it is a baseline has a row, but its verdict does not count."""

    def change(facts: dict[str, Any]) -> None:
        facts["models"]["random_forest"]["baseline"] = True

    page = upload(
        changed(two_models, tmp_path, change), ("clip.wav", track[1]), **unfolded("models")
    )
    table = table_of(page, "library").set_index("title")
    assert len(table) == 2
    genre = table.loc[two_models.titles["mlp"], "genre"]
    assert f"The verdict of 1 model, without the baselines: **{genre}** 1." in texts(page)


@pytest.mark.parametrize("model", ["mlp", "transfer", "random_forest"])
def test_a_training_track_is_recognised(
    synthetic: Artifacts, tmp_path: Path, track: tuple[str, bytes], model: str
) -> None:
    """The nearest track is the recording itself, at distance 0, and the page says what it means."""
    opened = part_of(synthetic, [model], tmp_path)
    page = upload(opened, ("c.wav", track[1]), **unfolded("near"))
    near = table_of(page, "distance")
    assert near["distance"].iloc[0] == pytest.approx(0, abs=0.02)
    assert near["genre"].iloc[0] == track[0]
    assert near["distance"].is_monotonic_increasing
    assert "If it is that track, the model was trained on it" in texts(page)


@pytest.mark.parametrize("model", ["logistic_ovr", "random_forest", "xgboost"])
def test_features_speak_for_and_against(synthetic: Artifacts, tmp_path: Path, model: str) -> None:
    """Models of statistics show contributions, and percentiles for each genre."""
    page = upload(
        part_of(synthetic, [model], tmp_path), ("n.wav", noisy_tone(7)), **unfolded("why")
    )
    drawn = [figure(page, n)["data"] for n in range(len(page.get("plotly_chart")))]
    bars = next(d[0] for d in drawn[1:] if d[0]["type"] == "bar")
    heat = next(d[0] for d in drawn if d[0]["type"] == "heatmap" and d[0]["x"] != [])
    assert bars["y"] == heat["y"]
    assert heat["x"] == synthetic.classes


def test_values_beyond_those_of_all_tracks_are_flagged(two_models: Artifacts) -> None:
    """The model has seen nothing like such a sound, so its verdict is called a guess."""
    rng = np.random.default_rng(0)
    t = np.arange(5 * SAMPLE_RATE) / SAMPLE_RATE
    shrill = pcm(0.9 * np.sign(np.sin(2 * np.pi * 5000 * t)) * (rng.random(len(t)) > 0.01))
    page = upload(two_models, ("shrill.wav", shrill), **choice_of(two_models, "random_forest"))
    assert "Outside the range of the benchmark's tracks" in texts(page)

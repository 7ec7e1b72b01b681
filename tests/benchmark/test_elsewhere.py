"""A benchmark that is also asked about a second collection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from support.small_builds import SMALL, SYNTHETIC, few_members, small_tracks
from support.tables import write

from pipeline.artifacts.reader import Artifacts
from pipeline.artifacts.verify import problems
from pipeline.benchmark import build as building
from pipeline.benchmark.elsewhere import second_collection
from pipeline.errors import DatasetError
from pipeline.evaluation.calibration import calibrated_predictions
from pipeline.evaluation.elsewhere import by_label, n_known
from pipeline.evaluation.leaderboard import leaderboard
from pipeline.evaluation.scores import labelled_predictions
from pipeline.evaluation.temperature import tempered
from pipeline.extraction.analysis import windowed_features

if TYPE_CHECKING:
    from pathlib import Path

MODEL = "logistic_ovr"
HEADER = ["track_id", "collection", "genre", "artist", "path"]


@pytest.fixture(scope="module")
def street(audio: Path) -> Path:
    """Five recordings: two genres that are known, a label for both, and two that are none."""
    labels = {
        "drone.00": "drone",
        "pulse.00": "pulse",
        "drone.01": "drone|pulse",
        "noise.00": "noise",
        "arpeggio.00": "ambient",
    }
    rows = [
        [f"x.{name}", "radio", label, f"artist {n // 2}", f"{name.partition('.')[0]}/{name}.wav"]
        for n, (name, label) in enumerate(labels.items())
    ]
    write(audio / "tracks.csv", HEADER, *rows)
    return audio


@pytest.fixture(scope="module")
def asked(street: Path, audio: Path, tmp_path_factory: pytest.TempPathFactory) -> Artifacts:
    """Artifacts of two genres that were asked about them."""
    root = tmp_path_factory.mktemp("asked")
    with few_members():
        return Artifacts(building.build(SMALL, audio, root, root / "cache", elsewhere=street))


def test_all_are_asked_by_the_model_that_learnt_everything(asked: Artifacts, audio: Path) -> None:
    """Also those of no genre; probabilities are what the saved model gives."""
    assert problems(asked) == []
    table = asked.predictions(MODEL, "elsewhere").set_index("track_id")
    assert len(table) == 5
    X = windowed_features(audio / "noise" / "noise.00.wav", {"timbre": 3.0}).features["timbre"]
    expected = asked.classifier(MODEL).predict_proba(X).mean(axis=0)
    np.testing.assert_allclose(table.loc["x.noise.00", asked.classes], expected, atol=1e-3)
    assert table.loc["x.noise.00", "windows"] == len(X)
    card = asked.manifest.protocols["elsewhere"]
    assert (card.role, card.folds, asked.headline) == ("elsewhere", 1, "artist")
    assert asked.elsewhere is not None
    assert set(asked.elsewhere["collection"]) == {"radio"}


def test_a_label_that_stands_for_several_is_right_by_any(asked: Artifacts) -> None:
    """Tracks of no genre have no score; the others keep what they were labelled."""
    table = labelled_predictions(asked, MODEL, "elsewhere").set_index("track_id")
    assert set(table.index) == {"x.drone.00", "x.pulse.00", "x.drone.01"}
    both = table.loc["x.drone.01"]
    assert (both["label"], both["right"], both["genre"]) == ("drone|pulse", True, both["predicted"])
    one = table.loc["x.pulse.00"]
    assert (one["genre"], one["right"]) == ("pulse", one["predicted"] == "pulse")
    board = leaderboard(asked, "elsewhere").set_index("model")
    assert board.loc[MODEL, "n"] == 3
    assert board.loc[MODEL, "accuracy"] == pytest.approx(table["right"].mean())


def test_labels_are_counted_by_collection(asked: Artifacts) -> None:
    """First all labels of a collection, then each; tracks of no genre are in none."""
    table = labelled_predictions(asked, MODEL, "elsewhere")
    found = by_label(asked, MODEL, "elsewhere")
    assert found["collection"].unique().tolist() == ["radio"]
    assert found["label"].tolist() == ["", "drone", "drone|pulse", "pulse"]
    assert found["n"].tolist() == [3, 1, 1, 1]
    assert found["accuracy"].iloc[0] == pytest.approx(table["right"].mean())
    by_hand = table.set_index("label")["right"].astype(float).sort_index()
    assert found["accuracy"].iloc[1:].tolist() == by_hand.tolist()
    assert n_known(asked, "elsewhere") == 3


def test_confidence_elsewhere_is_what_a_visitor_gets(asked: Artifacts) -> None:
    """It is calibrated by this collection's answers, never by those elsewhere."""
    raw = labelled_predictions(asked, MODEL, "elsewhere")
    found = calibrated_predictions(asked, MODEL, "elsewhere")
    temperatures = np.array(asked.model(MODEL).temperatures)
    of_each = temperatures[[0 if n == 1 else 1 if n < 5 else 2 for n in raw["windows"]]]
    expected = [tempered(p, t) for p, t in zip(raw[asked.classes].to_numpy(), of_each, strict=True)]
    np.testing.assert_allclose(found[asked.classes], expected)


def test_a_second_collection_may_be_folders_of_genres(audio: Path, tmp_path: Path) -> None:
    """Their names are the labels, whatever their capital letters; polka is asked about as well."""
    for name in ("Drone/a.wav", "polka/b.wav"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).touch()
    found = second_collection(small_tracks(audio), tmp_path)
    assert found is not None
    assert [(t.track_id, t.facts["accepted"]) for t in found.known] == [("Drone/a.wav", "drone")]
    assert [track.track_id for track in found.other_label] == ["polka/b.wav"]
    with pytest.raises(DatasetError, match="has no recordings, so nothing else can be asked"):
        second_collection(None, tmp_path)


def test_a_collection_without_a_known_genre_is_refused(
    street: Path, audio: Path, tmp_path: Path, models: dict[str, Any]
) -> None:
    """Before anything is extracted."""
    rows = pd.read_csv(street / "tracks.csv").assign(genre="polka")
    (tmp_path / "street").mkdir()
    rows["path"] = [str(audio / path) for path in rows["path"]]
    rows.to_csv(tmp_path / "street" / "tracks.csv", index=False)
    with pytest.raises(DatasetError, match=r"No label in .* is a genre .*\(drone, pulse\)"):
        building.build(SMALL, audio, tmp_path, tmp_path, elsewhere=tmp_path / "street")
    assert SYNTHETIC.name not in {path.name for path in tmp_path.iterdir()}

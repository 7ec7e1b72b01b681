"""A new file is all that a new protocol or a new baseline needs."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from support.commands import run
from support.small_builds import QUICK, SMALL, few_members

from pipeline import models, protocols
from pipeline.artifacts.reader import Artifacts
from pipeline.artifacts.verify import problems
from pipeline.benchmark import build as building
from pipeline.evaluation.leaderboard import leaderboard
from pipeline.evaluation.temperature import temperatures
from pipeline.registry import discover
from pipeline.registry import modules as registered

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NEW_PROTOCOL = """
from pipeline.protocols import Protocol, numbered

def folds(tracks):
    halves = [(None, [i for i in range(len(tracks)) if i % 2 == k]) for k in range(2)]
    return numbered(tracks, halves)

PROTOCOL = Protocol(
    name="{name}", title="2 halves", description="Every other track is tested.", folds=folds,
    strictness={strictness}, shared="nothing", unseen="studios", role="{role}",
)
"""
NEW_BASELINE = """
from pipeline.models import Model

def fit(examples):
    from sklearn.dummy import DummyClassifier
    return DummyClassifier(strategy="uniform", random_state=0).fit(examples.X, examples.y)

MODEL = Model(name="coin", title="Toss of a coin", library="scikit-learn", format="skops",
              features="timbre", fit=fit, baseline=True, any_table=True)
"""


@pytest.fixture(scope="module")
def new_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Three protocols and a baseline, each a file beside the others of its kind."""
    folder = tmp_path_factory.mktemp("members")
    files = {
        "zz_studio.py": NEW_PROTOCOL.format(name="studio", strictness=9, role="general"),
        "zz_worse_leak.py": NEW_PROTOCOL.format(name="worse_leak", strictness=99, role="leak"),
        "zz_abroad.py": NEW_PROTOCOL.format(name="abroad", strictness=98, role="elsewhere"),
    }
    for package, named in ((protocols, files), (models, {"coin.py": NEW_BASELINE})):
        place = folder / package.__name__
        place.mkdir()
        for name, text in named.items():
            (place / name).write_text(text)
    with pytest.MonkeyPatch.context() as patch:
        for package in (protocols, models):
            patch.setattr(package, "__path__", [*package.__path__, str(folder / package.__name__)])
        _forget()
        yield
    _forget()


def _forget() -> None:
    for cached in (discover, registered):
        cached.cache_clear()


@pytest.fixture(scope="module")
def opened(
    new_files: None, audio: Path, features: Path, tmp_path_factory: pytest.TempPathFactory
) -> Artifacts:
    """Ten recordings, built with what is new."""
    root, cache = (tmp_path_factory.mktemp(name) for name in ("artifacts", "cache"))
    shutil.copytree(features, cache, dirs_exist_ok=True)
    with few_members() as members:
        coin = discover("pipeline.models", "MODEL")["coin"]
        members.models.update({QUICK.name: QUICK, coin.name: coin})
        return Artifacts(building.build(SMALL, audio, root, cache))


def test_the_strictest_protocol_is_the_headline(opened: Artifacts) -> None:
    """It ranks, calibrates and explains; a leak and a test elsewhere never do, however strict."""
    assert problems(opened) == []
    assert opened.headline == "studio"
    order = ["studio", "artist", "fault_filtered", "worse_leak", "abroad", "window"]
    assert list(opened.manifest.protocols) == order
    card = opened.manifest.protocols["studio"]
    assert (card.title, card.unseen, card.folds) == ("2 halves", "studios", 2)
    assert opened.robustness_protocol == "fault_filtered"
    assert len(leaderboard(opened, "studio")) == len(opened.models)


def test_the_headline_calibrates_and_explains(opened: Artifacts) -> None:
    """The temperatures are those of its predictions, and importance is known."""
    table = opened.predictions(QUICK.name, "studio").merge(opened.tracks[["track_id", "genre"]])
    true = table["genre"].map(opened.classes.index).to_numpy()
    shown, windows = table[opened.classes].to_numpy(), table["windows"].to_numpy()
    expected = temperatures(shown, true, windows)
    assert opened.model(QUICK.name).temperatures == pytest.approx(expected)
    assert opened.importance(QUICK.name)["kind"].eq("permutation").any()


def test_the_command_prints_it_first(opened: Artifacts) -> None:
    """The leaderboards in a terminal begin with the headline."""
    rows = run("scores", "synthetic", "-f", "json", "--artifacts", opened.folder.parent).rows
    assert rows[0]["protocol"] == "studio"


def test_a_new_baseline_is_one(opened: Artifacts) -> None:
    """Its file says so, and nothing asks for its name."""
    assert opened.baselines == {"coin"}
    assert opened.model("coin").title == "Toss of a coin"

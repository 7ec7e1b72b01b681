"""The command card: to standard output, or into a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.commands import run
from support.odd_benchmarks import Shape, benchmark

from pipeline.benchmark.robustness import DISTORTIONS
from pipeline.evaluation.card import card

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.artifacts.reader import Artifacts


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Artifacts:
    """A benchmark of random answers."""
    return benchmark("odd", Shape(live=True), tmp_path_factory.mktemp("odd"))


def test_card_is_written_where_it_is_wanted(odd: Artifacts, tmp_path: Path) -> None:
    """The same text on standard output and in the file; distortions bear their titles."""
    words = ("card", "m1", "--benchmark", "odd", "--artifacts", odd.folder.parent)
    shown, written = run(*words), run(*words, "-o", tmp_path / "card.md")
    text = (tmp_path / "card.md").read_text(encoding="utf-8")
    assert (shown.code, shown.err, written.code) == (0, "", 0)
    assert shown.out == text
    assert text == card(odd, "m1", {name: d.title for name, d in DISTORTIONS.items()})
    assert "| MP3 64 kbit/s | " in text
    assert str(tmp_path / "card.md") in written.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("none", "-b", "odd"), "odd has no model called 'none'. There are: m0, m1, m2."),
        (("m0", "-b", "none"), "There are no artifacts called 'none'"),
        (("m0", "-b", "odd", "-o", "nowhere/card.md"), "nowhere/card.md cannot be written"),
    ],
)
def test_card_refuses_wrong_words(odd: Artifacts, words: tuple[str, ...], message: str) -> None:
    """Exit code 2 with the cure."""
    done = run("card", *words, "--artifacts", odd.folder.parent)
    assert (done.code, done.out) == (2, "")
    assert message in done.err

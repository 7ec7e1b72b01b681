"""The demo while others keep the decoders busy, and after a visitor has gone."""

from __future__ import annotations

import gc
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from support.demo_pages import noisy_tone, table_of, unfolded, upload
from support.pages import texts
from support.partial_benchmarks import part_of

from dashboard.live import analyses, verdict
from dashboard.live.recording import Recording
from dashboard.live.session import Session
from dashboard.live.turns import VERDICTS
from pipeline.untrusted import decoding
from pipeline.untrusted.decoding import BUSY, BusyError

if TYPE_CHECKING:
    from pipeline.artifacts.reader import Artifacts


@pytest.fixture(scope="module")
def two(gtzan: Artifacts, tmp_path_factory: pytest.TempPathFactory) -> Artifacts:
    """GTZAN with two models that are quick to ask."""
    return part_of(gtzan, ("svc", "logistic_ovr"), tmp_path_factory.mktemp("two"))


@pytest.fixture(scope="module")
def three(gtzan: Artifacts, tmp_path_factory: pytest.TempPathFactory) -> Artifacts:
    """GTZAN with one more than a verdict asks."""
    models = ("svc", "logistic_ovr", "mlp")
    return part_of(gtzan, models, tmp_path_factory.mktemp("three"))


def busy(*args: Any, **named: Any) -> NoReturn:
    """In place of a decoder that others hold."""
    raise BusyError(BUSY)


def test_busy_is_said_in_the_part_that_waited(
    three: Artifacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Below a verdict every part that cannot be made says so in its place; the verdict stays."""
    real, asked = analyses.analyse, []

    def only_the_first(*args: Any) -> Any:
        asked.append(args)
        return real(*args) if len(asked) == 1 else busy()

    monkeypatch.setattr(analyses, "analyse", only_the_first)
    monkeypatch.setattr(verdict, "decoding", SimpleNamespace(blocks=busy, decode=busy))
    parts = ("time", "models", "tags")
    page = upload(three, ("clip.wav", noisy_tone(6)), **unfolded(*parts), demo__picture="Waveform")
    assert page.metric
    said = [warning.value for warning in page.warning if BUSY in warning.value]
    assert len(said) == len(parts)
    assert "Why" in [part.label for part in page.expander]


def test_busy_is_no_verdict(two: Artifacts, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who comes when nothing can be decoded reads the sentence, and may try again."""
    monkeypatch.setattr(analyses, "analyse", busy)
    page = upload(two, ("clip.wav", noisy_tone(6)))
    assert BUSY in texts(page)
    assert not page.metric
    monkeypatch.undo()
    assert page.run().metric


def test_busy_is_no_row_of_an_album(two: Artifacts, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that came at a bad moment say so in the table, and are heard at the next press."""
    real, asked = analyses.analyse, []

    def only_the_first(*args: Any) -> Any:
        asked.append(args[0])
        return real(*args) if len(asked) == 1 else busy()

    monkeypatch.setattr(analyses, "analyse", only_the_first)
    files = [(f"{i}.wav", noisy_tone(6, i)) for i in range(3)]
    page = upload(two, *files)
    assert table_of(page, "problem")["problem"].tolist() == ["", BUSY, BUSY]
    assert "2 of 3 wait" in texts(page)
    assert len(asked) == 3
    monkeypatch.setattr(analyses, "analyse", real)
    page.button(key="demo.go").click().run()
    assert table_of(page, "problem")["problem"].tolist() == ["", "", ""]
    assert "wait" not in texts(page)


class GoneError(Exception):
    """What Streamlit raises in the script of a visitor who left."""


def test_who_leaves_frees_the_work_at_once(two: Artifacts, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the middle of an analysis: the place in the queue and the decoder are free."""
    mine = Session()
    monkeypatch.setattr(analyses.session, "current", lambda: mine)
    monkeypatch.setattr(analyses.session, "visitor", lambda: "me")
    before = decoding._places.qsize()
    news = []

    def tell(words: str) -> None:
        news.append(words)
        if len(news) == 2:
            assert decoding._places.qsize() == before - 1
            raise GoneError

    with pytest.raises(GoneError):
        analyses.analysed_for_verdict(Recording("a.wav", noisy_tone(200)), "svc", two, tell)
    gc.collect()
    assert not VERDICTS._tickets
    assert decoding._places.qsize() == before
    assert not mine.analyses

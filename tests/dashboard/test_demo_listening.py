"""Listening live, as the page sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from support.browsing import PIECE, best_network
from support.microphone import send, told
from support.pages import open_page, texts
from support.writes import watched

from pipeline.audio.decoding import decode, to_wav
from pipeline.audio.windows import SAMPLE_RATE
from pipeline.inference import rolling
from pipeline.inference.predict import predict

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

    from pipeline.artifacts.reader import Artifacts
    from pipeline.audio.windows import Samples


@pytest.fixture
def page(gtzan: Artifacts) -> AppTest:
    """The source, before anything is heard."""
    return open_page("demo", gtzan, demo__source="Listen live")


@pytest.fixture
def song() -> Samples:
    """Half a minute of a piece over and over."""
    return np.resize(decode(PIECE), 30 * SAMPLE_RATE)


@pytest.fixture(scope="module")
def first(gtzan: Artifacts) -> str:
    """The model that the page offers first."""
    return best_network(gtzan)


def seconds(y: Samples, first: int, last: int) -> Samples:
    """A part of a sound."""
    return y[first * SAMPLE_RATE : last * SAMPLE_RATE]


def test_the_verdict_is_renewed_each_second(
    page: AppTest, gtzan: Artifacts, song: Samples, first: str
) -> None:
    """None before three seconds are there; then the library's, about the last of them."""
    assert told(page) == {"run": None, "received": 0, "over": False, "verdict": None}
    page.segmented_control(key="demo.span").set_value(3).run()
    for n in range(1, 6):
        now = send(page, seconds(song, n - 1, n))
        assert now["received"] == n * SAMPLE_RATE
        assert (now["verdict"] is None) == (n < 3)
        if n >= 3:
            expected = predict(to_wav(seconds(song, n - 3, n)), first, gtzan)
            assert now["verdict"]["at"] == n
            assert now["verdict"]["genre"].strip("?") == expected.genre
            shares = {bar["name"]: bar["share"] for bar in now["verdict"]["bars"]}
            assert shares == pytest.approx(expected.probabilities.to_dict(), abs=2e-3)
            [likeliest] = [b["name"] for b in now["verdict"]["bars"] if b["likeliest"]]
            assert likeliest == expected.genre
            assert "**" not in now["verdict"]["words"]


def test_another_span_is_chosen(page: AppTest, gtzan: Artifacts, song: Samples, first: str) -> None:
    """Three windows that follow each other are an upload of nine seconds; or the last one alone."""
    for n in range(0, 9, 3):
        send(page, seconds(song, n, n + 3))
    for span in (9, 3):
        page.segmented_control(key="demo.span").set_value(span).run()
        expected = predict(to_wav(seconds(song, 9 - span, 9)), first, gtzan)
        shares = {bar["name"]: bar["share"] for bar in told(page)["verdict"]["bars"]}
        assert shares == pytest.approx(expected.probabilities.to_dict(), abs=2e-3)


def test_silence_is_said_and_no_verdict_stands_on_it(page: AppTest, song: Samples) -> None:
    """After music has stopped for three seconds, and until it is back."""
    assert send(page, seconds(song, 0, 3))["verdict"]["bars"]
    silent = send(page, np.zeros(3 * SAMPLE_RATE, np.float32))["verdict"]
    assert (silent["genre"], silent["bars"]) == ("No music", [])
    assert "nothing to hear" in silent["words"]
    assert send(page, seconds(song, 0, 3))["verdict"]["bars"]


def test_seconds_that_come_together_are_asked_about_once(
    page: AppTest, song: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that is behind takes the last window, and says up to where it is about."""
    asked = []
    real = rolling.analyse_samples

    def counted(y: Samples, model: str, artifacts: Artifacts) -> object:
        asked.append(len(y) / SAMPLE_RATE)
        return real(y, model, artifacts)

    monkeypatch.setattr(rolling, "analyse_samples", counted)
    now = send(page, seconds(song, 0, 12))
    assert now["verdict"]["at"] == 12
    assert asked == [3]
    page.run()
    assert asked == [3]


def test_the_last_half_minute_is_taken_over(page: AppTest, song: Samples) -> None:
    """It becomes a recording with all that is shown for one; the browser is told to stop."""
    assert not [b for b in page.button if b.key == "demo.closer"]
    assert not page.metric
    for n in range(0, 30, 10):
        send(page, seconds(song, n, n + 10))
    send(page, seconds(song, 0, 5))
    page.button(key="demo.closer").click().run()
    assert told(page)["over"]
    assert page.metric
    [taken] = page.session_state["demo"].brought["listen"]
    expected = np.concatenate([seconds(song, 5, 30), seconds(song, 0, 5)])
    np.testing.assert_allclose(decode(taken.data), expected, atol=1e-4)
    again = send(page, seconds(song, 0, 1), run=2)
    assert (again["over"], again["received"]) == (False, SAMPLE_RATE)
    assert page.session_state["demo"].brought["listen"][0] is taken


def test_another_model_is_asked_from_now_on(page: AppTest, song: Samples) -> None:
    """Who changes the model while listening gets its verdict on the last window at once."""
    before = send(page, seconds(song, 0, 3))["verdict"]
    page.segmented_control(key="demo.library").set_value("scikit-learn / XGBoost").run()
    after = told(page)
    assert after["received"] == 3 * SAMPLE_RATE
    assert after["verdict"]["at"] == 3
    assert after["verdict"]["bars"] != before["bars"]


def test_nothing_is_written_to_disk(page: AppTest, song: Samples) -> None:
    """Listening opens no file for writing."""
    with watched() as written:
        send(page, seconds(song, 0, 3))
    assert not written
    assert "writes nothing down" in texts(page)

"""Sound that goes on: the first verdict, the next ones, and what is held meanwhile."""

from __future__ import annotations

import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import soxr

from dashboard.live.sources import EXAMPLES
from pipeline.audio.decoding import decode, to_wav
from pipeline.audio.windows import SAMPLE_RATE
from pipeline.errors import AudioError
from pipeline.inference import rolling
from pipeline.inference.predict import Analysis, analyse, verdict
from pipeline.inference.rolling import HELD_SECONDS, Rolling

if TYPE_CHECKING:
    from pipeline.artifacts.reader import Artifacts
    from pipeline.audio.windows import Samples

MODEL = "logistic_ovr"
RNG = np.random.default_rng(0)


def pcm(y: Samples) -> bytes:
    """As the browser sends it."""
    return np.round(y * 32_768).clip(-32_768, 32_767).astype("<i2").tobytes()


def hear(sound: Rolling, y: Samples, seconds: int = 1) -> None:
    """Give so many seconds of samples at the rate of the models."""
    sound.add(pcm(y[: seconds * SAMPLE_RATE]), sound.received)


def second(level: float) -> Samples:
    """A second that can be told by its level."""
    return np.full(SAMPLE_RATE, level, np.float32)


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[Samples]:
    """Windows that the model was asked about; it answers with the level of their last second."""
    windows: list[Samples] = []

    def answer(y: Samples, model: str, artifacts: Artifacts) -> Analysis:
        windows.append(y.copy())
        share = float(y[-SAMPLE_RATE:].mean())
        table = pd.DataFrame({"start": [0.0], "end": [3.0], "rock": [share], "pop": [1 - share]})
        tags = {"network": pd.Series({"folk": share / 2})}
        picture = np.zeros((128, 26), np.float32)
        return Analysis(3.0, [], picture, 3.0, {model: table}, {}, {}, {}, tags)

    monkeypatch.setattr(rolling, "analyse_samples", answer)
    return windows


def test_first_answer_after_three_seconds_then_each_second(
    heard: list[Samples], gtzan: Artifacts
) -> None:
    """Each window is the last three seconds, and is asked about once."""
    sound = Rolling()
    for n in range(1, 7):
        hear(sound, second(n / 10))
        for _ in range(2):
            assert (sound.analysis(9, MODEL, gtzan) is None) == (n < 3)
        assert len(heard) == max(n - 2, 0)
    expected = [np.concatenate([second(m / 10) for m in (n, n + 1, n + 2)]) for n in range(1, 5)]
    np.testing.assert_allclose(heard, expected, atol=1e-4)


def test_a_span_is_the_mean_of_windows_within_it(heard: list[Samples], gtzan: Artifacts) -> None:
    """Neighbours are averaged first, to as many as fit side by side; tags are averaged alike."""
    sound = Rolling()
    levels = RNG.uniform(0.1, 0.9, 40).round(2)
    for level in levels:
        hear(sound, second(level))
        sound.analysis(3, MODEL, gtzan)
    for span, groups in ((3, [1]), (9, [3, 2, 2]), (30, [3] * 8 + [2] * 2)):
        within = levels[-sum(groups) :]
        means = [part.mean() for part in np.split(within, np.cumsum(groups)[:-1])]
        analysis = sound.analysis(span, MODEL, gtzan)
        assert analysis is not None
        table = analysis.predictions[MODEL]
        np.testing.assert_allclose(table["rock"], means, atol=1e-4)
        np.testing.assert_allclose(table["pop"], 1 - np.array(means), atol=1e-4)
        assert (table["start"].iloc[0], table["end"].iloc[-1]) == (40 - span, 40)
        assert analysis.tags["network"]["folk"] == pytest.approx(within.mean() / 2, abs=1e-4)


def test_verdict_is_that_of_an_upload(gtzan: Artifacts) -> None:
    """The same nine seconds of a piece, as they are heard and as a file, get one verdict."""
    y = decode(EXAMPLES / "string-quartet.mp3")[: 9 * SAMPLE_RATE]
    sound = Rolling()
    for n in range(9):
        hear(sound, y[n * SAMPLE_RATE :])
        if n in {2, 5, 8}:
            sound.analysis(3, MODEL, gtzan)
    live = sound.analysis(9, MODEL, gtzan)
    uploaded = analyse(to_wav(y), [MODEL], gtzan)
    assert live is not None
    pd.testing.assert_frame_equal(
        live.predictions[MODEL], uploaded.predictions[MODEL], check_dtype=False
    )
    ours, theirs = (verdict(one, MODEL, gtzan) for one in (live, uploaded))
    assert ours.genre == theirs.genre
    assert ours.confidence == pytest.approx(theirs.confidence, abs=1e-5)
    np.testing.assert_array_equal(sound.last(), decode(to_wav(y)))


def test_half_an_hour_takes_no_more_than_a_minute(
    heard: list[Samples], gtzan: Artifacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is held after 1,800 seconds is what was held after 60."""
    sound, message, held = Rolling(), pcm(second(0.5)), {}
    found = rolling.analyse_samples(second(0.5), MODEL, gtzan)
    monkeypatch.setattr(rolling, "analyse_samples", lambda y, *_: replace(found, seconds=3.0))
    tracemalloc.start()
    for n in range(1, 1801):
        sound.add(message, sound.received)
        sound.analysis(3, MODEL, gtzan)
        if n in {60, 1800}:
            held[n] = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert sound.seconds == 1800
    assert len(sound.last()) == HELD_SECONDS * SAMPLE_RATE
    assert held[60] > 2_000_000
    # All of it would be 150 MB; other threads of this process count, too.
    assert held[1800] - held[60] < 1_000_000


@pytest.mark.parametrize(
    ("y", "words"),
    [
        (np.zeros(SAMPLE_RATE, np.float32), "nothing to hear"),
        (RNG.normal(0, 0.1, 3 * SAMPLE_RATE).astype(np.float32), "only noise"),
    ],
    ids=["silence", "noise"],
)
def test_without_music_there_is_no_verdict(gtzan: Artifacts, y: Samples, words: str) -> None:
    """Silence and noise are said; music that follows is heard again."""
    sound = Rolling()
    hear(sound, np.resize(y, 3 * SAMPLE_RATE), 3)
    for _ in range(2):
        with pytest.raises(AudioError, match=words):
            sound.analysis(30, MODEL, gtzan)
    hear(sound, decode(EXAMPLES / "metal-riff.mp3"), 3)
    assert sound.analysis(30, MODEL, gtzan) is not None


def test_a_slow_server_skips_seconds(heard: list[Samples], gtzan: Artifacts) -> None:
    """Of seconds that come together only the last window is asked about; none counts twice."""
    sound = Rolling()
    for _ in range(8):
        for level in (0.2, 0.4):
            hear(sound, second(level))
        sound.analysis(3, MODEL, gtzan)
    assert len(heard) == 7  # after 4, 6, … 16 seconds
    analysis = sound.analysis(HELD_SECONDS, MODEL, gtzan)
    assert analysis is not None
    assert analysis.seconds == 15
    assert list(analysis.predictions[MODEL]["end"]) == [6, 10, 12, 14, 16]


def test_no_window_spans_a_gap(heard: list[Samples], gtzan: Artifacts) -> None:
    """Where samples are missing, three seconds have to come before the next answer."""
    sound = Rolling()
    for _ in range(4):
        hear(sound, second(0.1))
        sound.analysis(3, MODEL, gtzan)
    sound.add(pcm(second(0.7)), 20 * SAMPLE_RATE)
    for _ in range(2):
        sound.analysis(3, MODEL, gtzan)
        assert len(heard) == 2
        hear(sound, second(0.7))
    sound.analysis(3, MODEL, gtzan)
    assert sound.seconds == 23
    np.testing.assert_allclose(heard[-1], 0.7, atol=1e-4)
    assert len(sound.last()) == 3 * SAMPLE_RATE


def test_what_is_sent_again_is_heard_once() -> None:
    """A message that seemed lost comes with the next one, whole or in part."""
    y = RNG.uniform(-0.5, 0.5, 6 * SAMPLE_RATE).astype(np.float32)
    sound = Rolling()
    for first, last in ((0, 2), (0, 2), (1, 4), (0, 3), (4, 6)):
        sound.add(pcm(y[first * SAMPLE_RATE : last * SAMPLE_RATE]), first * SAMPLE_RATE)
    assert sound.received == len(y)
    np.testing.assert_allclose(sound.last(), y, atol=1e-4)


def test_another_model_begins_anew(heard: list[Samples], gtzan: Artifacts) -> None:
    """What one model found is no part of the next one's verdict, and the last window is asked."""
    sound = Rolling()
    for level in (0.1, 0.1, 0.1, 0.1, 0.1, 0.9):
        hear(sound, second(level))
        sound.analysis(3, MODEL, gtzan)
    analysis = sound.analysis(HELD_SECONDS, "svc", gtzan)
    assert analysis is not None
    assert list(analysis.predictions) == ["svc"]
    assert len(analysis.predictions["svc"]) == 1


def test_two_runs_of_a_page_may_ask_at_once(
    heard: list[Samples], gtzan: Artifacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who changes the model while the former one is asked gets answers of the new one only."""
    answer, asked, may_answer = rolling.analyse_samples, Event(), Event()

    def slowly(y: Samples, model: str, artifacts: Artifacts) -> Analysis:
        asked.set()
        assert may_answer.wait(30)
        return answer(y, model, artifacts)

    monkeypatch.setattr(rolling, "analyse_samples", slowly)
    sound = Rolling()
    hear(sound, np.resize(second(0.5), 3 * SAMPLE_RATE), 3)
    with ThreadPoolExecutor(2) as pool:
        former = pool.submit(sound.analysis, 9, MODEL, gtzan)
        assert asked.wait(30)
        latter = pool.submit(sound.analysis, 9, "svc", gtzan)
        may_answer.set()
        answers = [run.result(30) for run in (former, latter)]
    assert [list(one.predictions) for one in answers if one] == [[MODEL], ["svc"]]


@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_other_rates_are_resampled_as_files_are(rate: int) -> None:
    """Second by second the same samples come out as if all were resampled at once."""
    y = np.sin(2 * np.pi * 440 * np.arange(5 * rate) / rate).astype(np.float32) / 2
    sound = Rolling(rate)
    for n in range(5):
        sound.add(pcm(y[n * rate : (n + 1) * rate]), sound.received)
    expected = soxr.resample(y, rate, SAMPLE_RATE, "HQ")
    assert sound.received == 5 * rate
    assert sound.seconds == 4  # the resampler holds the last milliseconds back
    np.testing.assert_allclose(sound.last(), expected[: 4 * SAMPLE_RATE], atol=1e-3)


@pytest.mark.parametrize("rate", [0, 10**9])
def test_an_impossible_rate_is_refused(rate: int) -> None:
    """Nothing is made of it."""
    with pytest.raises(AudioError, match="samples a second"):
        Rolling(rate)

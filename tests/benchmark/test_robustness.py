"""What happens to music on its way to a model: each distortion does what its name says."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import pytest
from support import fast_features
from support.fast_features import LEVEL

from pipeline.audio.decoding import decode, to_wav
from pipeline.audio.loudness import levelled
from pipeline.audio.windows import SAMPLE_RATE
from pipeline.benchmark import robustness
from pipeline.benchmark.robustness import DISTORTIONS, band_limited, gain, middle, mp3, noisy, same
from pipeline.errors import AudioError
from pipeline.progress import silent
from pipeline.registry import discover, modules

if TYPE_CHECKING:
    from pathlib import Path

# What the project promises to try. Changing a level of what is promised needs a change here too.
PROMISED = {
    (mp3, "kbps"): {64, 128, 320},
    (gain, "db"): {-10, -20, -30, 10},
    (band_limited, "sr"): {16_000, 8_000},
    (noisy, "snr_db"): {20, 10},
}


STD = LEVEL.names.index("std")


def tone(hz: float, seconds: float = 3.0, amplitude: float = 0.5) -> np.ndarray:
    """A sine."""
    t = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return (amplitude * np.sin(2 * np.pi * hz * t)).astype(np.float32)


def power(y: np.ndarray) -> float:
    return float(np.mean(np.asarray(y, np.float64) ** 2))


def test_the_registry_has_what_is_promised() -> None:
    """MP3 of three rates, four levels, two sampling rates, two noises, and 1, 3 and 10 seconds."""
    partials = [d.change for d in DISTORTIONS.values() if isinstance(d.change, partial)]
    for (function, word), values in PROMISED.items():
        assert {p.keywords[word] for p in partials if p.func is function} == values
    lengths = {d.seconds for d in DISTORTIONS.values() if d.change is same}
    assert lengths == {1.0, 3.0, 10.0}
    assert len(DISTORTIONS) == sum(map(len, PROMISED.values())) + len(lengths)
    assert all(d.seconds == 3.0 for d in DISTORTIONS.values() if d.change is not same)
    assert len({d.title for d in DISTORTIONS.values()}) == len(DISTORTIONS)


@pytest.mark.parametrize("name", DISTORTIONS)
def test_a_distortion_keeps_length_and_type_and_its_input(name: str) -> None:
    """Audio in, as much audio out, finite; what went in is left alone, and twice gives the same."""
    y = np.random.default_rng(0).uniform(-0.5, 0.5, 3 * SAMPLE_RATE).astype(np.float32)
    before = y.copy()
    found = DISTORTIONS[name].change(y)
    assert found.shape == y.shape
    assert found.dtype == np.float32
    assert np.isfinite(found).all()
    np.testing.assert_array_equal(y, before)
    np.testing.assert_array_equal(found, DISTORTIONS[name].change(y))


def test_20_db_quieter_is_a_tenth() -> None:
    """The level changes and nothing else."""
    y = tone(440)
    np.testing.assert_allclose(gain(y, -20), y / 10, rtol=1e-5)


def test_10_db_louder_clips_at_full_scale() -> None:
    """Up to full scale it is √10 times as loud; what would exceed it is cut off there."""
    y = tone(440)
    louder, low = gain(y, 10), np.abs(y) < 1 / np.sqrt(10)
    assert np.abs(louder).max() == 1
    np.testing.assert_allclose(louder[low], y[low] * np.sqrt(10), rtol=1e-5)
    np.testing.assert_array_equal(louder[~low], np.sign(y[~low]))


@pytest.mark.parametrize(("sr", "gone", "kept"), [(8_000, 5_000, 1_000), (16_000, 9_000, 5_000)])
def test_nothing_stays_above_half_of_a_lower_sampling_rate(sr: int, gone: int, kept: int) -> None:
    """A tone above it is lost, one below it stays as it was."""
    assert power(band_limited(tone(gone), sr)) < 1e-4 * power(tone(gone))
    inside = slice(SAMPLE_RATE // 10, -SAMPLE_RATE // 10)  # filters ring at the ends
    found = band_limited(tone(kept), sr)[inside]
    np.testing.assert_allclose(found, tone(kept)[inside], atol=5e-3)


@pytest.mark.parametrize("snr_db", [10, 20])
@pytest.mark.parametrize("amplitude", [0.5, 0.01])
def test_noise_reaches_the_stated_ratio(snr_db: int, amplitude: float) -> None:
    """Signal to noise power within 0.2 dB, whatever the level; the same noise every time."""
    y = tone(440, amplitude=amplitude)
    found = noisy(y, snr_db)
    assert 10 * np.log10(power(y) / power(found - y)) == pytest.approx(snr_db, abs=0.2)
    np.testing.assert_array_equal(found, noisy(y, snr_db))


def test_noise_is_white() -> None:
    """Each octave band has as much of it as its width says."""
    spectrum = np.abs(np.fft.rfft(noisy(tone(440), 10) - tone(440))) ** 2
    low, high = (part.mean() for part in np.array_split(spectrum, 2))
    assert low == pytest.approx(high, rel=0.05)


@pytest.mark.parametrize("kbps", [64, 128, 320])
def test_mp3_keeps_a_tone_in_its_place(kbps: int) -> None:
    """As long as before, neither early nor late, and almost the same; but not quite."""
    y = tone(1_000)
    found = mp3(y, kbps)
    assert len(found) == len(y)
    assert np.corrcoef(found, y)[0, 1] > 0.99
    assert (found != y).any()


def test_mp3_is_really_lossy() -> None:
    """Of noise, which cannot be compressed, fewer bits keep less."""
    y = np.random.default_rng(0).uniform(-0.5, 0.5, 3 * SAMPLE_RATE).astype(np.float32)
    lost = [power(mp3(y, kbps) - y) / power(y) for kbps in (320, 128, 64)]
    assert lost[0] < lost[1] < lost[2]
    assert lost[2] > 0.01


@pytest.mark.parametrize("seconds", [1.0, 3.0, 10.0])
def test_the_middle_is_as_far_from_both_ends(seconds: float) -> None:
    """So many seconds, with as much before as behind."""
    y = np.arange(12 * SAMPLE_RATE, dtype=np.float32)
    found = middle(y, seconds)
    assert len(found) == seconds * SAMPLE_RATE
    assert abs(found[0] - (y[-1] - found[-1])) <= 1


def test_a_short_recording_is_its_own_middle() -> None:
    """Where there is no more than asked for, all of it stays."""
    y = tone(440, seconds=2.0)
    np.testing.assert_array_equal(middle(y, 3.0), y)
    np.testing.assert_array_equal(middle(y, 2.0), y)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A feature set that is quick to compute."""
    monkeypatch.setitem(discover("pipeline.features", "FEATURES"), LEVEL.name, LEVEL)
    there = modules("pipeline.features", "FEATURES")
    monkeypatch.setitem(there, LEVEL.name, fast_features.__name__)
    one_process = partial(robustness.stream_jobs, jobs=1)
    monkeypatch.setattr(robustness, "stream_jobs", one_process)
    return [LEVEL.name]


@pytest.fixture
def song(tmp_path: Path) -> Path:
    """Eleven seconds of a tone of which only the middle second is loud."""
    y = tone(440, seconds=11.0)
    y[: 5 * SAMPLE_RATE] *= 0.1
    y[6 * SAMPLE_RATE :] *= 0.1
    path = tmp_path / "song.wav"
    path.write_bytes(to_wav(y))
    return path


def forbidden(*args: Any, **named: Any) -> NoReturn:
    raise AssertionError("was done again")


def test_each_distortion_has_its_windows(song: Path, quick: list[str], tmp_path: Path) -> None:
    """One window, four of ten seconds, in every distortion, and at whatever level the same."""
    found = robustness.extract([(song, quick)], tmp_path / "cache", silent)
    assert list(found) == list(DISTORTIONS)
    windows = {name: features[0].windows for name, features in found.items()}
    assert windows == dict.fromkeys(DISTORTIONS, 1) | {"long": 4}
    stds = {name: float(features[0].sets["level"][0, STD]) for name, features in found.items()}
    expected = float(np.std(levelled(middle(decode(song), 3.0))))
    for name in ("none", "quiet_10", "quiet_20", "quiet_30"):
        assert stds[name] == pytest.approx(expected, rel=1e-3), name
    # The loud second alone is all at one level; beside quiet ones it counts for the loudness alone.
    assert stds["short"] > 1.5 * stds["none"]


def test_a_second_run_computes_nothing(
    song: Path, quick: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was distorted once is kept, and is the same."""
    first = robustness.extract([(song, quick)], tmp_path / "cache", silent)
    monkeypatch.setattr(robustness, "decode", forbidden)
    again = robustness.extract([(song, quick)], tmp_path / "cache", silent)
    for name in DISTORTIONS:
        np.testing.assert_array_equal(
            first[name][0].sets["level"], again[name][0].sets["level"], name
        )


def test_an_unreadable_recording_is_an_error(tmp_path: Path, quick: list[str]) -> None:
    """What the first extraction could read must be readable here; if not, it is said."""
    path = tmp_path / "song.wav"
    path.write_text("la la la")
    with pytest.raises(AudioError, match="no audio file"):
        robustness.extract([(path, quick)], tmp_path / "cache", silent)

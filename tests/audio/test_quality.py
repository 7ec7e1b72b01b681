"""What is found about the quality of a recording, on signals whose answer is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import av
import numpy as np
import pandas as pd
import pytest
import soxr
from support import audio_files
from support.audio_files import KINDS, music, sine
from support.signals import SECOND, noise, pcm, sloped

from pipeline.audio.decoding import decode
from pipeline.audio.quality import FRAME_LENGTH, condition, measure

if TYPE_CHECKING:
    from pathlib import Path


def kinds(y: np.ndarray) -> list[str]:
    """Kinds of what is found about y."""
    return [finding.kind for finding in condition(y)]


def test_nothing_is_wrong_with_good_sound() -> None:
    """Pitches over the whole band at a sane level have no finding."""
    assert kinds(music(5)) == []


@pytest.mark.parametrize(
    ("y", "kind"),
    [
        (noise(0.9), "too_short"),
        (np.empty(0, np.float32), "too_short"),
        (np.zeros(3 * SECOND, np.float32), "silent"),
        (np.full(3 * SECOND, 0.5, np.float32), "silent"),
        (noise(3, 0.00005), "silent"),
    ],
    ids=["0.9 s", "nothing", "zeros", "constant", "-86 dB"],
)
def test_fatal_findings_stand_alone(y: np.ndarray, kind: str) -> None:
    """Where an answer would mean nothing there is one finding, and it is fatal."""
    (finding,) = condition(y)
    assert (finding.kind, finding.fatal) == (kind, True)


def test_quiet_is_not_silent() -> None:
    """Music at -50 dB can be classified, and at -70, as quiet music turned down by 30 dB is."""
    assert kinds(music(3, 0.00316)) == []
    assert kinds(music(3, 0.000316)) == []


def test_short_clip_is_announced() -> None:
    """A clip that had to be repeated says how long it was."""
    (finding,) = condition(music(2.1))
    assert (finding.kind, finding.fatal) == ("short", False)
    assert "Only 2.1 s long: it was repeated to fill 3 s" in finding.message


def test_clip_a_few_samples_short_is_not_announced() -> None:
    """GTZAN's 3-s clips have 66,147 samples: three repeated ones change nothing."""
    assert kinds(music(66_147 / SECOND)) == []


@pytest.mark.parametrize(("amplitude", "expected"), [(0.95, []), (4.0, ["clipped"])])
def test_clipping(amplitude: float, expected: list[str]) -> None:
    """Music cut off at full scale is clipped; a peak just below is not."""
    y = music(5, 1.0)
    y *= amplitude / np.abs(y).max()
    assert kinds(np.clip(y, -1, 1)) == expected


def test_clipped_share_counts_runs() -> None:
    """Runs of three or more at the limit count whole; shorter ones are peaks."""
    y = np.zeros(1_000, np.float32)
    y[10:12] = 1
    y[20:23] = 1
    y[30:35] = -1
    assert measure(y).clipped == 8


@pytest.mark.parametrize("level", [0.3, 0.01, 0.003])
@pytest.mark.parametrize("seconds", [1.0, 3.0, 30.0])
@pytest.mark.parametrize("octave_db", [-3, 0, 3, 6], ids=["blue", "white", "pink", "brown"])
def test_noise_is_refused(octave_db: float, seconds: float, level: float) -> None:
    """Of any colour, level and length: an answer about it would mean nothing."""
    (finding,) = condition(decode(pcm(sloped(noise(seconds), octave_db, level))))
    assert (finding.kind, finding.fatal) == ("noise", True)
    assert "only noise to hear" in finding.message


@pytest.mark.parametrize("kind", ["mp3", "ogg opus", "wav mu-law"])
def test_noise_is_refused_after_compression(kind: str) -> None:
    """A codec leaves noise what it is."""
    container, codec, rate, layout, fmt = KINDS[kind]
    channels = av.AudioLayout(layout).nb_channels
    y = np.repeat(soxr.resample(sloped(noise(5), 3), SECOND, rate)[:, None], channels, axis=1)
    data = audio_files.encode(y, rate, container, codec, layout, fmt)
    assert "noise" in kinds(decode(data))


def test_wind_is_refused() -> None:
    """Noise that swells by 12 dB within seconds is noise."""
    swell = 10 ** (0.6 * sine(0.3, 10, SECOND, 1.0))
    assert kinds(0.2 * swell * sloped(noise(10), 5)) == ["noise"]


@pytest.mark.parametrize("hz", [60.0, 440.0, 1_000.0, 5_000.0])
def test_a_tone_is_no_noise(hz: float) -> None:
    """Nor are its rests, though all other bins hold nothing but the noise of 16 bits."""
    y = decode(pcm(sine(hz, 5, SECOND)))
    y[2 * SECOND : 3 * SECOND] = 0
    assert "noise" not in kinds(y)


def test_bursts_are_no_noise() -> None:
    """A beat without any pitch is music."""
    decay = np.exp(-30 * (np.arange(5 * SECOND) % (SECOND // 2)) / SECOND)
    assert "noise" not in kinds(noise(5) * decay.astype(np.float32))


def test_noise_scatters_by_chance() -> None:
    """By Euler's constant in each band, while a lasting tone does not scatter at all."""
    np.testing.assert_allclose(measure(noise(30)).scatter, np.euler_gamma, atol=0.03)
    (scatter,) = (s for s in measure(sine(1_500, 30, SECOND)).scatter if np.isfinite(s))
    assert scatter < 0.01
    assert measure(noise(30)).roughness == pytest.approx(1, abs=0.5)


@pytest.mark.parametrize(("snr_db", "expected"), [(60, []), (20, ["noise"]), (10, ["noise"])])
def test_noisy_music_is_doubtful(snr_db: float, expected: list[str]) -> None:
    """It is not refused, as what stands above the noise can still be heard."""
    y = sloped(music(10), 6) + noise(10, 0.1 * 10 ** (-snr_db / 20))
    found = condition(y)
    assert [finding.kind for finding in found] == expected
    assert not any(finding.fatal for finding in found)


def test_noise_in_real_music(gtzan_root: Path) -> None:
    """Of every eighth GTZAN clip none is called noisy, and with noise 10 dB below none refused."""
    for path in pd.read_csv(gtzan_root / "audio.csv").query("kind != 'clip16k'")["path"][::8]:
        y = decode(gtzan_root / path)
        assert "noise" not in kinds(y), path
        hiss = noise(len(y) / SECOND, np.sqrt(np.mean(y**2) / 10))
        assert not any(finding.fatal for finding in condition(y + hiss)), path


@pytest.mark.parametrize(("rate", "khz"), [(8_000, "4"), (11_025, "5.5"), (16_000, "8")])
def test_low_sampling_rate_is_noticed(rate: int, khz: str) -> None:
    """Sound that was once sampled at 8 or 16 kHz is told by the cliff in its spectrum."""
    (finding,) = condition(decode(pcm(music(5)[: 5 * rate], rate)))
    assert (finding.kind, finding.fatal) == ("band_limited", False)
    assert f"Nothing above {khz} kHz" in finding.message


@pytest.mark.parametrize("octaves", [1, 2, 3])
def test_dark_sound_is_not_band_limited(octaves: int) -> None:
    """Sound that falls by 6, 12 or 18 dB an octave, as of a cello, has no cliff."""
    y = music(10, 1.0)
    slope = np.minimum(1, 200 / np.maximum(np.fft.rfftfreq(len(y), 1 / SECOND), 1)) ** octaves
    dark = np.fft.irfft(np.fft.rfft(y) * slope, len(y))
    assert kinds(decode(pcm(0.5 * dark / np.abs(dark).max()))) == []


@pytest.mark.parametrize("kind", ["mp3", "m4a aac", "ogg opus", "webm vorbis"])
def test_good_codecs_are_not_band_limited(kind: str) -> None:
    """What codecs of usual quality cut away lies too high to matter."""
    container, codec, rate, layout, fmt = KINDS[kind]
    channels = av.AudioLayout(layout).nb_channels
    y = np.repeat(soxr.resample(music(5), SECOND, rate)[:, None], channels, axis=1)
    assert kinds(decode(audio_files.encode(y, rate, container, codec, layout, fmt))) == []


def test_measurements_add_up() -> None:
    """The sum over blocks of whole frames is the measurement of the whole."""
    y = np.clip(noise(20, 0.5), -1, 1)
    size = 100 * FRAME_LENGTH
    parts = [measure(y[at : at + size]) for at in range(0, len(y), size)]
    total, whole = sum(parts[1:], start=parts[0]), measure(y)
    assert (total.samples, total.peak, total.frames) == (whole.samples, whole.peak, whole.frames)
    assert total.total == pytest.approx(whole.total)
    assert total.squares == pytest.approx(whole.squares)
    assert whole.clipped > 0
    assert abs(total.clipped - whole.clipped) <= 2 * len(parts)
    for name in ("spectrum", "levelled", "log_levelled"):
        np.testing.assert_allclose(getattr(total, name), getattr(whole, name), rtol=1e-5)
    assert total.seconds == pytest.approx(20)


def test_level_of_a_sine() -> None:
    """A sine of amplitude 1/2 lies at -9.03 dB, with or without an offset."""
    y = sine(1_000, 3, SECOND)
    assert measure(y).rms_db == pytest.approx(-9.03, abs=0.01)
    assert measure(y + np.float32(0.3)).rms_db == pytest.approx(-9.03, abs=0.01)


def test_findings_on_real_music(gtzan_root: Path) -> None:
    """Of every eighth GTZAN clip none is called band-limited, and each one sampled at 8 kHz is."""
    tracks = pd.read_csv(gtzan_root / "audio.csv").query("kind == 'clip'")
    for path in tracks["path"][::8]:
        y = decode(gtzan_root / path, max_seconds=10)
        assert not {"band_limited", "silent", "too_short"} & set(kinds(y)), path
        telephone = np.clip(soxr.resample(y, SECOND, 8_000), -1, 1)
        assert "band_limited" in kinds(decode(pcm(telephone, 8_000))), path


def test_music_without_high_tones_is_noticed(gtzan_root: Path) -> None:
    """The GTZAN recordings that exist at 16 kHz only are all found out."""
    for path in sorted((gtzan_root / "audio16k").glob("*/*"))[::6]:
        assert kinds(decode(path)) == ["band_limited"], path

"""Figures of a recording draw what was found in it."""

from __future__ import annotations

import base64
import io

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from dashboard.figures import sound


def test_shares_put_the_largest_on_top() -> None:
    """Bars of all genres; the last one drawn, the top, is the longest."""
    bars = sound.shares(pd.Series({"blues": 0.2, "jazz": 0.7, "rock": 0.1})).data[0]
    assert list(bars.y) == ["rock", "blues", "jazz"]
    assert list(bars.text) == ["10%", "20%", "70%"]


WINDOWS = pd.DataFrame(
    {"start": [0.0, 3.0], "end": [3.0, 6.0], "jazz": [0.25, 1], "rock": [0.75, 0]}
)


def test_timeline_reaches_to_the_end() -> None:
    """Each window's probabilities hold from its start, the last one's to its end."""
    drawn = sound.timeline(WINDOWS, ["jazz", "rock"], np.zeros((128, 50)), 6.0, 22_050)
    jazz, rock, moments, below = drawn.data
    assert list(jazz.x) == [0, 3, 6]
    assert list(jazz.y) == [0.25, 1, 1]
    np.testing.assert_allclose(np.add(jazz.y, rock.y), 1)
    assert list(moments.customdata) == list(below.customdata) == [0, 3]
    assert below.yaxis == "y2"
    assert {trace.xaxis for trace in drawn.data} == {None}  # one axis of time for all
    assert list(drawn.layout.xaxis.range) == [0, 6]


def test_the_spectrogram_is_a_picture_over_its_bands_and_seconds() -> None:
    """Its loudest point is the brightest, what is 80 dB below is black, high bands are on top."""
    mel_db = np.full((128, 50), -90.0)
    mel_db[127, 0] = 0
    [image] = sound.timeline(WINDOWS, ["jazz", "rock"], mel_db, 6.0, 22_050).layout.images
    assert (image.x, image.y, image.sizex, image.sizey) == (0, 127.5, 6.0, 128)
    assert (image.xref, image.yref, image.sizing) == ("x", "y2", "stretch")
    encoded = image.source.removeprefix("data:image/png;base64,")
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(encoded))).convert("RGB"))
    assert pixels.shape == (128, 50, 3)
    assert pixels[0, 0].sum() > 600
    assert pixels[1:].max() < 10


def test_parts_of_a_passage_lie_where_they_were_covered() -> None:
    """Eight bands and six times span the picture of what the network was given."""
    lost = np.zeros((8, 6))
    lost[7, 0] = 0.3
    below, above = sound.seen(np.zeros((187, 96)), lost, 12.0, 3.0).data
    assert below.z.shape == (96, 187)
    assert (above.x[0], above.x[-1]) == (12.0, 15.0)
    assert (above.y[0], above.y[-1]) == (-0.5, 95.5)
    assert above.z[7][0] == 30  # points; high, and first
    assert (above.zmin, above.zmax) == (-30, 30)


def test_contributions_are_signed_points() -> None:
    """Bars keep their order; what speaks against has another colour."""
    values = pd.Series({"tempo": 0.2, "rms_mean": -0.1})
    bars = sound.contributions(values, ["beats", "level"]).data[0]
    assert list(bars.y) == ["tempo", "rms_mean"]
    assert list(bars.text) == ["+20.0", "-10.0"]
    assert len(set(bars.marker.color)) == 2


def test_mel_figure_labels_frequencies_where_they_are() -> None:
    """The tick of 1 kHz stands at the band whose centre is 1 kHz."""
    import librosa

    figure = sound.timeline(WINDOWS, ["jazz", "rock"], np.zeros((128, 50)), 3.0, 22_050)
    place = dict(zip(figure.layout.yaxis2.ticktext, figure.layout.yaxis2.tickvals, strict=True))
    centres = librosa.mel_frequencies(130, fmin=0, fmax=11_025)[1:-1]
    assert place["1000"] == pytest.approx(np.interp(1000, centres, np.arange(128)), abs=1)


def test_smoothing_keeps_the_mean() -> None:
    """Smoothed windows are means around each; of long recordings few steps remain, and no time."""
    n = 1200
    start = 3.0 * np.arange(n)
    p = np.random.default_rng(0).random(n)
    windows = pd.DataFrame({"start": start, "end": start + 3, "a": p, "b": 1 - p})
    raw = sound.smoothed(windows.iloc[:100], ["a", "b"], 0)
    np.testing.assert_allclose(raw, windows.iloc[:100])
    five = sound.smoothed(windows.iloc[:100], ["a", "b"], 15)
    assert five["a"].iloc[50] == pytest.approx(p[48:53].mean())
    long = sound.smoothed(windows, ["a", "b"], 0)
    assert len(long) == sound.MAX_STEPS
    assert long["a"].mean() == pytest.approx(p.mean())
    assert (long["start"].iloc[0], long["end"].iloc[-1]) == (0, 3.0 * n)
    assert (long["start"].iloc[1:].to_numpy() == long["end"].iloc[:-1].to_numpy()).all()

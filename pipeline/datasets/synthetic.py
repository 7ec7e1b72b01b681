"""Four genres that a program plays: audio for tests and for a first look, without a download.

A genre is a way of playing, an artist a key, a tempo and a timbre, a track a seed.
"""

import os
import wave
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pipeline.datasets import Dataset, Track
from pipeline.errors import DatasetError

SR = 22_050
TRACKS_PER_ARTIST = 3
HEADER_BYTES = 44
MINOR_PENTATONIC = np.array([0, 3, 5, 7, 10, 12])

Signal: TypeAlias = NDArray[np.float64]
Part: TypeAlias = Literal["train", "valid", "test"]


@dataclass(frozen=True)
class Artist:
    """Who plays: ``key`` in Hz, ``tempo`` in beats per minute, ``dark`` damps the overtones."""

    name: str
    key: float
    tempo: float
    dark: float
    split: Part


ARTISTS = (
    Artist("A", key=55.0, tempo=96.0, dark=1.0, split="train"),
    Artist("B", key=61.7, tempo=110.0, dark=1.4, split="train"),
    Artist("C", key=65.4, tempo=124.0, dark=0.8, split="train"),
    Artist("D", key=73.4, tempo=132.0, dark=1.2, split="valid"),
    Artist("E", key=58.3, tempo=118.0, dark=0.9, split="test"),
)
TRACKS_PER_GENRE = TRACKS_PER_ARTIST * len(ARTISTS)


def _tone(hz: float | Signal, t: Signal, dark: float, overtones: int = 4) -> Signal:
    k = np.arange(1, overtones + 1)[:, None]  # (overtones, 1)
    return np.asarray((np.sin(2 * np.pi * k * hz * t) / k**dark).sum(axis=0))  # (n,)


def _drone(artist: Artist, rng: np.random.Generator, t: Signal) -> Signal:
    """Slow pads: pairs of detuned tones that swell and beat against each other."""
    y = np.zeros_like(t)
    for ratio in (1.0, 1.5, 2.0, 3.0):
        swell = 1 + 0.5 * np.sin(2 * np.pi * (rng.uniform(0.05, 0.2) * t + rng.random()))
        for detune in rng.normal(1, 0.003, size=2):
            y += swell * _tone(2 * artist.key * ratio * detune, t, artist.dark + 1, overtones=3)
    return y


def _pulse(artist: Artist, rng: np.random.Generator, t: Signal) -> Signal:
    """Four to the floor: a kick on each beat, a click between beats, a bass that answers."""
    beat = t * artist.tempo / 60
    phase, off = beat % 1, (beat + 0.5) % 1
    kick = np.exp(-9 * phase) * np.sin(2 * np.pi * 50 * phase)
    click = np.exp(-60 * off) * rng.standard_normal(t.size)
    notes = rng.choice(MINOR_PENTATONIC, size=int(beat[-1]) + 1)[beat.astype(int)]
    bass = np.exp(-2 * off) * _tone(artist.key * 2 ** (notes / 12), t, artist.dark)
    return 2 * kick + click + 0.5 * bass


def _arpeggio(artist: Artist, rng: np.random.Generator, t: Signal) -> Signal:
    """Bright plucked notes, four a beat."""
    step = t * artist.tempo / 15
    notes = rng.choice(MINOR_PENTATONIC, size=int(step[-1]) + 1)[step.astype(int)]
    since = (step % 1) * 15 / artist.tempo  # seconds since the note was plucked
    return np.exp(-12 * since) * _tone(16 * artist.key * 2 ** (notes / 12), since, artist.dark)


def _noise(artist: Artist, rng: np.random.Generator, t: Signal) -> Signal:
    """Bursts of filtered noise at irregular beats."""
    spectrum = np.fft.rfft(rng.standard_normal(t.size))
    hz = np.fft.rfftfreq(t.size, 1 / SR)
    centre, width = 3000 / artist.dark, 600 * artist.dark
    band = np.fft.irfft(spectrum * np.exp(-(((hz - centre) / width) ** 2)), n=t.size)
    beat = t * artist.tempo / 30
    loudness = rng.choice([0.05, 0.4, 1.0], size=int(beat[-1]) + 1)[beat.astype(int)]
    return np.asarray(loudness * np.exp(-3 * (beat % 1)) * band)


GENRES: dict[str, Callable[[Artist, np.random.Generator, Signal], Signal]] = {
    "arpeggio": _arpeggio,
    "drone": _drone,
    "noise": _noise,
    "pulse": _pulse,
}


def tracks(root: Path | None) -> list[Track]:
    """Render what is missing and list all tracks, sorted by id.

    Parameters
    ----------
    root
        Where the audio goes, ``<genre>/<genre>.NN.wav``. None: ``synthetic`` in the folder that the
        environment variable ``GENRESCOPE_CACHE`` names, or in ``.cache``.

    Raises
    ------
    DatasetError
        If the folder cannot be written.
    """
    folder = root or Path(os.environ.get("GENRESCOPE_CACHE", ".cache")) / "synthetic"
    try:
        return [_track(folder, genre, n) for genre in GENRES for n in range(TRACKS_PER_GENRE)]
    except OSError as error:
        raise DatasetError(
            f"Cannot write synthetic audio to {folder}: {error.strerror}. "
            "Set GENRESCOPE_CACHE to a folder that you may write to."
        ) from error


def _track(folder: Path, genre: str, n: int) -> Track:
    artist = ARTISTS[n // TRACKS_PER_ARTIST]
    track_id = f"{genre}.{n:02d}"
    path = folder / genre / f"{track_id}.wav"
    _render(path, genre, artist, np.random.default_rng([*track_id.encode()]))
    return Track(
        track_id=track_id,
        genre=genre,
        path=path,
        artist=f"{genre} {artist.name}",
        title=f"{genre.capitalize()} no. {n % TRACKS_PER_ARTIST + 1}",
        split=artist.split,
    )


def _render(path: Path, genre: str, artist: Artist, rng: np.random.Generator) -> None:
    """Write 4 to 7 s of mono 16-bit audio, unless a file of the right size is there."""
    t = np.arange(int(SR * rng.uniform(4, 7))) / SR
    if path.is_file() and path.stat().st_size == HEADER_BYTES + 2 * t.size:
        return
    y = GENRES[genre](artist, rng, t)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file, wave.open(file) as out:
        out.setparams((1, 2, SR, t.size, "NONE", ""))
        out.writeframes((y / np.abs(y).max() * 0.7 * 32767).astype("<i2").tobytes())


DATASET = Dataset(
    name="synthetic",
    title="Synthetic",
    licence="Made by this project's code, under its licence.",
    citation="pipeline/datasets/synthetic.py",
    layout="nothing: the audio is rendered when it is first asked for",
    notes=(
        "The four genres are easy to tell apart: a model that scores less than perfectly on them "
        "is broken, and one that scores perfectly has shown nothing else.",
        "The split is ours: three artists a genre to learn from, one to validate, one to test.",
    ),
    tracks=tracks,
)

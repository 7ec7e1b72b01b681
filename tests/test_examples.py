"""The demo page's example pieces: files, index and the notes they are rendered from agree."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tools.render_examples.__main__ import index
from tools.render_examples.notation import midi_keys, split_bars
from tools.render_examples.performance import write_midi
from tools.render_examples.pieces import PIECES
from tools.render_examples.synthesiser import find_tools

EXAMPLES = Path(__file__).parents[1] / "dashboard" / "examples"
INDEX: list[dict[str, str]] = json.loads((EXAMPLES / "index.json").read_text(encoding="utf-8"))
FILES = [entry["file"] for entry in INDEX]
STEP = re.compile(r"[.-]|/?([A-G][#b]?\d)+[!,']?")  # of a part's notes
STRUCK = re.compile(r"[xXo.\d-]+")  # a bar of a rhythm or a drum


def decode(file: str) -> tuple[np.ndarray, int]:
    """Decode an example into audio of shape (n, channels) and its sampling rate."""
    y, sr = soundfile.read(EXAMPLES / file, always_2d=True)
    return y, sr


def decibels(amplitude: float) -> float:
    """Level relative to full scale."""
    return float(20 * np.log10(amplitude))


def test_index_lists_every_file_once() -> None:
    """The index and the folder's audio files match one to one."""
    assert sorted(FILES) == sorted(path.name for path in EXAMPLES.glob("*.mp3"))


def test_index_is_what_rendering_writes() -> None:
    """Titles, styles and order in the index are those of the pieces written."""
    assert index() == INDEX


def test_every_entry_is_described() -> None:
    """Every entry of the index has a file, a title, a style and a description, none empty."""
    for entry in INDEX:
        assert set(entry) == {"file", "title", "style", "description"}
        assert all(entry.values()), entry


@pytest.mark.parametrize("file", FILES)
def test_example_is_short_and_small(file: str) -> None:
    """An example lasts 6 to 10 seconds and takes at most 150 kB."""
    y, sr = decode(file)
    assert 6 <= len(y) / sr <= 10
    assert (EXAMPLES / file).stat().st_size <= 150_000


@pytest.mark.parametrize("file", FILES)
def test_example_is_neither_quiet_nor_clipped(file: str) -> None:
    """An example peaks within 6 dB under full scale, never at it, and its mean level is sane."""
    y, _ = decode(file)
    assert -6 < decibels(np.abs(y).max()) < -0.5
    assert -22 < decibels(np.sqrt(np.mean(y**2))) < -14


@pytest.mark.parametrize("file", FILES)
def test_example_survives_the_mix_to_mono(file: str) -> None:
    """Mixing an example to mono, as the models do, leaves at least half of its power."""
    y, _ = decode(file)
    assert np.mean(y.mean(axis=1) ** 2) > 0.5 * np.mean(y**2)


@pytest.mark.parametrize("file", FILES)
def test_example_sounds_at_once_and_throughout(file: str) -> None:
    """An example starts within 0.1 s, has no silent half second and ends faded out."""
    y, sr = decode(file)
    assert decibels(np.abs(y[: sr // 10]).max()) > -40
    for start in range(0, len(y) - sr, sr // 2):
        assert decibels(np.sqrt(np.mean(y[start : start + sr // 2] ** 2))) > -40
    assert decibels(np.abs(y[-sr // 100 :]).max() + 1e-9) < -40


def test_notes_are_readable() -> None:
    """Every step written is one that its notation knows."""
    for piece in PIECES:
        for part in piece.parts:
            bars = split_bars(part.notes)
            assert all(STEP.fullmatch(step) for bar in bars for step in bar.split()), piece.name
        struck = [part.rhythm for part in piece.parts if part.rhythm] + [*piece.drums.values()]
        for line in struck:
            assert all(STRUCK.fullmatch(bar) for bar in split_bars(line)), line


def test_notes_are_the_same_every_time() -> None:
    """A piece's unevenness is seeded: writing it twice gives the same MIDI file."""
    for piece in PIECES:
        assert write_midi(piece) == write_midi(piece)


def test_a_written_chord_gives_its_midi_keys() -> None:
    """Pitches are read with middle C as 60, sharps up and flats down, in the order written."""
    assert midi_keys("/C4F#2Bb3!") == (60, 42, 58)


def test_missing_synthesiser_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without FluidSynth rendering ends with the command that installs it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit, match="apt-get install fluidsynth"):
        find_tools()

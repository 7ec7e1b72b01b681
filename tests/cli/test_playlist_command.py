"""The command playlist: tracks near one, or of a genre."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.commands import run
from support.odd_benchmarks import Shape, benchmark

from pipeline.cli import playlist as command
from pipeline.inference.neighbours import near_track

if TYPE_CHECKING:
    from pipeline.artifacts.reader import Artifacts


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Artifacts:
    """A benchmark of random answers whose tracks' features are stored."""
    return benchmark("odd", Shape(live=True), tmp_path_factory.mktemp("odd"))


@pytest.fixture
def asked(odd: Artifacts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The command about a folder with the recordings."""
    paths = {name: tmp_path / f"{name}.mp3" for name in odd.tracks["track_id"]}
    monkeypatch.setattr(command, "track_paths", lambda name, folder: paths)
    return ["playlist", "odd", "--data", tmp_path, "--artifacts", odd.folder.parent]


def listed(text: str) -> list[str]:
    """Ids of the tracks, whose files bear them."""
    return [Path(line).stem for line in text.splitlines() if line and not line.startswith("#")]


def test_tracks_near_one_come_in_order(odd: Artifacts, asked: list[object]) -> None:
    """The track itself, then its nearest in the space of the model that is named."""
    track = odd.tracks["track_id"].iloc[1]
    done = run(*asked, "--near", track, "--n", 4, "--model", "m1")
    assert done.code == 0
    assert done.out.startswith("#EXTM3U\n#EXTINF:")
    assert listed(done.out) == [track, *near_track(odd, "m1", track, 3)["track_id"]]


def test_a_genre_limits_what_is_near(odd: Artifacts, asked: list[object], tmp_path: Path) -> None:
    """All its tracks; with a track, those of them, the nearest first; into a file on request."""
    genre = odd.tracks.set_index("track_id")["genre"]
    blues = genre.index[genre == "blues"].tolist()
    assert listed(run(*asked, "--genre", "blues").out) == blues
    output = tmp_path / "lists" / "x.m3u8"
    output.parent.mkdir()
    done = run(*asked, "--genre", "blues", "--near", blues[0], "-o", output, "--relative")
    assert done.out == f"Wrote {output}\n"
    text = output.read_text(encoding="utf-8")
    assert listed(text)[0] == blues[0]
    assert sorted(listed(text)) == sorted(blues)
    assert f"\n../{blues[0]}.mp3\n" in text


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "Which tracks?"),
        (["--genre", "polka"], "There is no genre 'polka' in this benchmark. There are blues"),
        (["--near", "nobody"], "There is no track 'nobody' in this benchmark. Its first one is"),
        (["--near", "blues0", "--model", "m9"], "m9"),
    ],
)
def test_nonsense_is_said(
    odd: Artifacts, asked: list[object], words: list[str], sentence: str
) -> None:
    """A sentence with the value and the cure, and exit code 2."""
    words = [odd.tracks["track_id"].iloc[0] if word == "blues0" else word for word in words]
    done = run(*asked, *words)
    assert done.code == 2
    assert sentence in done.err


def test_a_folder_without_the_recordings_is_said(odd: Artifacts, tmp_path: Path) -> None:
    """Its name and what it should hold."""
    done = run(
        *("playlist", "odd", "--data", tmp_path, "--genre", "blues"),
        *("--artifacts", odd.folder.parent),
    )
    assert done.code == 2
    assert f"{tmp_path} holds no recordings of odd" in done.err

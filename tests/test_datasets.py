"""Data sets: the facts, the layouts they accept, and what they say when something is wrong."""

import csv
import re
import unicodedata
import wave
from collections import Counter
from pathlib import Path

import pytest

from pipeline.datasets import Track, gtzan, synthetic
from pipeline.errors import DatasetError

DOCS = Path(__file__).parents[1] / "docs" / "data.md"
FAULTS = ("repetition of", "same piece as", "version of", "distorted", "left out of")


def lay_out(folder: Path, *names: str) -> Path:
    """Make empty files ``<genre>/<name>`` in a folder."""
    for name in names:
        path = folder / name.split(".")[0] / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder


def all_tracks(folder: Path) -> list[Track]:
    """List all 1000 GTZAN clips, as empty files."""
    return gtzan.tracks(lay_out(folder, *(f"{track_id}.au" for track_id in gtzan.facts())))


def letters(name: str) -> str:
    """Keep letters and digits only, without accents and case, and no leading "the"."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    return re.sub(r"^the\b|\band\b|[^a-z0-9]", "", plain)


def documented(header: str) -> dict[str, list[str]]:
    """Read the table below a header of docs/data.md: ``{first cell: other cells}``."""
    lines = DOCS.read_text(encoding="utf-8").split(header)[1].splitlines()[2:]
    rows = [line.strip("|").split("|") for line in lines[: lines.index("")]]
    return {first.strip(): [cell.strip() for cell in rest] for first, *rest in rows}


# ----------------------------------------------------------------------------- GTZAN's facts


def test_gtzan_has_a_hundred_clips_a_genre(tmp_path: Path) -> None:
    """The facts name 1000 clips, 100 in each of the ten genres, in order."""
    tracks = all_tracks(tmp_path)
    assert Counter(track.genre for track in tracks) == dict.fromkeys(gtzan.GENRES, 100)
    assert [track.track_id for track in tracks] == sorted(gtzan.facts())


def test_gtzan_split_has_the_published_sizes(tmp_path: Path) -> None:
    """The fault-filtered split has 443, 197 and 290 clips and leaves out 70."""
    sizes = Counter(track.split for track in all_tracks(tmp_path))
    assert sizes == {"train": 443, "valid": 197, "test": 290, None: 70}


def test_gtzan_spells_each_artist_in_one_way() -> None:
    """No two artists differ only in case, accents, punctuation, "the" or "and"."""
    artists = {fact["artist"] for fact in gtzan.facts().values()} - {""}
    assert all(artist == artist.strip() for artist in artists)
    assert [name for name, n in Counter(map(letters, artists)).items() if n > 1] == []


def test_gtzan_unknown_artists_are_artists_of_their_own(tmp_path: Path) -> None:
    """A clip by an unknown artist shares it with none but the clip of the same song."""
    tracks = all_tracks(tmp_path)
    artists = Counter(track.artist for track in tracks)
    own = [track for track in tracks if track.artist == track.track_id]
    assert len(own) == 80
    assert {
        track.track_id: artists[track.artist] for track in own if artists[track.artist] > 1
    } == {"pop.00010": 2}


def test_gtzan_split_shares_only_duet_partners(tmp_path: Path) -> None:
    """The split's parts share no known artist but two that sing a duet in another part."""
    parts: dict[str, dict[str | None, list[str]]] = {}
    for track in all_tracks(tmp_path):
        if track.split and gtzan.facts()[track.track_id]["artist"] not in ("", "pop.00010"):
            parts.setdefault(track.artist, {}).setdefault(track.split, []).append(track.track_id)
    shared = {artist: min(ids.values(), key=len) for artist, ids in parts.items() if len(ids) > 1}
    assert shared == {"Bob Marley": ["reggae.00087"], "Donna Summer": ["disco.00047"]}


def test_gtzan_faults_point_to_clips_that_exist() -> None:
    """Each fault is of a known kind, and a clip it names is another one by the same artist."""
    facts = gtzan.facts()
    for track_id, fact in facts.items():
        for fault in filter(None, fact["fault"].split("; ")):
            assert fault.startswith(FAULTS)
            if other := re.search(r"[a-z]+\.\d{5}", fault):
                assert other[0] != track_id
                artists = {fact["artist"], facts[other[0]]["artist"]} - {"", "pop.00010"}
                assert len(artists) <= 1


def test_gtzan_repetitions_are_not_in_the_split() -> None:
    """The split holds at most one clip of each group of exact repetitions."""
    facts = gtzan.facts()
    repeated = [fact for fact in facts.values() if "repetition" in fact["fault"]]
    assert len(repeated) == 50
    assert {fact["split"] for fact in repeated} == {""}


def test_gtzan_twins_stand_in_one_part_of_the_split() -> None:
    """Further excerpts and versions are in the part of their twin, but for one of them."""
    facts = gtzan.facts()
    twins = {
        track_id: other[1]
        for track_id, fact in facts.items()
        if fact["split"] and (other := re.search(r"(?:piece as|version of) (\S+)$", fact["fault"]))
    }
    assert f"{len(twins)} clips are still in it" in DOCS.read_text(encoding="utf-8")
    assert [a for a, b in twins.items() if facts[a]["split"] != facts[b]["split"]] == ["pop.00014"]


def test_gtzan_left_out_clips_have_a_reason() -> None:
    """Every clip that the split leaves out says why, or that no reason was found."""
    assert all(fact["fault"] for fact in gtzan.facts().values() if not fact["split"])


# ----------------------------------------------------------------------------- GTZAN's folder


@pytest.mark.parametrize("folder", ["", "audio", "genres", "genres_original"])
def test_gtzan_is_found_in_each_layout(tmp_path: Path, folder: str) -> None:
    """The genre folders may stand in the folder itself or in one of three folders in it."""
    lay_out(tmp_path / folder, "rock.00001.wav", "blues.00000.FLAC")
    tracks = gtzan.tracks(tmp_path)
    assert [track.track_id for track in tracks] == ["blues.00000", "rock.00001"]
    assert tracks[0].path == tmp_path / folder / "blues" / "blues.00000.FLAC"
    assert tracks[0].artist == "John Lee Hooker"


def test_gtzan_ignores_other_files(tmp_path: Path) -> None:
    """Tables, hidden files, pictures, other folders and clips that GTZAN lacks do not count."""
    lay_out(tmp_path, "pop.00000.wav", "pop.00000.csv", "pop.00100.wav", "pop.00000.0.wav")
    lay_out(tmp_path, "techno.00000.wav")
    lay_out(tmp_path / "audio16k", "pop.00001.wav")
    (tmp_path / "pop" / ".pop.00002.wav").touch()
    (tmp_path / "pop" / "jazz.00000.wav").touch()
    assert [track.track_id for track in gtzan.tracks(tmp_path)] == ["pop.00000"]


def test_gtzan_refuses_two_files_of_one_clip(tmp_path: Path) -> None:
    """Two files of one id in a folder are an error that names both."""
    lay_out(tmp_path, "jazz.00007.wav", "jazz.00007.mp3")
    with pytest.raises(DatasetError, match=r"jazz\.00007\.mp3 and .*jazz\.00007\.wav\. Remove one"):
        gtzan.tracks(tmp_path)


def test_gtzan_says_what_it_needs(tmp_path: Path) -> None:
    """Without a folder, with a missing one or an empty one the message shows the layout."""
    with pytest.raises(DatasetError, match=r"needs a folder.*blues/blues\.00000\.wav"):
        gtzan.tracks(None)
    with pytest.raises(DatasetError, match=r"nowhere is not a folder.*blues/blues\.00000\.wav"):
        gtzan.tracks(tmp_path / "nowhere")
    with pytest.raises(DatasetError, match=r"no GTZAN clips in .*blues/blues\.00000\.wav"):
        gtzan.tracks(tmp_path)


def test_gtzan_audio_at_hand_is_all_known(gtzan_root: Path) -> None:
    """Every audio file in the real folder is a clip with facts: 563 of the 1000."""
    tracks = gtzan.tracks(gtzan_root)
    files = [path for path in tracks[0].path.parents[1].glob("*/*") if path.is_file()]
    assert len(tracks) == len(files) == 563
    assert all(track.path.is_file() for track in tracks)


# ----------------------------------------------------------------------------- docs/data.md


def test_docs_count_the_faults() -> None:
    """The table of faults in docs/data.md agrees with gtzan.csv."""
    faults = "; ".join(fact["fault"] for fact in gtzan.facts().values())
    table = documented("| fault in `gtzan.csv` | clips | found in |")
    counts = {kind.split()[0]: int(n) for kind, (n, _) in table.items()}
    assert counts == {kind.split()[0]: faults.count(kind) for kind in FAULTS}


def test_docs_count_the_split() -> None:
    """The table of the split in docs/data.md agrees with gtzan.csv."""
    table = documented("| part | clips |")
    sizes = Counter(fact["split"] or "left out" for fact in gtzan.facts().values())
    assert {part: int(clips) for part, (clips,) in table.items()} == sizes


def test_docs_count_the_artists() -> None:
    """The artists in docs/data.md are the most frequent ones, with their clips."""
    clips = Counter(fact["artist"] for fact in gtzan.facts().values())
    unknown = clips.pop("") + clips.pop("pop.00010")
    table = {artist: int(n) for artist, (n,) in documented("| artist | clips |").items()}
    assert table == dict(clips.most_common(len(table)))
    text = DOCS.read_text(encoding="utf-8")
    assert f"{len(clips)} artists are known" in text
    assert f"{unknown} clips have an unknown artist" in text


def test_docs_count_the_audio(gtzan_root: Path) -> None:
    """The table of audio in docs/data.md agrees with the folder and with its list of lengths."""
    listed = gtzan_root / "audio.csv"
    if not listed.is_file():
        pytest.skip(f"{listed}, the list of lengths, is not there")
    tracks = {track.track_id: track for track in gtzan.tracks(gtzan_root)}
    with listed.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] in ("clip", "excerpt")]
    assert {row["track_id"] for row in rows} == set(tracks)
    every = Counter(row["genre"] for row in rows)
    long = Counter(row["genre"] for row in rows if float(row["seconds"]) >= 15)
    table = documented("| genre | tracks | of these 15 s and longer |")
    assert {genre: [int(n) for n in cells] for genre, cells in table.items()} == {
        genre: [every[genre], long[genre]] for genre in gtzan.GENRES
    }
    assert f"{len(rows)} could be had: {long.total()} clips" in DOCS.read_text(encoding="utf-8")


# ----------------------------------------------------------------------------- synthetic


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Track]]:
    """Render the synthetic tracks into a folder; give both."""
    folder = tmp_path_factory.mktemp("synthetic")
    return folder, synthetic.tracks(folder)


def test_synthetic_has_four_genres(rendered: tuple[Path, list[Track]]) -> None:
    """There are four genres of fifteen tracks, sorted by id, each id once."""
    _, tracks = rendered
    assert set(Counter(track.genre for track in tracks).values()) == {15}
    assert len({track.genre for track in tracks}) == 4
    ids = [track.track_id for track in tracks]
    assert ids == sorted(set(ids))


def test_synthetic_artists_play_three_tracks_in_one_part(
    rendered: tuple[Path, list[Track]],
) -> None:
    """An artist plays three tracks of one genre, all in the same part of the split."""
    _, tracks = rendered
    assert set(Counter(track.artist for track in tracks).values()) == {3}
    assert len({(track.artist, track.genre, track.split) for track in tracks}) == 20
    assert Counter(track.split for track in tracks) == {"train": 36, "valid": 12, "test": 12}


def test_synthetic_tracks_are_short_mono_audio(rendered: tuple[Path, list[Track]]) -> None:
    """Each file is mono, 16-bit, 22,050 Hz and lasts 4 to 7 s."""
    for track in rendered[1]:
        with wave.open(str(track.path)) as audio:
            assert (audio.getnchannels(), audio.getsampwidth()) == (1, 2)
            assert audio.getframerate() == 22_050
            assert 4 <= audio.getnframes() / 22_050 <= 7


def test_synthetic_audio_is_reproducible(
    rendered: tuple[Path, list[Track]], tmp_path: Path
) -> None:
    """A second rendering gives the same bytes, and no two tracks are alike."""
    first = [track.path.read_bytes() for track in rendered[1]]
    second = [track.path.read_bytes() for track in synthetic.tracks(tmp_path)]
    assert first == second
    assert len(set(first)) == len(first)


def test_synthetic_audio_is_written_once(rendered: tuple[Path, list[Track]]) -> None:
    """A second call leaves whole files alone and writes a damaged one again."""
    folder, tracks = rendered
    whole, damaged = tracks[0].path, tracks[1].path
    before, sound = whole.stat().st_mtime_ns, damaged.read_bytes()
    damaged.write_bytes(sound[:1000])
    assert synthetic.tracks(folder) == tracks
    assert whole.stat().st_mtime_ns == before
    assert damaged.read_bytes() == sound


def test_synthetic_goes_to_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a folder the audio goes to GENRESCOPE_CACHE, or else to .cache."""
    monkeypatch.setattr(synthetic, "_render", lambda *_: None)
    monkeypatch.setenv("GENRESCOPE_CACHE", str(tmp_path))
    assert synthetic.tracks(None)[0].path == tmp_path / "synthetic/arpeggio/arpeggio.00.wav"
    monkeypatch.delenv("GENRESCOPE_CACHE")
    assert synthetic.tracks(None)[0].path == Path(".cache/synthetic/arpeggio/arpeggio.00.wav")


def test_synthetic_says_where_it_cannot_write(tmp_path: Path) -> None:
    """A folder that cannot be written is an error that names it and the cure."""
    (tmp_path / "file").touch()
    with pytest.raises(DatasetError, match=r"Cannot write .*file: .* Set GENRESCOPE_CACHE"):
        synthetic.tracks(tmp_path / "file")

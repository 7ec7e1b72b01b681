"""GTZAN: its facts, the layouts that are accepted, and what docs/data.md says of it."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from support.tables import cells, documentation, documented, lay_out

from pipeline.datasets import gtzan
from pipeline.errors import DatasetError

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.datasets import Track

FAULTS = ("repetition of", "same piece as", "version of", "distorted", "left out of")


def clips(folder: Path, *names: str) -> Path:
    """Make empty files ``<genre>/<name>`` in a folder."""
    return lay_out(folder, *(f"{name.split('.')[0]}/{name}" for name in names))


def all_tracks(folder: Path) -> list[Track]:
    """List all 1000 GTZAN clips, as empty files."""
    return gtzan.tracks(clips(folder, *(f"{track_id}.au" for track_id in gtzan.facts())))


def letters(name: str) -> str:
    """Keep letters and digits only, without accents and case, and no leading "the"."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    return re.sub(r"^the\b|\band\b|[^a-z0-9]", "", plain)


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
    """Further excerpts and versions are in the part of their near duplicate, but for one."""
    facts = gtzan.facts()
    twins = {
        track_id: other[1]
        for track_id, fact in facts.items()
        if fact["split"] and (other := re.search(r"(?:piece as|version of) (\S+)$", fact["fault"]))
    }
    assert f"{len(twins)} clips are still in it" in documentation()
    assert [a for a, b in twins.items() if facts[a]["split"] != facts[b]["split"]] == ["pop.00014"]


def test_gtzan_left_out_clips_have_a_reason() -> None:
    """Every clip that the split leaves out says why, or that no reason was found."""
    assert all(fact["fault"] for fact in gtzan.facts().values() if not fact["split"])


@pytest.mark.parametrize("folder", ["", "audio", "genres", "genres_original"])
def test_gtzan_is_found_in_each_layout(tmp_path: Path, folder: str) -> None:
    """The genre folders may stand in the folder itself or in one of three folders in it."""
    clips(tmp_path / folder, "rock.00001.wav", "blues.00000.FLAC")
    tracks = gtzan.tracks(tmp_path)
    assert [track.track_id for track in tracks] == ["blues.00000", "rock.00001"]
    assert tracks[0].path == tmp_path / folder / "blues" / "blues.00000.FLAC"
    assert tracks[0].artist == "John Lee Hooker"


def test_gtzan_ignores_other_files(tmp_path: Path) -> None:
    """Tables, hidden files, pictures, other folders and clips that GTZAN lacks do not count."""
    clips(tmp_path, "pop.00000.wav", "pop.00000.csv", "pop.00100.wav", "pop.00000.0.wav")
    clips(tmp_path, "techno.00000.wav")
    clips(tmp_path / "audio8k", "pop.00001.wav")
    (tmp_path / "pop" / ".pop.00002.wav").touch()
    (tmp_path / "pop" / "jazz.00000.wav").touch()
    assert [track.track_id for track in gtzan.tracks(tmp_path)] == ["pop.00000"]


def test_gtzan_refuses_two_files_of_one_clip(tmp_path: Path) -> None:
    """Two files of one id in a folder are an error that names both."""
    clips(tmp_path, "jazz.00007.wav", "jazz.00007.mp3")
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
    """Every audio file in the real folders is a clip with facts: 587 of the 1000."""
    tracks = gtzan.tracks(gtzan_root)
    files = {path for path in gtzan_root.glob("audio*/*/*") if path.is_file()}
    assert {track.path for track in tracks} | {track.narrow_path for track in tracks} - {
        None
    } == files
    assert len(tracks) == 587
    assert sum(track.path == track.narrow_path for track in tracks) == 24


def test_gtzan_narrow_copies_are_for_sets_that_hear_no_further(tmp_path: Path) -> None:
    """A clip may have both; one that is there at 16 kHz only is a track of its own."""
    clips(tmp_path / "audio", "blues.00000.wav", "blues.00001.wav")
    clips(tmp_path / "audio16k", "blues.00001.wav", "blues.00002.wav")
    wide, narrow = tmp_path / "audio" / "blues", tmp_path / "audio16k" / "blues"
    assert [(t.path, t.narrow_path) for t in gtzan.tracks(tmp_path)] == [
        (wide / "blues.00000.wav", None),
        (wide / "blues.00001.wav", narrow / "blues.00001.wav"),
        (narrow / "blues.00002.wav", narrow / "blues.00002.wav"),
    ]


def test_gtzan_facts_are_columns(tmp_path: Path) -> None:
    """Tempo and whether networks may have heard it stand beside what every track has."""
    clips(tmp_path, "blues.00000.wav", "blues.00012.wav")
    first, heard = (track.described() for track in gtzan.tracks(tmp_path))
    assert (first["tempo"], first["heard"]) == (125.9, False)
    assert heard["heard"] is True
    assert not {"path", "narrow_path", "facts"} & set(first)
    assert sum(fact["heard"] == "yes" for fact in gtzan.facts().values()) == 158


def test_docs_count_the_faults() -> None:
    """The table of faults in docs/data.md agrees with gtzan.csv."""
    faults = "; ".join(fact["fault"] for fact in gtzan.facts().values())
    table = cells("| fault in `gtzan.csv` | clips | found in |")
    counts = {kind.split()[0]: int(n) for kind, (n, _) in table.items()}
    assert counts == {kind.split()[0]: faults.count(kind) for kind in FAULTS}


def test_docs_count_the_split() -> None:
    """The table of the split in docs/data.md agrees with gtzan.csv."""
    table = documented("| part | clips |")
    sizes = Counter(fact["split"] or "left out" for fact in gtzan.facts().values())
    assert {part: clips for part, (clips,) in table.items()} == sizes


def test_docs_count_the_artists() -> None:
    """The artists in docs/data.md are the most frequent ones, with their clips."""
    clips = Counter(fact["artist"] for fact in gtzan.facts().values())
    unknown = clips.pop("") + clips.pop("pop.00010")
    table = {artist: n for artist, (n,) in documented("| artist | clips |").items()}
    assert table == dict(clips.most_common(len(table)))
    text = documentation()
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
    whole = {name for name, track in tracks.items() if track.path != track.narrow_path}
    assert {row["track_id"] for row in rows} == whole
    every = Counter(row["genre"] for row in rows)
    long = Counter(row["genre"] for row in rows if float(row["seconds"]) >= 15)
    table = documented("| genre | tracks | of these 15 s and longer |")
    assert table == {genre: [every[genre], long[genre]] for genre in gtzan.GENRES}
    assert f"{len(rows)} could be had: {long.total()} clips" in documentation()

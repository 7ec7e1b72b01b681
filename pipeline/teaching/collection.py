"""What of a collection can be learnt: heard, counted once, and of a genre that is large enough."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, TypeAlias

from pipeline import threads
from pipeline.audio.decoding import blocks
from pipeline.audio.windows import MIN_SECONDS, SAMPLE_RATE, too_short
from pipeline.code_hash import code_hash
from pipeline.datasets import Listing
from pipeline.errors import AudioError, DatasetError
from pipeline.evaluation.scores import RESERVED
from pipeline.extraction.extract import content_hash
from pipeline.extraction.workers import in_order
from pipeline.files import atomic
from pipeline.progress import Progress, silent, tracked
from pipeline.protocols import artist, track
from pipeline.teaching.copies import recordings
from pipeline.teaching.head import ENOUGH_TRACKS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from pipeline.datasets import Table, Track

NAMED = 8  # genres that a message lists
Answer: TypeAlias = tuple[str, str]  # hash of a sound, or why there is none
UNHEARD: Answer = ("", "")


def learnable(
    listed: Listing,
    cache: Path,
    progress: Progress = silent,
    embed: Callable[[Sequence[Track]], Table] | None = None,
) -> Listing:
    """What remains without files that cannot be heard, repetitions, conflicts and small genres.

    Everything is decoded once, on all cores. Hashes of sounds are kept below `cache`.

    Parameters
    ----------
    embed
        Gives embeddings of what remains, by which copies in other formats are found. None: they
        are not looked for.

    Raises
    ------
    DatasetError
        If fewer than two genres remain; it counts the tracks of each.
    """
    sounds, faults = _sounds(listed.tracks, cache, progress)
    heard = [t for t in listed.tracks if t.track_id in sounds]
    left = _without(listed, {**faults, **repetitions(heard, sounds)})
    if embed:
        left = _without(left, _copies(left.tracks, embed))
    return replace(left, notes=(*left.notes, *_doubts(left.tracks)))


def _without(listed: Listing, left_out: Mapping[str, str]) -> Listing:
    """What remains without some tracks, and then without small genres."""
    rest = [t for t in listed.tracks if t.track_id not in left_out]
    unknown = too_small(rest)
    left = [t for t in rest if t.track_id not in unknown]
    if len({t.genre for t in left}) < 2:
        raise DatasetError(_too_little(rest))
    return Listing(left, listed.notes, {**listed.left_out, **left_out, **unknown})


def _copies(tracks: Sequence[Track], embed: Callable[[Sequence[Track]], Table]) -> dict[str, str]:
    """Tracks that are left out because another one is the same in another format, and why."""
    table = embed(tracks)
    [rows] = table.rows.values()
    numbers = recordings(rows, table.tracks["seconds"].to_numpy())
    of = dict(zip(table.tracks["track_id"], numbers.astype(str), strict=True))
    heard = [t for t in tracks if t.track_id in of]
    return {**table.left_out, **repetitions(heard, of, "almost exactly")}


def repetitions(
    tracks: Sequence[Track], sounds: Mapping[str, str], how: str = "exactly"
) -> dict[str, str]:
    """Tracks that are left out because another one has the same sound, and why.

    Parameters
    ----------
    sounds
        Hash of the samples of each track, or another name of what is heard, by id.
    how
        How far the sounds are the same, in words.
    """
    alike: defaultdict[str, list[Track]] = defaultdict(list)
    for each in tracks:
        alike[sounds[each.track_id]].append(each)
    found: dict[str, str] = {}
    for same in alike.values():
        conflict = len({t.genre for t in same}) > 1
        found |= _contradicting(same, how) if conflict else _later(same, how)
    return found


def _later(same: Sequence[Track], how: str) -> dict[str, str]:
    first = same[0].track_id
    return {t.track_id: f"It sounds {how} like {first}, and counts once." for t in same[1:]}


def _contradicting(same: Sequence[Track], how: str) -> dict[str, str]:
    found = {}
    for each in same:
        other = next(t for t in same if t.genre != each.genre)
        found[each.track_id] = (
            f"A conflict: it is called {each.genre}, and {other.track_id}, which sounds {how}"
            f" like it, {other.genre}. Keep the one that is right."
        )
    return found


def too_small(tracks: Sequence[Track]) -> dict[str, str]:
    """Tracks whose genre cannot be learnt, and why."""
    count = Counter(t.genre for t in tracks)
    few = {
        t.track_id: f"The genre {t.genre} is not yet known: it has {count[t.genre]} of the"
        f" {ENOUGH_TRACKS} tracks that it needs."
        for t in tracks
        if count[t.genre] < ENOUGH_TRACKS
    }
    reserved = {
        t.track_id: f"No genre can be called {t.genre!r}, a column of the tables. Rename it."
        for t in tracks
        if t.genre in RESERVED
    }
    return few | reserved


def _too_little(tracks: Sequence[Track]) -> str:
    count = Counter(t.genre for t in tracks).most_common()
    named = ", ".join(f"{genre} {n}" for genre, n in count[:NAMED]) or "no track that can be used"
    more = f" and {len(count) - NAMED} smaller genres" if len(count) > NAMED else ""
    return (
        f"Two genres of {ENOUGH_TRACKS} tracks are needed at least. There are: {named}{more}. Add"
        " tracks, or say with --genre-from where genres stand: folders, tags, or a table."
    )


def _doubts(tracks: Sequence[Track]) -> Iterable[str]:
    """What a reader of scores should know, a sentence each."""
    alone = sum(t.artist == t.track_id for t in tracks)
    if alone:
        yield (
            "Tracks whose artist is not known, and which count as by an artist each:"
            f" {alone} of {len(tracks)}. If some are by the same artist, the test by artist is too"
            " kind."
        )
    count = Counter(t.genre for t in tracks)
    by = {genre: len({t.artist for t in tracks if t.genre == genre}) for genre in sorted(count)}
    for genre, artists in by.items():
        if artists < artist.FOLDS:
            tested = "tested by track only" if count[genre] >= track.FOLDS else "not tested"
            yield (
                f"{genre} has fewer artists than the {artist.FOLDS} folds by artist need:"
                f" {artists}. It is learnt, and {tested}."
            )


def sound_hash(path: Path) -> str:
    """SHA-256 of the decoded samples: the same for one sound in two lossless formats.

    Raises
    ------
    AudioError
        If it cannot be decoded, or is shorter than what features are computed of.
    """
    digest, n = sha256(), 0
    for block in blocks(path):
        digest.update(block.tobytes())
        n += len(block)
    if n < MIN_SECONDS * SAMPLE_RATE:
        raise AudioError(too_short(n))
    return digest.hexdigest()


def _sounds(
    tracks: Sequence[Track], cache: Path, progress: Progress
) -> tuple[dict[str, str], dict[str, str]]:
    """Hash of the samples of each track that can be heard; why the others cannot."""
    folder = cache / "sounds" / code_hash("pipeline.audio.decoding")[:16]
    folder.mkdir(parents=True, exist_ok=True)
    known = threads.in_order(partial(_sound, folder=folder, listen=False), _paths(tracks))
    found = _by_id(tracks, tracked(known, "Look up sounds", len(tracks), progress))
    new = [t for t in tracks if found[t.track_id] == UNHEARD]
    if new:
        heard = in_order(partial(_sound, folder=folder), _paths(new), -1)
        found |= _by_id(new, tracked(heard, "Listen", len(new), progress))
    sounds = {track_id: sound for track_id, (sound, _) in found.items() if sound}
    return sounds, {track_id: fault for track_id, (_, fault) in found.items() if fault}


def _paths(tracks: Sequence[Track]) -> list[Path]:
    return [each.path for each in tracks]


def _by_id(tracks: Sequence[Track], answers: Iterable[Answer]) -> dict[str, Answer]:
    return dict(zip((each.track_id for each in tracks), answers, strict=True))


def _sound(path: Path, folder: Path, listen: bool = True) -> Answer:
    """Hash of a file's samples, and nothing; or nothing, and why; `UNHEARD` without listening."""
    try:
        kept = folder / content_hash(path)
        if not kept.is_file():
            if not listen:
                return UNHEARD
            with atomic(kept) as passing:
                passing.write_text(sound_hash(path))
        return kept.read_text(), ""
    except AudioError as error:
        return "", str(error)
    except OSError as error:
        return "", f"The file cannot be read: {error.strerror}. Check who may read it."

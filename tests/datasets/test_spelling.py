"""Several spellings of one name."""

from __future__ import annotations

import unicodedata

from pipeline.datasets.common.spelling import common, merged


def test_the_most_common_spelling_counts() -> None:
    """Capitals, hyphens, spaces and decomposed letters make no other name."""
    forro = "Forró"
    names = ["hip hop", "Hip-Hop", "Hip-Hop", "HIPHOP", forro, unicodedata.normalize("NFD", forro)]
    chosen = common([*names, forro, "Rock", "rock"])
    assert {chosen[name] for name in names[:4]} == {"Hip-Hop"}
    assert {chosen[name] for name in names[4:]} == {forro}
    assert chosen["rock"] == "Rock"  # of equals the first of the alphabet


def test_different_names_stay_apart() -> None:
    """What differs in letters or digits is another genre, and so are names of signs only."""
    names = ["rock", "rock 2", "r&b", "!!!", "???", "folk"]
    assert common(names) == {name: name for name in names}


def test_what_was_merged_is_said() -> None:
    """Nothing is said where nothing was merged."""
    assert merged(common(["Rock", "Rock", "rock", "ROCK", "folk"])) == "Rock (also ROCK, rock)"
    assert merged(common(["Rock", "folk"])) == ""

"""One name for what people spell in several ways."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def key(name: str) -> str:
    """What spellings of a name share: its letters and digits, in small letters, composed."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return "".join(filter(str.isalnum, plain)) or plain


def common(names: Iterable[str]) -> dict[str, str]:
    """The most common spelling of each name; of equals the first of the alphabet."""
    spellings: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for name in names:
        spellings[key(name)][name] += 1
    best = {
        each: min(counts, key=lambda name: (-counts[name], name))
        for each, counts in spellings.items()
    }
    return {name: best[each] for each, counts in spellings.items() for name in counts}


def merged(chosen: dict[str, str]) -> str:
    """Which spellings were taken for one, as in "Rock (also rock, ROCK)"; empty if none."""
    others: defaultdict[str, list[str]] = defaultdict(list)
    for name, best in sorted(chosen.items()):
        if name != best:
            others[best].append(name)
    return ", ".join(f"{best} (also {', '.join(names)})" for best, names in others.items())

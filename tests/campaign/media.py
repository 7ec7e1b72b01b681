"""Ten thousand damaged recordings through the decoder for what strangers send."""

from __future__ import annotations

import sys
import time
import traceback
from collections import Counter

import numpy as np
from support.timing import table, unwanted

from campaign.mutants import ENDINGS, mutant, originals
from pipeline.errors import AudioError
from pipeline.progress import tracked
from pipeline.untrusted.decoding import BUSY, blocks

FILES = 10_000
HANG_SECONDS = 30.0  # the decoder's own limit of a block is less
OUTCOMES = ("decoded", "refused", "traceback", "hang", "busy")


def main() -> None:
    """Print a table: a row a kind, a column an outcome."""
    rng, sound = np.random.default_rng(20), originals()
    seen = {ending: Counter[str]() for ending in ENDINGS}
    slowest = 0.0
    files = (ENDINGS[n % len(ENDINGS)] for n in range(FILES))
    for ending in tracked(files, "Damaged media", FILES, _tell):
        how, data = mutant(sound[ending], rng)
        start = time.monotonic()
        outcome = _outcome(data, f"{ending}, {how}")
        slowest = max(slowest, took := time.monotonic() - start)
        seen[ending]["hang" if took > HANG_SECONDS else outcome] += 1
    rows = [[ending, *(_cell(name, seen[ending]) for name in OUTCOMES)] for ending in ENDINGS]
    print(f"""Media: {FILES:,} damaged recordings of {len(ENDINGS)} kinds

Each was made from a sound file of 2 s by one of eight kinds of damage, and read by the decoder for
what strangers send. The slowest took {slowest:.1f} s.

{table(["kind", *OUTCOMES], rows)}""")


def _outcome(data: bytes, what: str) -> str:
    try:
        for _ in blocks(data):
            pass
    except AudioError as error:
        return "busy" if str(error) == BUSY else "refused"
    except Exception:  # what a campaign is for: it is counted, and printed to be mended
        print(what, file=sys.stderr)
        traceback.print_exc()
        return "traceback"
    return "decoded"


def _cell(outcome: str, seen: Counter[str]) -> str:
    count = seen[outcome]
    return f"{count:,}" if outcome in {"decoded", "refused"} else unwanted(count)


def _tell(task: str, done: float, total: float | None) -> None:
    if done % 500 == 0:
        print(f"{task}: {done:.0f} of {total or 0:.0f}", file=sys.stderr)


if __name__ == "__main__":
    main()

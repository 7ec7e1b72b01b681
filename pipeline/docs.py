"""Tables that documents quote. ``python -m pipeline.docs`` writes those of README.md anew."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.artifacts import open_benchmark
from pipeline.evaluate import answers, commonest, leaderboard

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.artifacts import Artifacts

README = Path(__file__).parents[1] / "README.md"
MARKED = re.compile(r"<!-- scores:([\w-]+) -->\n.*?<!-- /scores -->", re.DOTALL)


def scores_table(artifacts: Artifacts) -> str:
    """Leaderboard under every protocol as Markdown; the first protocol decides the order.

    Returns
    -------
    str
        A row a model, for comparison the commonest genre, and a line that says what was learnt
        from. Accuracy stands with its 95 % interval.
    """
    boards = {
        name: leaderboard(artifacts, name).set_index("model")
        for name in artifacts.manifest.protocols
    }
    order = next(iter(boards.values())).index
    rows = [
        _row(artifacts.models[model].title, [_cells(b.loc[model]) for b in boards.values()])
        for model in order
    ]
    floors = [f"{commonest(answers(artifacts, order[0], name)):.0%} | " for name in boards]
    last = _row("*always the commonest genre*", floors)
    return "\n".join([*_head(artifacts), *rows, last, "", _basis(artifacts)])


def refresh(text: str) -> str:
    """A document with the table between each pair of ``scores`` markers made anew."""
    return MARKED.sub(_between_markers, text)


def _between_markers(match: re.Match[str]) -> str:
    name = match[1]
    return f"<!-- scores:{name} -->\n{scores_table(open_benchmark(name))}\n<!-- /scores -->"


def _head(artifacts: Artifacts) -> list[str]:
    protocols = artifacts.manifest.protocols.values()
    names = [f"{p['title']}, n = {p['tracks']}: accuracy | macro-F1" for p in protocols]
    return [_row("model", names), _row("---", ["---: | ---:"] * len(names))]


def _row(first: str, cells: list[str]) -> str:
    return " ".join(f"| {' | '.join([first, *cells])} |".split())


def _cells(score: pd.Series) -> str:
    interval = f"{score['low'] * 100:.0f} to {score['high']:.0%}"
    return f"{score['accuracy']:.0%} ({interval}) | {score['macro_f1']:.2f}"


def _basis(artifacts: Artifacts) -> str:
    manifest, tracks = artifacts.manifest, artifacts.tracks
    features = ", ".join(f"{len(facts['columns'])}" for facts in manifest.features.values())
    return (
        f"{manifest.title}: {len(tracks)} tracks by {tracks['artist'].nunique()} artists in"
        f" {len(manifest.classes)} genres; {features} features of each"
        f" {manifest.window_seconds:g}-s window."
    )


if __name__ == "__main__":
    README.write_text(refresh(README.read_text(encoding="utf-8")), encoding="utf-8")

"""What documents say of artifacts and code. ``python -m pipeline.docs`` writes it anew."""

from __future__ import annotations

import re
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.artifacts import available, open_benchmark
from pipeline.audio import SAMPLE_RATE, WINDOW_SECONDS
from pipeline.evaluate import accuracy_distorted, answers, compare, leaderboard
from pipeline.registry import discover
from pipeline.robustness import DISTORTIONS

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.artifacts import Artifacts
    from pipeline.features import Column, FeatureSet

README = Path(__file__).parents[1] / "README.md"
FEATURES = Path(__file__).parents[1] / "docs/features.md"
RESULTS = Path(__file__).parents[1] / "docs/results.md"
MARKED = re.compile(r"<!-- scores:([\w-]+) -->\n.*?<!-- /scores -->", re.DOTALL)


def scores_table(artifacts: Artifacts) -> str:
    """Leaderboard under every protocol as Markdown; the first protocol decides the order.

    Returns
    -------
    str
        A row a model and a line that says what was learnt from. Accuracy stands with its 95 %
        interval and macro-F1; a dash where a protocol does not apply to a model's features.
    """
    boards = {
        name: leaderboard(artifacts, name).set_index("model")
        for name in artifacts.manifest.protocols
    }
    order = dict.fromkeys(model for board in boards.values() for model in board.index)
    rows = [
        _row(artifacts.models[model].title, [_cells(board, model) for board in boards.values()])
        for model in order
    ]
    return "\n".join([*_head(artifacts, boards), *rows, "", _basis(artifacts)])


def refresh(text: str) -> str:
    """A document with the table between each pair of ``scores`` markers made anew."""
    return MARKED.sub(_between_markers, text)


def _between_markers(match: re.Match[str]) -> str:
    name = match[1]
    return f"<!-- scores:{name} -->\n{scores_table(open_benchmark(name))}\n<!-- /scores -->"


def _head(artifacts: Artifacts, boards: dict[str, pd.DataFrame]) -> list[str]:
    protocols = artifacts.manifest.protocols
    names = [
        f"{protocols[name]['title']}, n = {_numbers(board['n'])}: accuracy (macro-F1)"
        for name, board in boards.items()
    ]
    return [_row("model", names), _row("---", ["---:"] * len(names))]


def _numbers(n: pd.Series) -> str:
    """How many were asked about; models on other features may have been asked about fewer."""
    return " or ".join(f"{value:,}" for value in sorted(n.unique(), reverse=True))


def _row(first: str, cells: list[str]) -> str:
    return " ".join(f"| {' | '.join([first, *cells])} |".split())


def _cells(board: pd.DataFrame, model: str) -> str:
    if model not in board.index:
        return "–"
    score = board.loc[model]
    interval = f"{score['low'] * 100:.0f} to {score['high'] * 100:.0f}"
    return f"{score['accuracy']:.1%}, {interval} ({score['macro_f1']:.2f})"


def _basis(artifacts: Artifacts) -> str:
    manifest, tracks = artifacts.manifest, artifacts.tracks
    return (
        f"{manifest.title}: {len(tracks):,} tracks by {tracks['artist'].nunique():,} artists in"
        f" {len(manifest.classes)} genres."
    )


def results_page() -> str:
    """docs/results.md: every benchmark that is built, and which differences are significant."""
    parts = [RESULTS_HEAD]
    for name in available():
        artifacts = open_benchmark(name)
        parts += [f"## `{name}`: {artifacts.manifest.title}\n", scores_table(artifacts), ""]
        parts += [*_significance(artifacts), "", *_robustness(artifacts), *_costs(artifacts), ""]
    return "\n".join(parts)


RESULTS_HEAD = """# Results

Written by `python -m pipeline.docs` from `artifacts/`. Accuracy with its 95 % interval (bootstrap
over artists), macro-F1 in brackets. Pairs of models are compared by McNemar's test (mid-p) on the
tracks that all of them answered, corrected for the number of pairs (Holm).
"""


def _significance(artifacts: Artifacts) -> list[str]:
    """Under each protocol: from which models the leader can be told."""
    lines = []
    for name, facts in artifacts.manifest.protocols.items():
        tables = {model: answers(artifacts, model, name) for model in artifacts.models}
        tables = {model: table for model, table in tables.items() if len(table)}
        pairs = compare(tables)
        best = leaderboard(artifacts, name)["model"].iloc[0]
        with_best = pairs[(pairs["model_a"] == best) | (pairs["model_b"] == best)]
        near = with_best[~with_best["significant"]]
        others = near["model_a"].where(near["model_a"] != best, near["model_b"])
        named = ", ".join(others) or "none"
        lines.append(
            f"* {facts['title']}: {pairs['significant'].sum()} of {len(pairs)} pairs differ"
            f" significantly. {best} cannot be told from: {named}."
        )
    return lines


def _robustness(artifacts: Artifacts) -> list[str]:
    """Accuracy under each distortion, a row a model."""
    tables = {name: accuracy_distorted(artifacts, name) for name in artifacts.models}
    shares = {name: table for name, table in tables.items() if table is not None}
    if not shares:
        return []
    titles = [DISTORTIONS[name].title for name in next(iter(shares.values())).index]
    rows = [
        _row(artifacts.models[name].title, [f"{share:.0%}" for share in table])
        for name, table in shares.items()
    ]
    head = [_row("accuracy on excerpts", titles), _row("---", ["---:"] * len(titles))]
    return [*head, *rows, ""]


def _costs(artifacts: Artifacts) -> list[str]:
    """What models cost, a row each."""
    head = [
        _row("model", ["fit s", "answer ms", "file KB", "memory MB", "ECE", "calibrated"]),
        _row("---", ["---:"] * 6),
    ]
    board = leaderboard(artifacts, artifacts.strictest).set_index("model")
    return head + [
        _row(
            card.title,
            [
                f"{card.fit_seconds:.1f}",
                f"{card.clip_seconds * 1000:.0f}",
                f"{card.file_bytes / 1000:,.0f}",
                f"{card.peak_bytes / 1e6:,.0f}",
                f"{board['ece'][name]:.3f}",
                f"{board['ece_calibrated'][name]:.3f}",
            ],
        )
        for name, card in artifacts.models.items()
    ]


def features_page() -> str:
    """docs/features.md: a data dictionary of every feature set."""
    sets = discover("pipeline.features", "FEATURES").values()
    return "\n".join([FEATURES_HEAD, *(line for s in sets for line in _dictionary(s))])


FEATURES_HEAD = f"""# Feature sets

Written by `python -m pipeline.docs` from the code. `python -m pipeline columns NAME` lists every
single column of a set, also as CSV.

Audio is mono at {SAMPLE_RATE} Hz; a window has {WINDOW_SECONDS:g} s. A frame of the
spectrogram has 2048 samples, and one starts every 512; where a set differs, it says so. The range
is what a column cannot leave, whatever the audio. Every number is finite for every input. Skewness
and kurtosis of something that does not change are 0.
"""


def _dictionary(features: FeatureSet) -> list[str]:
    groups: dict[str, list[Column]] = {}
    for column in features.columns:
        groups.setdefault(_stem(column.name), []).append(column)
    shape = " × ".join(map(str, features.shape))
    return [
        f"## `{features.name}`: {features.title}\n",
        f"Shape for a window: {shape}. Version {features.version}.\n",
        *("Used by:\n", *(f"* {work}" for work in features.works), ""),
        _row("column", ["what it is", "unit", "range", "family"]),
        _row("---", ["---"] * 4),
        *(_described(columns) for columns in groups.values()),
        "",
    ]


def _stem(name: str) -> str:
    """What columns share that differ in a number or in what stands after the last dot."""
    return name.rpartition(".")[0] or re.sub(r"\d+", "#", name)


def _described(columns: list[Column]) -> str:
    one = columns[0]
    rest = [one.unit or "–", f"{_limit(one.low)} to {_limit(one.high)}", one.family]
    return _row(_names([c.name for c in columns]), [_between([c.meaning for c in columns]), *rest])


def _names(names: list[str]) -> str:
    """The first and the last where they are numbered, else all."""
    stem, _, last = names[-1].rpartition(".")
    if len(names) == 1 or last.isdigit() or not stem:
        return " … ".join(f"`{name}`" for name in dict.fromkeys([names[0], names[-1]]))
    return f"`{stem}.` " + ", ".join(f"`{name.rpartition('.')[2]}`" for name in names)


def _between(meanings: list[str]) -> str:
    """The first meaning, with ``…`` and the last one's words where they differ."""
    first, last = meanings[0].split(), meanings[-1].split()
    if first == last:
        return meanings[0]
    head = _shared(first, last)
    tail = _shared(first[head:][::-1], last[head:][::-1])
    words = [*first[: len(first) - tail], "…", *last[head:]]
    return " ".join(words)


def _shared(first: list[str], last: list[str]) -> int:
    """How many words two sentences begin with in common."""
    return sum(
        1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    )


def _limit(value: float) -> str:
    return f"{value:g}".replace("inf", "∞").replace("-", "−")


if __name__ == "__main__":
    README.write_text(refresh(README.read_text(encoding="utf-8")), encoding="utf-8")
    FEATURES.write_text(features_page(), encoding="utf-8")
    RESULTS.write_text(results_page(), encoding="utf-8")

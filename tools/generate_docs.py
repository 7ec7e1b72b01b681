"""The tables of documents, from artifacts and code. ``make docs`` writes them anew."""

from __future__ import annotations

import re
from functools import cache, partial
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from dashboard.report import beside_headline, leaderboards
from dashboard.units import why_no_means
from pipeline.artifacts.reader import available, open_benchmark
from pipeline.audio.windows import SAMPLE_RATE, WINDOW_SECONDS
from pipeline.benchmark.robustness import DISTORTIONS
from pipeline.evaluation import artists
from pipeline.evaluation.comparison import compare
from pipeline.evaluation.leaderboard import accuracy_distorted, leaderboard
from pipeline.evaluation.scores import genres_by_one_artist, labelled_predictions
from pipeline.registry import discover
from tools import library_walk

if TYPE_CHECKING:
    from pipeline.artifacts.reader import Artifacts
    from pipeline.features import Column, FeatureSet


README = Path(__file__).parents[1] / "README.md"
FEATURES = Path(__file__).parents[1] / "docs/features.md"
EXCERPTS = Path(__file__).parents[1] / "docs/excerpts.csv"
RESULTS = Path(__file__).parents[1] / "docs/results.md"
# A table of one document is often needed for another one.
_opened = cache(partial(open_benchmark, imports=False))
_board = cache(leaderboard)
MARKED = re.compile(r"<!-- scores:([\w-]+) -->\n.*?<!-- /scores -->", re.DOTALL)


def scores_table(artifacts: Artifacts) -> str:
    """Leaderboard under every protocol as Markdown; the first protocol decides the order.

    Returns
    -------
    str
        A row a model and a line about the tracks. Accuracy stands with its 95 %
        interval and macro-F1; a dash where a protocol does not apply to a model's features.
    """
    boards = {
        name: _board(artifacts, name).set_index("model") for name in artifacts.manifest.protocols
    }
    order = dict.fromkeys(model for board in boards.values() for model in board.index)
    columns = {_heading(artifacts, name, board): board for name, board in boards.items()}
    table = pd.DataFrame(
        {title: [_score(board, model) for model in order] for title, board in columns.items()}
    )
    table.insert(0, "model", [artifacts.titles[model] for model in order])
    return f"{_markdown(table)}\n\n{_basis(artifacts)}{_beside(artifacts)}"


def _markdown(table: pd.DataFrame, rest: str = "right") -> str:
    """A table whose first column is aligned to the left, and the others to a side."""
    align = ["left", *[rest] * (table.shape[1] - 1)]
    text = table.to_markdown(index=False, colalign=align, disable_numparse=True)
    # Without the padding, a changed figure changes one line.
    return re.sub(r"-{2,}", "---", re.sub(r" {2,}", " ", text))


def refresh(text: str) -> str:
    """A document with the table between each pair of ``scores`` markers made anew."""
    return MARKED.sub(_between_markers, text)


def _between_markers(match: re.Match[str]) -> str:
    name = match[1]
    return f"<!-- scores:{name} -->\n{scores_table(_opened(name))}\n<!-- /scores -->"


def _heading(artifacts: Artifacts, protocol: str, board: pd.DataFrame) -> str:
    """Protocol and number of tests; models on other features may have fewer."""
    numbers = " or ".join(f"{n:,}" for n in sorted(board["n"].unique(), reverse=True))
    title = artifacts.manifest.protocols[protocol].title
    return f"{title}, n = {numbers}: accuracy (macro-F1)"


def _score(board: pd.DataFrame, model: str) -> str:
    if model not in board.index:
        return "–"
    score = board.loc[model]
    interval = f"{score['low'] * 100:.0f} to {score['high'] * 100:.0f}"
    macro_f1: str = "–" if pd.isna(score["macro_f1"]) else f"{score['macro_f1']:.2f}"
    return f"{score['accuracy']:.1%}, {interval} ({macro_f1})"


def _basis(artifacts: Artifacts) -> str:
    manifest, tracks = artifacts.manifest, artifacts.tracks
    return (
        f"{manifest.title}: {len(tracks):,} tracks by {artists.n_known(tracks):,}"
        f" {artists.label(tracks)} in {len(manifest.classes)} genres."
    )


def _beside(artifacts: Artifacts) -> str:
    words = beside_headline(artifacts, leaderboards(artifacts))
    return f"\n\n**{words}**" if words else ""


def results_page() -> str:
    """docs/results.md: every benchmark that is built, and which differences are significant."""
    parts = [RESULTS_HEAD]
    for name in available():
        artifacts = _opened(name)
        parts += [f"## `{name}`: {artifacts.manifest.title}\n", scores_table(artifacts), ""]
        parts += [*_significance(artifacts), "", *_robustness(artifacts), _costs(artifacts), ""]
    return "\n".join([*parts, EXCERPTS_HEAD, excerpts_table(), ""])


EXCERPTS_HEAD = """## Excerpts

`classify --excerpt SECONDS` hears windows from all over a recording. Of GTZAN's tracks of five to
ten windows of 3 s, by artist: accuracy, and how it differs from that of all windows, in points with
a 95 % interval (jackknife over artists). Measured by `python -m tools.measure_excerpts`. What an
excerpt of a song of several minutes misses is not known from it.
"""


def excerpts_table() -> str:
    """What excerpts of each length cost two models."""
    measured = pd.read_csv(EXCERPTS)
    change = ["change", "low", "high"]
    points = measured[change].mul(100).map("{:+.1f}".format).replace("-0.0", "+0.0")
    table = pd.DataFrame(
        {
            "model": measured["model"],
            "seconds": measured["seconds"].map("{:g}".format).replace("0", "all"),
            "tracks": measured["tracks"],
            "accuracy": measured["accuracy"].map("{:.1%}".format),
            "change": points["change"] + " [" + points["low"] + ", " + points["high"] + "]",
        }
    )
    return _markdown(table.astype(str))


RESULTS_HEAD = """# Results

Written by `make docs` from `artifacts/`. Accuracy with its 95 % interval (jackknife over artists),
macro-F1 in brackets; a dash if it is not given, since a genre's test tracks are by one artist.
Pairs of models are compared by a sign-flip test over artists on the tracks on which all of them
were tested, corrected for the number of pairs (max-T; Westfall & Young 1993).
"""


def _significance(artifacts: Artifacts) -> list[str]:
    """Under each protocol: the models that do not differ significantly from the leader."""
    lines = []
    for name, protocol in artifacts.manifest.protocols.items():
        tables = {model: labelled_predictions(artifacts, model, name) for model in artifacts.models}
        pairs = compare({model: table for model, table in tables.items() if len(table)})
        best = _board(artifacts, name)["model"].iloc[0]
        with_best = pairs[(pairs["model_a"] == best) | (pairs["model_b"] == best)]
        near = with_best[~with_best["significant"]]
        others = near["model_a"].where(near["model_a"] != best, near["model_b"])
        lines.append(
            f"* {protocol.title}: {pairs['significant'].sum()} of {len(pairs)} pairs differ"
            f" significantly. Not significantly different from {artifacts.titles[best]}:"
            f" {'; '.join(others.map(artifacts.titles)) or 'none'}."
            + f" {why_no_means(genres_by_one_artist(tables[best]))}".rstrip()
        )
    return lines


def _robustness(artifacts: Artifacts) -> list[str]:
    """Accuracy under each distortion, a row a model."""
    tables = {name: accuracy_distorted(artifacts, name) for name in artifacts.models}
    shares = {name: table for name, table in tables.items() if table is not None}
    if not shares:
        return []
    table = pd.DataFrame(shares).T.rename(columns=lambda name: DISTORTIONS[name].title)
    table = table.map("{:.0%}".format)
    table.insert(0, "accuracy on excerpts", [artifacts.titles[name] for name in shares])
    return [_markdown(table), ""]


def _costs(artifacts: Artifacts) -> str:
    """Cost and calibration error of each model."""
    board = _board(artifacts, artifacts.headline).set_index("model")
    rows = [
        {
            "model": card.title,
            "fit s": f"{card.fit_seconds:.1f}",
            "prediction ms": f"{card.clip_seconds * 1000:.0f}",
            "file KB": f"{card.file_bytes / 1000:,.0f}",
            "memory MB": f"{card.peak_bytes / 1e6:,.0f}",
            "ECE": f"{board['ece'][name]:.3f}",
            "calibrated": f"{board['ece_calibrated'][name]:.3f}",
        }
        for name, card in artifacts.models.items()
    ]
    return _markdown(pd.DataFrame(rows))


def features_page() -> str:
    """docs/features.md: a data dictionary of every feature set."""
    sets = discover("pipeline.features", "FEATURES").values()
    return "\n".join([FEATURES_HEAD, *(line for s in sets for line in _dictionary(s))])


FEATURES_HEAD = f"""# Feature sets

Written by `make docs` from the code. `python -m pipeline columns NAME` lists every
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
    table = pd.DataFrame([_described(columns) for columns in groups.values()])
    return [
        f"## `{features.name}`: {features.title}\n",
        f"Shape for a window: {shape}. Version {features.version}.\n",
        *("Used by:\n", *(f"* {work}" for work in features.works), ""),
        _markdown(table, rest="left"),
        "",
    ]


def _stem(name: str) -> str:
    """What columns share that differ in a number or in what stands after the last dot."""
    return name.rpartition(".")[0] or re.sub(r"\d+", "#", name)


def _described(columns: list[Column]) -> dict[str, str]:
    one = columns[0]
    return {
        "column": _names([c.name for c in columns]),
        "what it is": _between([c.meaning for c in columns]),
        "unit": one.unit or "–",
        "range": f"{_limit(one.low)} to {_limit(one.high)}",
        "family": one.family,
    }


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
    walk = library_walk.PAGE.read_text(encoding="utf-8")
    library_walk.PAGE.write_text(library_walk.refresh(walk), encoding="utf-8")

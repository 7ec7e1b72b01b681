"""The comparison of a benchmark as one HTML file that needs nothing else."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

from dashboard import theme
from dashboard.figures import features, matrices, scores
from pipeline.evaluate import (
    accuracy_distorted,
    answers,
    calibrated,
    compare,
    confusion,
    leaderboard,
    per_genre,
    references,
    reliability,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    import plotly.graph_objects as go

    from pipeline.artifacts import Artifacts

FEW = 4  # models in charts that would be crowded
TOP = 15
STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;
color:#16211f;background:#fff}
table{border-collapse:collapse;display:block;overflow-x:auto;font-variant-numeric:tabular-nums}
th,td{padding:.25rem .6rem;border-bottom:1px solid #cfdad8;text-align:right}
th:first-child,td:first-child{text-align:left}
summary{cursor:pointer;font-weight:600;padding:.3rem 0}
"""
SHARE, NUMBER = "{:.1%}".format, "{:.3f}".format
COLUMNS = {
    "title": ("Model", str),
    "accuracy": ("Accuracy", SHARE),
    "low": ("from", SHARE),
    "high": ("to", SHARE),
    "macro_f1": ("Macro-F1", SHARE),
    "top3": ("Top 3", SHARE),
    "log_loss": ("Log loss", NUMBER),
    "ece_calibrated": ("ECE, calibrated", NUMBER),
}


def report(artifacts: Artifacts) -> str:
    """Every protocol's leaderboard, and under the strictest one what lies behind it.

    Returns
    -------
    str
        HTML with its style, its data and the drawing library inside: it opens without a network.
    """
    from plotly.offline import get_plotlyjs

    manifest = artifacts.manifest
    title = f"Genrescope: {escape(manifest.title)}"
    body = "\n".join(_sections(artifacts))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{STYLE}</style><script>{get_plotlyjs()}</script></head>\n"
        f"<body><h1>{title}</h1>\n{body}\n</body></html>\n"
    )


def _sections(artifacts: Artifacts) -> Iterator[str]:
    manifest, strictest = artifacts.manifest, artifacts.strictest
    boards = {name: leaderboard(artifacts, name) for name in manifest.protocols}
    models = boards[strictest]["model"].tolist()
    tables = {model: answers(artifacts, model, strictest) for model in models}
    yield f"<p>{escape(manifest.citation)} {escape(manifest.licence)}</p>"
    for name, board in boards.items():
        yield from _board(artifacts, name, board)
    yield from _significance(artifacts, tables)
    yield from _genres(artifacts, tables)
    yield from _confusions(artifacts, tables)
    yield from _calibration(artifacts, tables)
    yield from _importance(artifacts, models)
    yield from _robustness(artifacts, models)
    yield f"<h2>Caveats</h2><ul>{''.join(f'<li>{escape(n)}</li>' for n in manifest.notes)}</ul>"
    yield (
        f"<p>Built {escape(manifest.created)} by commit {escape(manifest.commit or 'unknown')}.</p>"
    )


def _chart(figure: go.Figure, label: str) -> str:
    figure.update_layout(template="plotly_white", autosize=True)
    drawn = figure.to_html(
        full_html=False, include_plotlyjs=False, config={"displaylogo": False, "responsive": True}
    )
    return f'<figure role="img" aria-label="{escape(label, quote=True)}">{drawn}</figure>'


def _board(artifacts: Artifacts, protocol: str, board: pd.DataFrame) -> Iterator[str]:
    facts = artifacts.manifest.protocols[protocol]
    yield f"<h2>{escape(facts['title'])}</h2><p>{escape(facts['description'])}</p>"
    first = answers(artifacts, board["model"].iloc[0], protocol)
    lines = references(artifacts, first, protocol)
    colors = theme.model_colors(artifacts.models)
    yield _chart(scores.leaderboard(board, lines, colors), "Accuracy with 95 % intervals")
    shown = board[list(COLUMNS)].rename(
        columns={name: label for name, (label, _) in COLUMNS.items()}
    )
    forms: Any = {label: form for label, form in COLUMNS.values() if form is not str}
    yield shown.to_html(index=False, formatters=forms, border=0)


def _significance(artifacts: Artifacts, tables: dict[str, pd.DataFrame]) -> Iterator[str]:
    pairs = compare(tables)
    titles = artifacts.titles
    significant = int(pairs["significant"].sum())
    yield (
        f"<h2>Which differences are significant?</h2><p>{significant} of {len(pairs)} pairs"
        " (McNemar's test, mid-p, Holm's correction over all pairs); intervals by resampling"
        " artists.</p>"
    )
    best = list(tables)[:FEW]
    few = pairs[pairs["model_a"].isin(best) & pairs["model_b"].isin(best)]
    yield _chart(scores.differences(few, titles), "Differences of the best models")
    shown = pairs.assign(
        model_a=pairs["model_a"].map(titles), model_b=pairs["model_b"].map(titles)
    )[["model_a", "model_b", "difference", "low", "high", "p_holm"]]
    forms = {"difference": "{:+.1%}".format, "low": SHARE, "high": SHARE, "p_holm": "{:.2g}".format}
    html = shown.to_html(index=False, formatters=forms, border=0)
    yield f"<details><summary>All pairs</summary>{html}</details>"


def _genres(artifacts: Artifacts, tables: dict[str, pd.DataFrame]) -> Iterator[str]:
    few = list(tables.items())[:FEW]
    f1 = {model: per_genre(table, artifacts.classes)["f1"] for model, table in few}
    yield "<h2>Genre by genre</h2>"
    yield _chart(scores.per_genre(f1, "F1", artifacts.titles), "F1 of each genre")


def _confusions(artifacts: Artifacts, tables: dict[str, pd.DataFrame]) -> Iterator[str]:
    yield "<h2>Confusion</h2><p>Rows: the truth; columns: what the model said; counts.</p>"
    for number, (model, table) in enumerate(tables.items()):
        drawn = _chart(matrices.confusion(confusion(table, artifacts.classes), False), "Confusion")
        title, opened = escape(artifacts.models[model].title), "" if number else " open"
        yield f"<details{opened}><summary>{title}</summary>{drawn}</details>"


def _calibration(artifacts: Artifacts, tables: dict[str, pd.DataFrame]) -> Iterator[str]:
    curves = {
        model: reliability(calibrated(table, artifacts.classes))
        for model, table in list(tables.items())[:FEW]
    }
    yield "<h2>Calibration</h2>"
    yield _chart(scores.reliability(curves, artifacts.titles), "Confidence and accuracy")


def _importance(artifacts: Artifacts, models: list[str]) -> Iterator[str]:
    """Importances by family; models that learnt from the same features share a chart."""
    found = {name: _overall(artifacts, name) for name in models}
    found = {name: table for name, table in found.items() if len(table)}
    if not found:
        return
    yield "<h2>Importances</h2><p>Accuracy lost when a family of features is shuffled.</p>"
    sets = {artifacts.models[name].learnt_from for name in found}
    for features_of in sorted(sets):
        some = [n for n in found if artifacts.models[n].learnt_from == features_of][:FEW]
        order = found[some[0]].sort_values("value", ascending=False)["feature"].head(TOP)
        tables = {n: found[n].set_index("feature").reindex(order).reset_index() for n in some}
        drawn = features.importance(tables, "accuracy lost", artifacts.titles)
        title = artifacts.manifest.features[features_of]["title"]
        yield f"<h3>{escape(title)}</h3>" + _chart(drawn, "Importance of families of features")


def _overall(artifacts: Artifacts, model: str) -> pd.DataFrame:
    table = artifacts.importance(model)
    return table[(table["kind"] == "permutation by family") & table["genre"].isna()]


def _robustness(artifacts: Artifacts, models: list[str]) -> Iterator[str]:
    rows = {artifacts.models[name].title: accuracy_distorted(artifacts, name) for name in models}
    known = {title: series for title, series in rows.items() if series is not None}
    if known:
        yield "<h2>Robustness</h2><p>Accuracy on distorted excerpts of the test tracks.</p>"
        yield _chart(matrices.table(pd.DataFrame(known).T, "Accuracy"), "Accuracy when distorted")

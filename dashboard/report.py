"""The comparison of a benchmark as one HTML file that needs nothing else."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from dashboard import theme, units
from dashboard.figures import calibration, features, matrices, scores
from pipeline.benchmark.robustness import DISTORTIONS
from pipeline.evaluation.calibration import calibrated_predictions, reliability
from pipeline.evaluation.comparison import comparable, compare
from pipeline.evaluation.confusion import confusion
from pipeline.evaluation.elsewhere import second_protocol
from pipeline.evaluation.leaderboard import accuracy_distorted, leaderboard, references
from pipeline.evaluation.scores import (
    genres_by_one_artist,
    has_probabilities,
    labelled_predictions,
    per_genre,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    import plotly.graph_objects as go

    from pipeline.artifacts.reader import Artifacts

    Tables = dict[str, pd.DataFrame]  # labelled predictions by model, leaderboards by protocol

FEW = 4  # models in charts that would be crowded
TOP = 15
SHARE = units.exact_percent
NUMBER, POINTS, P_VALUE = (
    f"{{:{form}}}".format for form in (units.NUMBER, units.POINTS_EXACT, units.P_VALUE)
)
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
PAIR_COLUMNS = {
    "model_a": ("A", str),
    "model_b": ("B", str),
    "difference": ("A − B, points", POINTS),
    "low": ("from", POINTS),
    "high": ("to", POINTS),
    "p_adjusted": ("p, corrected", P_VALUE),
}


@dataclass(frozen=True)
class _Chart:
    html: str
    alt: str


def report(artifacts: Artifacts) -> str:
    """Leaderboards of all protocols, and under the headline protocol what lies behind them.

    Returns
    -------
    str
        HTML with its style, its data and the drawing library inside: it opens without a network.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from plotly.offline import get_plotlyjs

    loader = PackageLoader("dashboard", "templates")
    # Names in a manifest are other people's words: everything is escaped that is not marked safe.
    pages = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    boards = leaderboards(artifacts)
    models = boards[artifacts.headline]["model"].tolist()
    verified = [name for name in models if name not in artifacts.unverified]
    tables = {name: labelled_predictions(artifacts, name, artifacts.headline) for name in models}
    return pages.get_template("report.html").render(
        manifest=artifacts.manifest,
        plotly=get_plotlyjs(),
        beside=beside_headline(artifacts, boards),
        boards=[_board(artifacts, name, board) for name, board in boards.items()],
        pairs=_pairs(artifacts, tables),
        genres=_genres(artifacts, tables),
        confusions=list(_confusions(artifacts, tables)),
        calibration=_calibration(artifacts, tables),
        importances=list(_importances(artifacts, verified)),
        robustness=_robustness(artifacts, models),
        cards=list(_cards(artifacts, verified[:FEW], tables)),
    )


def model_card(artifacts: Artifacts, model: str, tables: Tables | None = None) -> str:
    """See `pipeline.evaluation.card.card`; distortions bear their titles.

    Parameters
    ----------
    tables
        Labelled predictions under the headline protocol that are at hand.
    """
    from pipeline.evaluation.card import card

    known = {(name, artifacts.headline): table for name, table in (tables or {}).items()}
    titles = {name: distortion.title for name, distortion in DISTORTIONS.items()}
    return card(artifacts, model, titles, known)


def card_name(artifacts: Artifacts, model: str) -> str:
    """Name of a file with a model's card."""
    return f"{artifacts.manifest.benchmark}-{model}.md"


def _cards(artifacts: Artifacts, models: list[str], tables: Tables) -> Iterator[dict[str, str]]:
    """Cards of models as links that hold them."""
    for model in models:
        encoded = b64encode(model_card(artifacts, model, tables).encode()).decode()
        yield {
            "title": artifacts.titles[model],
            "name": card_name(artifacts, model),
            "address": f"data:text/markdown;charset=utf-8;base64,{encoded}",
        }


def leaderboards(artifacts: Artifacts) -> Tables:
    """The leaderboard of each protocol."""
    return {name: leaderboard(artifacts, name) for name in artifacts.manifest.protocols}


def beside_headline(artifacts: Artifacts, boards: Tables) -> str:
    """How the best model of those that were asked about both does here and on other collections.

    Empty without others.

    Parameters
    ----------
    boards
        `leaderboards`
    """
    second = second_protocol(artifacts)
    if second is None:
        return ""
    everywhere, board = boards[second].set_index("model"), boards[artifacts.headline]
    here = board[board["model"].isin(everywhere.index)].iloc[0]
    there = everywhere.loc[here["model"]]
    unseen = artifacts.manifest.protocols[artifacts.headline].unseen
    return (
        f"{here['title']}: {units.with_interval(here)} on {unseen} that it was not trained on, and"
        f" {units.with_interval(there)} on {there['n']:,} recordings of other collections."
    )


def _chart(figure: go.Figure, alt: str) -> _Chart:
    figure.update_layout(template="plotly_white", autosize=True)
    config = {"displaylogo": False, "responsive": True}
    return _Chart(figure.to_html(full_html=False, include_plotlyjs=False, config=config), alt)


def _table(frame: pd.DataFrame, columns: dict[str, tuple[str, Any]]) -> str:
    """HTML of some columns, renamed and each in its format."""
    labels = {name: label for name, (label, _) in columns.items()}
    forms: Any = {label: form for label, form in columns.values() if form is not str}
    return (
        frame[list(columns)]
        .rename(columns=labels)
        .to_html(index=False, formatters=forms, na_rep="–")
    )


def _board(artifacts: Artifacts, protocol: str, board: pd.DataFrame) -> dict[str, Any]:
    first = labelled_predictions(artifacts, board["model"].iloc[0], protocol)
    lines = references(artifacts, first, protocol)
    colors = theme.model_colors(board["model"], board["model"].iloc[0])
    return {
        "protocol": artifacts.manifest.protocols[protocol],
        "chart": _chart(scores.leaderboard(board, lines, colors), "Accuracy with 95% intervals"),
        "table": _table(board, COLUMNS),
        "why_no_means": units.why_no_means(genres_by_one_artist(first)),
        "not_verified": units.not_verified(set(board["model"]) & artifacts.unverified),
    }


def _pairs(artifacts: Artifacts, tables: Tables) -> dict[str, Any]:
    tested = comparable(artifacts, tables, artifacts.headline)
    pairs, titles = compare({name: tables[name] for name in tested}), artifacts.titles
    best = tested[:FEW]
    few = pairs[pairs["model_a"].isin(best) & pairs["model_b"].isin(best)]
    names = {column: pairs[column].map(titles) for column in ("model_a", "model_b")}
    points = {column: units.in_points(pairs[column]) for column in ("difference", "low", "high")}
    return {
        "n": len(pairs),
        "significant": int(pairs["significant"].sum()),
        "chart": _chart(scores.differences(few, titles), "Differences of the best models"),
        "table": _table(pairs.assign(**names, **points), PAIR_COLUMNS),
    }


def _genres(artifacts: Artifacts, tables: Tables) -> _Chart:
    few = list(tables.items())[:FEW]
    f1 = {model: per_genre(table, artifacts.classes)["f1"] for model, table in few}
    return _chart(scores.per_genre(f1, "F1", artifacts.titles), "F1 of each genre")


def _confusions(artifacts: Artifacts, tables: Tables) -> Iterator[dict[str, Any]]:
    for model, table in tables.items():
        matrix = confusion(table, artifacts.classes)
        title = artifacts.titles[model]
        alt = f"Confusion matrix of {title}"
        yield {"title": title, "chart": _chart(matrices.confusion(matrix, False), alt)}


def _calibration(artifacts: Artifacts, tables: Tables) -> _Chart:
    curves = {
        model: reliability(calibrated_predictions(artifacts, model, artifacts.headline))
        for model in [name for name, table in tables.items() if has_probabilities(table)][:FEW]
    }
    return _chart(calibration.reliability(curves, artifacts.titles), "Confidence and accuracy")


def _importances(artifacts: Artifacts, models: list[str]) -> Iterator[dict[str, Any]]:
    """Importances by family; models that were trained on the same features share a chart."""
    found = {name: _overall(artifacts, name) for name in models}
    found = {name: table for name, table in found.items() if len(table)}
    for name in sorted({artifacts.models[model].trained_on for model in found}):
        some = [m for m in found if artifacts.models[m].trained_on == name][:FEW]
        order = found[some[0]].sort_values("value", ascending=False)["feature"].head(TOP)
        tables = {m: found[m].set_index("feature").reindex(order).reset_index() for m in some}
        drawn = features.importance(tables, "accuracy lost, points", artifacts.titles)
        yield {
            "title": artifacts.manifest.features[name]["title"],
            "chart": _chart(drawn, "Importance of families of features"),
        }


def _overall(artifacts: Artifacts, model: str) -> pd.DataFrame:
    """Importances for all genres together, in points."""
    table = artifacts.importance(model)
    rows = table[(table["kind"] == "permutation by family") & table["genre"].isna()]
    return rows.assign(**units.in_points(rows[["value", "std"]]))


def _robustness(artifacts: Artifacts, models: list[str]) -> _Chart | None:
    rows = {artifacts.titles[name]: accuracy_distorted(artifacts, name) for name in models}
    known = {title: series for title, series in rows.items() if series is not None}
    if not known:
        return None
    return _chart(matrices.table(pd.DataFrame(known).T, "Accuracy"), "Accuracy when distorted")

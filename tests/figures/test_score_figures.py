"""Figures of scores draw the numbers of their tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from support.figure_tables import COLORS, GENRES, NAMES, outcomes

from dashboard import units
from dashboard.figures import scores
from dashboard.figures.base import log_axis
from pipeline.evaluation.comparison import compare
from pipeline.evaluation.leaderboard import leaderboard

if TYPE_CHECKING:
    from pipeline.artifacts.reader import Artifacts


@pytest.fixture
def board() -> pd.DataFrame:
    """Three models, the best first, with what they cost."""
    return pd.DataFrame(
        {
            "model": ["b", "a", "c"],
            "title": [NAMES[m] for m in "bac"],
            "accuracy": [0.8, 0.7, 0.6],
            "low": [0.7, 0.65, 0.5],
            "high": [0.85, 0.8, 0.7],
            "n": [100, 100, 100],
            "cost": [10.0, 1.0, 5.0],
        }
    )


def test_leaderboard_draws_dots_and_whiskers(board: pd.DataFrame) -> None:
    """Dots stand at the accuracies, whiskers reach to the ends, the best model is on top."""
    figure = scores.leaderboard(board, {}, COLORS)
    trace = figure.data[0]
    np.testing.assert_allclose(trace.x, board["accuracy"])
    np.testing.assert_allclose(np.add(trace.x, trace.error_x.array), board["high"])
    np.testing.assert_allclose(np.subtract(trace.x, trace.error_x.arrayminus), board["low"])
    assert list(trace.marker.color) == [COLORS[m] for m in "bac"]
    # Plotly puts the last category on top.
    assert figure.layout.yaxis.categoryarray[-1] == "Model B"


def test_leaderboard_draws_the_scores_of_the_benchmark(gtzan: Artifacts) -> None:
    """The same for the real leaderboard."""
    real = leaderboard(gtzan, "artist")
    trace = scores.leaderboard(real, {}, dict.fromkeys(real["model"], "red")).data[0]
    np.testing.assert_allclose(trace.x, real["accuracy"])
    np.testing.assert_allclose(np.add(trace.x, trace.error_x.array), real["high"])
    assert list(trace.y) == real["title"].tolist()


def test_leaderboard_draws_a_line_for_the_baseline_and_each_published_result(
    board: pd.DataFrame,
) -> None:
    """Vertical lines at the values, named with them; only the baseline is dotted."""
    lines = {"baseline": 0.25, "one (X 2001)": 0.7, "two (Y 2002)": 0.755}
    shapes = scores.leaderboard(board, lines, COLORS).layout.shapes
    assert [(s.x0, s.x1) for s in shapes] == [(v, v) for v in lines.values()]
    assert [s.name for s in shapes] == [
        "baseline 25.0%",
        "one (X 2001) 70.0%",
        "two (Y 2002) 75.5%",
    ]
    assert [s.line.dash == "dot" for s in shapes] == [True, False, False]
    assert all(s.showlegend for s in shapes)


def test_leaderboard_draws_every_line(board: pd.DataFrame) -> None:
    """However many results were published, none vanishes."""
    lines = {f"result {n}": n / 20 for n in range(9)}
    assert len(scores.leaderboard(board, lines, COLORS).layout.shapes) == len(lines)


def test_price_joins_the_front_from_cheap_to_dear(board: pd.DataFrame) -> None:
    """The line runs over the rows of the front by cost; only these are filled, and numbered."""
    front = pd.Series([True, True, False])
    line, others, filled = scores.price(board, "cost", "time", front, COLORS, units.seconds).data
    assert (list(line.x), list(line.y)) == ([1, 10], [0.7, 0.8])
    assert (list(filled.x), list(filled.y)) == ([1, 10], [0.7, 0.8])
    assert (list(others.x), list(others.y)) == ([5], [0.6])
    assert list(filled.text) == ["1", "2"]
    assert [title for title, _ in filled.customdata] == ["Model A", "Model B"]
    assert [title for title, _ in others.customdata] == ["Model C"]
    assert (others.marker.symbol, filled.marker.symbol) == ("circle-open", None)
    assert list(filled.marker.color) == [COLORS["a"], COLORS["b"]]


def test_accuracy_ends_at_one_also_around_a_single_model(board: pd.DataFrame) -> None:
    """Plotly leaves as much room around one point as it likes, which nobody can be right in."""
    drawn = scores.price(board[:1], "cost", "time", pd.Series([True]), COLORS, units.seconds)
    limits = drawn.layout.yaxis.autorangeoptions
    assert (limits.clipmin, limits.clipmax) == (0, 1)


def test_costs_have_ticks_that_are_round_and_have_a_unit() -> None:
    """One, two and five of each decade, or the decades alone where these would be too many."""
    few = log_axis(pd.Series([0.06, 0.3]), units.seconds)
    assert few["ticktext"] == ["0.05 s", "0.1 s", "0.2 s"]
    np.testing.assert_allclose(few["tickvals"], [0.05, 0.1, 0.2])
    alike = log_axis(pd.Series([0.34, 0.36]), units.seconds)
    assert alike["ticktext"] == ["0.2 s", "0.5 s"]
    many = log_axis(pd.Series([0.007, 5.0]), units.megabytes)
    assert many["ticktext"] == ["1 kB", "10 kB", "100 kB", "1 MB", "10 MB"]


def test_models_share_a_colour_and_the_first_stands_out(board: pd.DataFrame) -> None:
    """Of models in one chart; marks tell the others apart, and legends have at most six."""
    values = {m: pd.Series([0.1, 0.5, 1], GENRES) for m in "abc"}
    traces = scores.per_genre(values, "F1", NAMES).data
    first, *others = [trace.marker.color for trace in traces]
    assert len({*others}) == 1
    assert first not in others
    assert len({trace.marker.symbol for trace in traces}) == 3


def test_per_genre_draws_each_model(board: pd.DataFrame) -> None:
    """Scores by genre, the first genre on top."""
    values = {m: pd.Series(v, GENRES) for m, v in {"a": [0, 0.5, 1], "b": [1, 0.2, 0.3]}.items()}
    figure = scores.per_genre(values, "F1", NAMES)
    assert [trace.name for trace in figure.data] == ["Model A", "Model B"]
    assert list(figure.data[1].x) == [1, 0.2, 0.3]
    assert list(figure.layout.yaxis.categoryarray) == GENRES[::-1]
    assert figure.layout.xaxis.title.text == "F1"


def test_differences_draw_each_pair() -> None:
    """Bars are differences in points with their intervals; if not significant, they are grey."""
    n = 60
    tables = {
        "a": outcomes([True] * n, [0.9] * n),
        "b": outcomes([False] * n, [0.9] * n),
        "c": outcomes([True] * (n - 1) + [False], [0.9] * n),
    }
    pairs = compare(tables)
    bars = scores.differences(pairs, NAMES).data[0]
    np.testing.assert_allclose(bars.x, np.multiply(100, [1, 1 / n, -1 + 1 / n]))
    labels = [label.replace("<br>", " ") for label in bars.y]
    assert labels == ["Model A − Model B", "Model A − Model C", "Model B − Model C"]
    np.testing.assert_allclose(np.add(bars.x, bars.error_x.array), 100 * pairs["high"])
    np.testing.assert_allclose(np.subtract(bars.x, bars.error_x.arrayminus), 100 * pairs["low"])
    significant, chance, again = bars.marker.color
    assert significant == again != chance


def test_gains_draw_each_step_and_model() -> None:
    """A trace a step: points with their intervals, the first model on top."""
    first = pd.DataFrame(
        {"gain": [0.2, -0.01], "low": [0.1, -0.1], "high": [0.3, 0.08]}, ["a", "b"]
    )
    second = pd.DataFrame({"gain": [0.05], "low": [0.0], "high": [0.1]}, ["b"])
    figure = scores.gains({"A − B": first, "B − C": second}, NAMES)
    assert [trace.name for trace in figure.data] == ["A − B", "B − C"]
    both, one = figure.data
    assert (list(both.y), list(one.y)) == (["Model A", "Model B"], ["Model B"])
    np.testing.assert_allclose(both.x, [20, -1])
    np.testing.assert_allclose(np.add(both.x, both.error_x.array), [30, 8])
    np.testing.assert_allclose(np.subtract(both.x, both.error_x.arrayminus), [10, -10])
    np.testing.assert_allclose(one.x, [5])
    assert figure.layout.yaxis.categoryarray == ("Model A", "Model B")
    assert figure.layout.yaxis.autorange == "reversed"

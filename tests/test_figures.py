"""Figures by what they draw: the numbers in their traces are those of their tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from dashboard.figures import features, matrices, scores, sound
from pipeline.evaluate import answers as answers_of
from pipeline.evaluate import compare, confusion, coverage, leaderboard, reliability

if TYPE_CHECKING:
    from pipeline.artifacts import Artifacts

NAMES = {"a": "Model A", "b": "Model B", "c": "Model C"}
COLORS = {"a": "#000001", "b": "#000002", "c": "#000003"}
GENRES = ["blues", "jazz", "rock"]


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


def answers(right: list[bool], confidence: list[float]) -> pd.DataFrame:
    """What curves read of answers."""
    n = len(right)
    table = pd.DataFrame({"right": right, "confidence": confidence, "track_id": range(n)})
    return table.assign(artist=[f"artist {i}" for i in range(n)], genre="rock", title="")


def matrix(values: list[list[float]]) -> pd.DataFrame:
    """A confusion matrix."""
    index = pd.Index(GENRES, name="genre")
    return pd.DataFrame(values, index, index.rename("predicted"))


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


def test_leaderboard_draws_a_line_for_the_floor_and_each_published_result(
    board: pd.DataFrame,
) -> None:
    """Vertical lines at the values, named with them; only the floor is dotted."""
    lines = {"floor": 0.25, "one (X 2001)": 0.7, "two (Y 2002)": 0.755}
    shapes = scores.leaderboard(board, lines, COLORS).layout.shapes
    assert [(s.x0, s.x1) for s in shapes] == [(v, v) for v in lines.values()]
    assert [s.name for s in shapes] == ["floor 25.0%", "one (X 2001) 70.0%", "two (Y 2002) 75.5%"]
    assert [s.line.dash == "dot" for s in shapes] == [True, False, False]
    assert all(s.showlegend for s in shapes)


def test_leaderboard_draws_every_line(board: pd.DataFrame) -> None:
    """However many results were published, none vanishes."""
    lines = {f"result {n}": n / 20 for n in range(9)}
    assert len(scores.leaderboard(board, lines, COLORS).layout.shapes) == len(lines)


def test_price_joins_the_front_from_cheap_to_dear(board: pd.DataFrame) -> None:
    """The line runs over the rows of the front by cost; only these dots are filled."""
    front = pd.Series([True, True, False])
    line, *dots = scores.price(board, "cost", "s", front, COLORS).data
    assert (list(line.x), list(line.y)) == ([1, 10], [0.7, 0.8])
    assert [dot.name for dot in dots] == board["title"].tolist()
    assert [dot.x[0] for dot in dots] == board["cost"].tolist()
    assert [dot.y[0] for dot in dots] == board["accuracy"].tolist()
    assert [dot.marker.symbol.endswith("-open") for dot in dots] == [False, False, True]
    assert [dot.marker.color for dot in dots] == [COLORS[m] for m in "bac"]


def test_per_genre_draws_each_model(board: pd.DataFrame) -> None:
    """Scores by genre, the first genre on top."""
    values = {m: pd.Series(v, GENRES) for m, v in {"a": [0, 0.5, 1], "b": [1, 0.2, 0.3]}.items()}
    figure = scores.per_genre(values, "F1", NAMES)
    assert [trace.name for trace in figure.data] == ["Model A", "Model B"]
    assert list(figure.data[1].x) == [1, 0.2, 0.3]
    assert list(figure.layout.yaxis.categoryarray) == GENRES[::-1]
    assert figure.layout.xaxis.title.text == "F1"


def test_differences_draw_each_pair() -> None:
    """Bars are the differences, whiskers their interval; what is not significant is grey."""
    n = 60
    tables = {
        "a": answers([True] * n, [0.9] * n),
        "b": answers([False] * n, [0.9] * n),
        "c": answers([True] * (n - 1) + [False], [0.9] * n),
    }
    pairs = compare(tables)
    bars = scores.differences(pairs, NAMES).data[0]
    np.testing.assert_allclose(bars.x, [1, 1 / n, -1 + 1 / n])
    labels = [label.replace("<br>", " ") for label in bars.y]
    assert labels == ["Model A − Model B", "Model A − Model C", "Model B − Model C"]
    np.testing.assert_allclose(np.add(bars.x, bars.error_x.array), pairs["high"])
    np.testing.assert_allclose(np.subtract(bars.x, bars.error_x.arrayminus), pairs["low"])
    significant, chance, again = bars.marker.color
    assert significant == again != chance


def test_slopes_run_through_every_protocol() -> None:
    """A line a model, a point a protocol, in the order of the table; gaps are bridged."""
    lines = pd.DataFrame({"a": [0.9, np.nan, 0.5], "b": [0.8, 0.7, 0.6]}, ["window", "track", "x"])
    first, second = scores.slopes(lines, NAMES).data
    assert (first.name, second.name) == ("Model A", "Model B")
    assert list(first.x) == ["window", "track", "x"]
    np.testing.assert_array_equal(first.y, lines["a"])
    assert first.connectgaps


def test_reliability_draws_the_bins_that_hold_answers() -> None:
    """Mean confidence and share right of each bin, by hand, beside the diagonal."""
    table = answers([True, False, True, True], [0.55, 0.57, 0.91, 0.97])
    ideal, trace = scores.reliability({"a": reliability(table)}, NAMES).data
    assert list(ideal.x) == list(ideal.y) == [0, 1]
    np.testing.assert_allclose(trace.x, [0.56, 0.94])
    np.testing.assert_allclose(trace.y, [0.5, 1])
    assert np.ravel(trace.customdata).tolist() == [2, 2]
    low = np.subtract(trace.y, trace.error_y.arrayminus)
    high = np.add(trace.y, trace.error_y.array)
    assert ((low >= -1e-9) & (high <= 1 + 1e-9)).all()


@pytest.mark.parametrize(
    ("threshold", "answered", "right"),
    [(0.0, 1.0, 0.5), (0.6, 0.75, 2 / 3), (0.65, 0.5, 1.0), (0.9, 0.25, 1.0)],
)
def test_coverage_marks_the_threshold(threshold: float, answered: float, right: float) -> None:
    """The mark stands where answers of at least this confidence are counted."""
    table = answers([True, True, False, False], [0.9, 0.7, 0.6, 0.5])
    line, mark = scores.coverage({"a": coverage(table)}, threshold, NAMES).data
    np.testing.assert_allclose(line.x, [0.25, 0.5, 0.75, 1])
    np.testing.assert_allclose(line.y, [1, 1, 2 / 3, 0.5])
    np.testing.assert_allclose([*mark.x, *mark.y], [answered, right])


def test_coverage_has_no_mark_where_nothing_is_sure() -> None:
    """Above the greatest confidence nothing is answered."""
    table = answers([True, False], [0.6, 0.5])
    mark = scores.coverage({"a": coverage(table)}, 0.99, NAMES).data[1]
    assert len(mark.x) == 0


def test_confusion_keeps_rows_and_columns(gtzan: Artifacts) -> None:
    """Rows are the truth from top to bottom; each cell shows its number."""
    counts = confusion(answers_of(gtzan, "svc", "artist"), gtzan.classes)
    figure = matrices.confusion(counts, shares=False)
    np.testing.assert_array_equal(figure.data[0].z, counts)
    assert list(figure.data[0].y) == list(figure.data[0].x) == gtzan.classes
    assert figure.layout.yaxis.autorange == "reversed"
    assert figure.layout.xaxis.title.text == "called"
    assert figure.layout.yaxis.title.text == "truly"


def test_confusion_says_which_cell_is_clicked() -> None:
    """The marks over the cells lie on them, row by row, and carry truth and answer."""
    buttons = matrices.confusion(matrix(np.arange(9).reshape(3, 3).tolist()), False).data[1]
    expected = [(truth, said) for truth in GENRES for said in GENRES]
    assert [tuple(cell) for cell in buttons.customdata] == expected
    assert list(zip(buttons.y, buttons.x, strict=True)) == expected


@pytest.mark.parametrize("cell", [("blues", "rock"), ("jazz", "jazz"), ("rock", "blues")])
def test_confusion_frames_the_chosen_cell(cell: tuple[str, str]) -> None:
    """The frame surrounds its row and column and nothing else."""
    (frame,) = matrices.confusion(matrix(np.eye(3).tolist()), True, cell).layout.shapes
    row, column = GENRES.index(cell[0]), GENRES.index(cell[1])
    assert (frame.x0 + frame.x1) / 2 == column
    assert (frame.y0 + frame.y1) / 2 == row
    assert frame.x1 - frame.x0 == frame.y1 - frame.y0 == 1


def test_confusion_without_a_chosen_cell_has_no_frame() -> None:
    """Nothing is framed until something is chosen."""
    assert not matrices.confusion(matrix(np.eye(3).tolist()), True).layout.shapes


def test_text_of_confusion_is_its_numbers() -> None:
    """Counts as they are, shares in percent, zeros left blank."""
    counts = matrices.confusion(matrix([[3, 0, 1], [0, 2, 0], [1, 1, 4]]), False).data[0]
    assert [list(row) for row in counts.text] == [["3", "", "1"], ["", "2", ""], ["1", "1", "4"]]
    shares = matrices.confusion(matrix([[0.75, 0, 0.25], [0, 1, 0], [0.2, 0.2, 0.6]]), True).data[0]
    assert list(shares.text[0]) == ["75%", "", "25%"]


def test_difference_is_centred_on_zero() -> None:
    """As much more is as dark as as much less; the sign is written."""
    gap = matrix([[0.25, -0.25, 0], [0, -0.5, 0.5], [0, 0, 0]])
    heatmap = matrices.difference(gap).data[0]
    np.testing.assert_array_equal(heatmap.z, gap)
    assert (heatmap.zmin, heatmap.zmax) == (-0.5, 0.5)
    assert list(heatmap.text[0]) == ["+25%", "-25%", ""]


def test_difference_of_equal_models_can_be_drawn() -> None:
    """All zeros leave a scale that is not empty."""
    heatmap = matrices.difference(matrix(np.zeros((3, 3)).tolist())).data[0]
    assert heatmap.zmin < heatmap.zmax


def test_tables_keep_rows_and_columns() -> None:
    """Accuracy and loss by model and distortion; what is unknown is no number."""
    frame = pd.DataFrame([[0.9, 0.4], [0.8, np.nan]], ["A", "B"], ["none", "noise"])
    for draw in (matrices.table, matrices.losses):
        figure = draw(frame, "Accuracy")
        np.testing.assert_array_equal(figure.data[0].z, frame)
        assert list(figure.data[0].y) == ["A", "B"]
        assert list(figure.data[0].x) == ["none", "noise"]
        assert figure.layout.yaxis.autorange == "reversed"


def test_correlation_and_agreement_have_fixed_scales() -> None:
    """A correlation of 0.5 has one colour whatever stands beside it."""
    values = pd.DataFrame([[1, 0.5], [0.5, 1]], list("xy"), list("xy"))
    heatmap = matrices.correlation(values).data[0]
    assert (heatmap.zmin, heatmap.zmax) == (-1, 1)
    np.testing.assert_array_equal(heatmap.z, values)
    heatmap = matrices.agreement(values).data[0]
    assert (heatmap.zmin, heatmap.zmax) == (0, 1)


def distribution_of(**samples: np.ndarray) -> pd.DataFrame:
    """The quantiles that `pipeline.summary` stores, made here by numpy."""
    shares = np.linspace(0, 1, 41)
    names = [f"q{1000 * share:04.0f}" for share in shares]
    rows = [np.quantile(values, shares) for values in samples.values()]
    table = pd.DataFrame(rows, pd.Index(list(samples), name="genre"), names)
    return table.assign(count=[len(values) for values in samples.values()], mean=0.0, std=1.0)


@pytest.fixture
def samples() -> dict[str, np.ndarray]:
    """A symmetric and a skewed distribution."""
    rng = np.random.default_rng(0)
    return {"jazz": rng.normal(5, 2, 500), "rock": rng.exponential(3, 300)}


def test_boxes_are_the_quantiles_of_the_data(samples: dict[str, np.ndarray]) -> None:
    """Box: the middle half; whiskers: 5 % and 95 %, as numpy computes them."""
    colors = {"jazz": "red", "rock": "blue"}
    figure = features.distribution(distribution_of(**samples), "box", "x", colors)
    for box, (genre, values) in zip(figure.data, samples.items(), strict=True):
        drawn = [box.lowerfence, box.q1, box.median, box.q3, box.upperfence]
        expected = np.quantile(values, [0.05, 0.25, 0.5, 0.75, 0.95])
        np.testing.assert_allclose(np.ravel(drawn), expected)
        assert (box.name, box.marker.color) == (genre, colors[genre])


def test_violins_are_drawn_of_the_quantiles(samples: dict[str, np.ndarray]) -> None:
    """Evenly spaced quantiles stand for the tracks, from the least to the greatest."""
    colors = {"jazz": "red", "rock": "blue"}
    figure = features.distribution(distribution_of(**samples), "violin", "x", colors)
    for violin, values in zip(figure.data, samples.values(), strict=True):
        np.testing.assert_allclose(np.sort(violin.y), np.quantile(values, np.linspace(0, 1, 41)))
        assert violin.spanmode == "hard"


def area(trace: object) -> float:
    """Under a histogram of steps."""
    return float((np.diff(trace.x) * np.array(trace.y)[:-1]).sum())  # type: ignore[attr-defined]


def test_histogram_is_a_density(samples: dict[str, np.ndarray]) -> None:
    """It covers the data, never falls below zero and has the area 1."""
    colors = {"jazz": "red", "rock": "blue"}
    figure = features.distribution(distribution_of(**samples), "histogram", "x", colors)
    for trace, values in zip(figure.data, samples.values(), strict=True):
        assert area(trace) == pytest.approx(1)
        assert min(trace.y) >= 0
        assert (trace.x[0], trace.x[-1]) == pytest.approx((values.min(), values.max()))


def test_histogram_of_a_uniform_distribution_is_flat() -> None:
    """Known data: density 1/4 between 2 and 6."""
    table = distribution_of(rock=np.linspace(2, 6, 1001))
    trace = features.distribution(table, "histogram", "x", {"rock": "red"}).data[0]
    np.testing.assert_allclose(trace.y[:-1], 0.25, rtol=1e-6)


def test_histogram_keeps_a_heap_of_equal_values() -> None:
    """Half of the tracks at the least value, as of silence, are half of the area."""
    values = np.concatenate([np.zeros(500), np.linspace(0, 1, 500)])
    table = distribution_of(rock=values)
    trace = features.distribution(table, "histogram", "x", {"rock": "red"}).data[0]
    assert area(trace) == pytest.approx(1)


@pytest.mark.parametrize("shape", ["violin", "box", "histogram"])
def test_distribution_of_a_constant_can_be_drawn(shape: features.Shape) -> None:
    """A feature that never changes gives finite numbers."""
    table = distribution_of(rock=np.full(10, 3.0))
    trace = features.distribution(table, shape, "x", {"rock": "red"}).data[0]
    assert np.isfinite(np.ravel(trace.median if shape == "box" else trace.y)).all()


def test_ellipse_is_one_standard_deviation_of_a_known_covariance() -> None:
    """Every point lies at Mahalanobis distance 1; the extremes are the standard deviations."""
    mean, covariance = np.array([3.0, -1.0]), np.array([[4.0, 1.2], [1.2, 1.0]])
    figure = features.pair({"rock": (mean, covariance)}, None, ("x", "y"), {"rock": "red"})
    (trace,) = figure.data
    off = np.stack([trace.x, trace.y]) - mean[:, None]  # (2, n)
    distance = np.einsum("in,ij,jn->n", off, np.linalg.inv(covariance), off)
    np.testing.assert_allclose(distance, 1)
    assert max(off[0]) == pytest.approx(2, rel=0.01)
    assert max(off[1]) == pytest.approx(1, rel=0.01)
    assert figure.layout.xaxis.title.text == "x"
    assert figure.layout.yaxis.title.text == "y"


def test_ellipse_of_a_flat_covariance_is_finite() -> None:
    """Features that say the same thing leave a line; rounding leaves no NaN."""
    flat = np.array([[1.0, 2.0], [2.0, 4.0 - 1e-12]])
    (trace,) = features.pair({"rock": (np.zeros(2), flat)}, None, ("x", "y"), {"rock": "red"}).data
    assert np.isfinite([trace.x, trace.y]).all()


def test_pair_draws_the_tracks_in_the_colour_of_their_genre() -> None:
    """Dots stand where the tracks are, with their name; the ellipse names the genre."""
    dots = pd.DataFrame(
        {"x": [1, 2, 3], "y": [4, 5, 6], "genre": ["rock", "jazz", "rock"], "label": list("pqr")}
    )
    ellipses = {"jazz": (np.zeros(2), np.eye(2)), "rock": (np.ones(2), np.eye(2))}
    figure = features.pair(ellipses, dots, ("x", "y"), {"jazz": "red", "rock": "blue"})
    rock = [t for t in figure.data if t.mode == "markers" and t.name == "rock"]
    assert [list(rock[0].x), list(rock[0].y), list(rock[0].text)] == [[1, 3], [4, 6], ["p", "r"]]
    assert rock[0].marker.color == "blue"
    assert not rock[0].showlegend


def test_places_hold_every_track_in_its_group() -> None:
    """A trace a group in the given order; groups without tracks are left out."""
    tracks = pd.DataFrame(
        {"x": range(4), "y": range(4, 8), "group": list("bacb"), "label": list("pqrs")}
    )
    colors = {"a": "red", "b": "blue", "c": "green", "none": "gray"}
    traces = features.places(tracks, ["b", "none", "a", "c"], colors).data
    assert [trace.name for trace in traces] == ["b", "a", "c"]
    assert [trace.marker.color for trace in traces] == ["blue", "red", "green"]
    assert list(traces[0].x) == [0, 3]
    assert list(traces[0].text) == ["p", "s"]
    assert sum(len(trace.x) for trace in traces) == len(tracks)


def test_profile_draws_the_first_on_top() -> None:
    """Bars are the values; more and less than zero have two colours."""
    bars = features.profile(pd.Series({"x": 2.0, "y": -1.0, "z": 0.5}), "sd").data[0]
    assert dict(zip(bars.y, bars.x, strict=True)) == {"x": 2, "y": -1, "z": 0.5}
    assert bars.y[-1] == "x"
    color = dict(zip(bars.y, bars.marker.color, strict=True))
    assert color["x"] == color["z"] != color["y"]


def test_importance_draws_values_and_spread() -> None:
    """A mark a feature and model, whiskers of one standard deviation, the first on top."""
    table = pd.DataFrame({"feature": ["x", "y"], "value": [0.3, 0.1], "std": [0.05, 0.2]})
    figure = features.importance({"a": table, "b": table.assign(value=0.0)}, "lost", NAMES)
    first = figure.data[0]
    assert (first.name, list(first.x), list(first.y)) == ("Model A", [0.3, 0.1], ["x", "y"])
    assert list(first.error_x.array) == [0.05, 0.2]
    assert list(figure.layout.yaxis.categoryarray) == ["y", "x"]


def test_shares_put_the_largest_on_top() -> None:
    """Bars of all genres; the last one drawn, the top, is the longest."""
    bars = sound.shares(pd.Series({"blues": 0.2, "jazz": 0.7, "rock": 0.1})).data[0]
    assert list(bars.y) == ["rock", "blues", "jazz"]
    assert list(bars.text) == ["10%", "20%", "70%"]


WINDOWS = pd.DataFrame(
    {"start": [0.0, 3.0], "end": [3.0, 6.0], "jazz": [0.25, 1], "rock": [0.75, 0]}
)


def test_timeline_reaches_to_the_end() -> None:
    """Each window's probabilities hold from its start, the last one's to its end."""
    drawn = sound.timeline(WINDOWS, ["jazz", "rock"], np.zeros((128, 50)), 6.0, 22_050)
    jazz, rock, moments, picture = drawn.data
    assert list(jazz.x) == [0, 3, 6]
    assert list(jazz.y) == [0.25, 1, 1]
    np.testing.assert_allclose(np.add(jazz.y, rock.y), 1)
    assert list(moments.customdata) == [0, 3]
    assert picture.xaxis is None  # one axis of time for both
    assert picture.x[0] == pytest.approx(6 / 50 / 2)
    assert list(drawn.layout.xaxis.range) == [0, 6]


def test_parts_of_a_passage_lie_where_they_were_covered() -> None:
    """Eight bands and six times span the picture of what the network was given."""
    lost = np.zeros((8, 6))
    lost[7, 0] = 0.3
    below, above = sound.seen(np.zeros((187, 96)), lost, 12.0, 3.0).data
    assert below.z.shape == (96, 187)
    assert (above.x[0], above.x[-1]) == (12.0, 15.0)
    assert (above.y[0], above.y[-1]) == (-0.5, 95.5)
    assert above.z[7][0] == 0.3  # high, and first
    assert (above.zmin, above.zmax) == (-0.3, 0.3)


def test_contributions_say_which_way() -> None:
    """Bars keep their order; what speaks against has another colour."""
    values = pd.Series({"tempo": 0.2, "rms_mean": -0.1})
    bars = sound.contributions(values, ["beats", "level"]).data[0]
    assert list(bars.y) == ["tempo", "rms_mean"]
    assert list(bars.text) == ["+20.0%", "-10.0%"]
    assert len(set(bars.marker.color)) == 2


def test_mel_figure_labels_frequencies_where_they_are() -> None:
    """The tick of 1 kHz stands at the band whose centre is 1 kHz."""
    import librosa

    figure = sound.timeline(WINDOWS, ["jazz", "rock"], np.zeros((128, 50)), 3.0, 22_050)
    place = dict(zip(figure.layout.yaxis2.ticktext, figure.layout.yaxis2.tickvals, strict=True))
    centres = librosa.mel_frequencies(130, fmin=0, fmax=11_025)[1:-1]
    assert place["1000"] == pytest.approx(np.interp(1000, centres, np.arange(128)), abs=1)

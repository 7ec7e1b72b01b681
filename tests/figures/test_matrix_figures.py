"""Figures of matrices draw the numbers of their tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from plotly.colors import hex_to_rgb, sample_colorscale, unlabel_rgb
from support.figure_tables import GENRES, matrix

from dashboard.figures import matrices
from pipeline.evaluation.confusion import confusion
from pipeline.evaluation.scores import labelled_predictions

if TYPE_CHECKING:
    from collections.abc import Sequence

    import plotly.graph_objects as go

    from pipeline.artifacts.reader import Artifacts


def test_confusion_keeps_rows_and_columns(gtzan: Artifacts) -> None:
    """Rows are the truth from top to bottom; each cell shows its number."""
    counts = confusion(labelled_predictions(gtzan, "svc", "artist"), gtzan.classes)
    figure = matrices.confusion(counts, shares=False)
    np.testing.assert_array_equal(figure.data[0].z, counts)
    assert list(figure.data[0].y) == list(figure.data[0].x) == gtzan.classes
    assert figure.layout.yaxis.autorange == "reversed"
    assert figure.layout.xaxis.title.text == "predicted"
    assert figure.layout.yaxis.title.text == "true"


def test_confusion_reports_which_cell_is_clicked() -> None:
    """The marks lie on the cells, row by row, and carry the true and the predicted genre."""
    buttons = matrices.confusion(matrix(np.arange(9).reshape(3, 3).tolist()), False).data[-1]
    expected = [(true, predicted) for true in GENRES for predicted in GENRES]
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
    """Gains and losses of one size are equally dark; points have a sign."""
    gap = matrix([[0.25, -0.25, 0], [0, -0.5, 0.5], [0, 0, 0]])
    heatmap = matrices.difference(gap).data[0]
    np.testing.assert_array_equal(heatmap.z, 100 * gap)
    assert (heatmap.zmin, heatmap.zmax) == (-50, 50)
    assert list(heatmap.text[0]) == ["+25", "-25", ""]


def test_difference_of_equal_models_can_be_drawn() -> None:
    """All zeros leave a scale that is not empty."""
    heatmap = matrices.difference(matrix(np.zeros((3, 3)).tolist())).data[0]
    assert heatmap.zmin < heatmap.zmax


def test_tables_keep_rows_and_columns() -> None:
    """Accuracy in percent and loss in points by model and distortion; gaps stay gaps."""
    frame = pd.DataFrame([[0.9, 0.4], [0.8, np.nan]], ["A", "B"], ["none", "noise"])
    for draw, unit in ((matrices.table, 1), (matrices.losses, 100)):
        figure = draw(frame, "Accuracy")
        np.testing.assert_array_equal(figure.data[0].z, unit * frame)
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


def drawn(dark: bool) -> list[go.Figure]:
    """Each kind of matrix with values from one end of its scale to the other."""
    shares = matrix(np.linspace(0.01, 1, 9).reshape(3, 3).tolist())
    gaps = matrix(np.linspace(-1, 1, 9).reshape(3, 3).tolist())
    return [
        matrices.confusion(shares, True, dark=dark),
        matrices.agreement(shares, dark),
        matrices.table(shares, "Accuracy", dark),
        matrices.difference(gaps, dark),
        matrices.correlation(gaps, dark),
        matrices.losses(gaps, "Lost", dark),
    ]


@pytest.mark.parametrize("dark", [False, True])
def test_numbers_are_legible_on_their_cells(dark: bool) -> None:
    """A contrast of 4.5 : 1 or more, by WCAG's formula and Plotly's own colours of the cells."""
    for figure in drawn(dark):
        heatmap, numbers = figure.data[:2]
        shares = (np.ravel(heatmap.z) - heatmap.zmin) / (heatmap.zmax - heatmap.zmin)
        scale = [[place, color] for place, color in heatmap.colorscale]
        cells = [unlabel_rgb(c) for c in sample_colorscale(scale, shares.tolist())]
        for cell, word in zip(cells, numbers.textfont.color, strict=True):
            assert contrast(cell, hex_to_rgb(word)) >= 4.5


def contrast(one: Sequence[float], other: Sequence[float]) -> float:
    """Of WCAG 2.2, for red, green and blue in [0, 255]."""
    lights = []
    for color in (one, other):
        linear = [
            v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4
            for v in (channel / 255 for channel in color)
        ]
        lights.append(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])
    return (max(lights) + 0.05) / (min(lights) + 0.05)


def test_each_number_stands_on_its_cell() -> None:
    """In the row and the column of its value; zeros are left blank."""
    numbers = matrices.confusion(matrix([[3, 0, 1], [0, 2, 0], [1, 1, 4]]), False).data[1]
    words = dict(zip(zip(numbers.y, numbers.x, strict=True), numbers.text, strict=True))
    assert words["blues", "blues"] == "3"
    assert words["rock", "jazz"] == "1"
    assert words["blues", "jazz"] == ""


def test_nothing_looks_like_the_page_in_both_themes() -> None:
    """The cell of 0 is bright on a white page and dark on a dark one."""
    for dark in (False, True):
        scale = matrices.agreement(matrix(np.eye(3).tolist()), dark).data[0].colorscale
        assert (sum(hex_to_rgb(scale[0][1])) < 3 * 64) == dark

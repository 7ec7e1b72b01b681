"""The page Confusion counts mistakes and lists the tracks behind them."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from support.pages import figure, open_page, table_with, texts
from support.stored_predictions import accuracies, stored

from pipeline.artifacts.reader import Artifacts


def test_confusion_says_the_worst_mistake_in_words(gtzan: Artifacts) -> None:
    """The sentence names the largest cell off the diagonal, and the address the model."""
    page = open_page("confusion", gtzan, confusion__model=gtzan.models["random_forest"].title)
    table = stored(gtzan, "random_forest", gtzan.headline)
    counts = pd.crosstab(table["genre"], table["predicted"])
    most = max(counts.loc[a, b] for a in counts.index for b in counts.columns if a != b)
    of = counts.sum(axis=1)
    worst = [
        f"{most} of {of[a]} {a} tracks were classified as {b} by"
        for a in counts.index
        for b in counts.columns
        if a != b and counts.loc[a, b] == most
    ]
    assert any(sentence in texts(page) for sentence in worst)


def test_confusion_lists_the_tracks_of_the_cell_of_the_address(recorded: Artifacts) -> None:
    """The sentence counts the chosen cell; the table holds its tracks, most confident first."""
    protocol = recorded.headline
    model = list(accuracies(recorded, protocol))[-1]
    table = stored(recorded, model, protocol)
    mistakes = table[~table["right"]].groupby(["genre", "predicted"]).size()
    true, predicted = mistakes.sort_values().index[-1]
    title = recorded.models[model].title
    page = open_page(
        "confusion",
        recorded,
        protocol,
        confusion__model=title,
        confusion__true=true,
        confusion__predicted=predicted,
    )
    rows = table[(table["genre"] == true) & (table["predicted"] == predicted)]
    of = (table["genre"] == true).sum()
    sentence = f"**{len(rows)} of {of} {true} tracks were classified as {predicted} by {title}.**"
    assert sentence in texts(page)
    listed = table_with(page, "track_id", "artist", f"predicted by {model}")
    assert set(listed["track_id"]) == set(rows.index.get_level_values("track_id"))
    assert listed[f"predicted by {model}"].str.startswith(predicted).all()


@pytest.mark.parametrize("name", ["confusion", "genres"])
def test_windows_are_not_called_tracks(plain: Artifacts, name: str) -> None:
    """Under a protocol that tests window by window, sentences count windows."""
    said = {
        p: texts(open_page(name, plain, p)).partition("In all genres")[0]  # an audit is of tracks
        for p in ("artist", "window")
    }
    noun = {p: re.findall(r"\d+ (?:no |yes |test )*(tracks|windows)\b", s) for p, s in said.items()}
    assert {*noun["artist"]} == {"tracks"}
    assert {*noun["window"]} == {"windows"}


def test_confusion_frames_the_cell_of_the_address(three: Artifacts) -> None:
    """A link to a cell shows it in the matrix at once."""
    page = open_page("confusion", three, confusion__true="rock", confusion__predicted="blues")
    assert page.selectbox(key="confusion.true").value == "rock"
    matrix = figure(page)
    assert "shapes" in matrix["layout"], "no cell is framed"
    (frame,) = matrix["layout"]["shapes"]
    row = matrix["data"][0]["y"].index("rock")
    column = matrix["data"][0]["x"].index("blues")
    assert ((frame["x0"] + frame["x1"]) / 2, (frame["y0"] + frame["y1"]) / 2) == (column, row)


def test_confusion_of_a_genre_without_test_tracks(three: Artifacts) -> None:
    """None of none, and no table."""
    page = open_page("confusion", three, confusion__true="jazz", confusion__predicted="rock")
    assert "0 of 0 jazz tracks were classified as rock" in texts(page)
    assert "None." in texts(page)


def test_confusion_orders_by_error(gtzan: Artifacts) -> None:
    """The genre with the least recall is on top."""
    model = next(iter(accuracies(gtzan, gtzan.headline)))
    recall = stored(gtzan, model, gtzan.headline).groupby("genre")["right"].mean()
    page = open_page("confusion", gtzan, confusion__order="By error")
    np.testing.assert_allclose(recall[figure(page)["data"][0]["y"]], np.sort(recall))


def test_confusion_counts_errors_within_families(gtzan: Artifacts) -> None:
    """Of sub-genres it says how many wrong answers are of the true one's genre."""
    opened = Artifacts(gtzan.folder.parent / "spotify-subgenres")
    leader = next(iter(accuracies(opened, opened.headline)))
    table = stored(opened, leader, opened.headline)
    family = opened.tracks.drop_duplicates("genre").set_index("genre")["family"]
    wrong = table[~table["right"].astype(bool)]
    share = (wrong["genre"].map(family) == wrong["predicted"].map(family)).mean()
    page = open_page("confusion", opened)
    assert f"Of the {len(wrong):,} errors of {opened.titles[leader]}, **{share:.0%}**" in texts(
        page
    )
    assert "within a family" not in texts(open_page("confusion", gtzan))

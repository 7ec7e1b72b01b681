"""Predictions that a visitor uploads are compared in that visit, and are never written to disk."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from support.odd_benchmarks import Shape, benchmark
from support.other_models import answers, genres
from support.pages import figure, open_page, table_with, texts
from support.writes import watched

from pipeline.artifacts.places import home

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

    from pipeline.artifacts.reader import Artifacts

MINE = "my model (not verified here)"


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Artifacts:
    """Three genres, sixty tracks by thirty artists, three models of random answers."""
    shape = Shape(tracks=20)
    return benchmark("odd", shape, tmp_path_factory.mktemp("artifacts"))


def upload(page: AppTest, table: pd.DataFrame, name: str = "my model.csv") -> AppTest:
    """Drop a table on the page."""
    page.file_uploader(key="compare.file").upload(
        name, table.to_csv(index=False).encode(), "text/csv"
    )
    page.run()
    assert not page.exception
    return page


def better(odd: Artifacts) -> pd.DataFrame:
    """Predictions that are right on nine tracks of ten."""
    table = answers(odd)
    truth = odd.tracks.set_index("track_id")["genre"].loc[table["track_id"]]
    for n, genre in enumerate(truth):
        said = genre if n % 10 else next(g for g in odd.classes if g != genre)
        table.loc[n, odd.classes] = [0.8 if g == said else 0.1 for g in odd.classes]
    return table


def offered(page: AppTest) -> list[str]:
    """Models that the page offers."""
    return list(page.pills(key="compare.models").options)


def test_an_uploaded_model_is_compared_at_once(odd: Artifacts) -> None:
    """It is chosen beside others, and its pairs are tested."""
    page = upload(open_page("compare", odd), better(odd))
    assert MINE in offered(page)
    assert "your upload" in page.pills(key="compare.models").value
    recall = table_with(page, "genre", "model", "recall")
    assert recall[recall["model"] == MINE]["support"].sum() == 60
    pairs = table_with(page, "model_a", "model_b", "difference")
    mine = pairs[pairs["model_a"] == MINE]
    other = answers(odd, model="m0")
    truth = odd.tracks.set_index("track_id")["genre"].loc[other["track_id"]].to_numpy()
    right = (other[odd.classes].idxmax(axis=1) == truth).mean()
    row = mine.set_index("model_b").loc["First", "difference"]
    assert row == pytest.approx(100 * (0.9 - right), abs=0.01)
    assert MINE in str(figure(page))


def test_it_is_seen_by_nobody_else_and_on_no_other_page(odd: Artifacts) -> None:
    """Another visit and other pages do not have it; nor do the tables that visitors share."""
    upload(open_page("compare", odd), better(odd))
    assert MINE not in offered(open_page("compare", odd))
    board = table_with(open_page("overview", odd), "title", "accuracy")
    assert set(board["title"]) == {"First", "Second", "Third"}


def test_parquet_is_compared_like_csv(odd: Artifacts) -> None:
    """The same predictions in the other form that the command takes."""
    page = open_page("compare", odd)
    page.file_uploader(key="compare.file").upload(
        "my model.parquet", better(odd).to_parquet(), "application/octet-stream"
    )
    page.run()
    assert not page.exception
    recall = table_with(page, "genre", "model", "recall")
    whole = table_with(upload(open_page("compare", odd), better(odd)), "genre", "model", "recall")
    pd.testing.assert_frame_equal(recall, whole)
    assert MINE in offered(page)


def test_it_goes_when_it_is_removed(odd: Artifacts) -> None:
    """The button takes it out of the choice."""
    page = upload(open_page("compare", odd), better(odd))
    page.button(key="compare.drop").click().run()
    assert not page.exception
    assert MINE not in offered(page)
    assert "your upload" not in page.pills(key="compare.models").value


def test_a_file_that_does_not_fit_is_refused_by_the_same_sentences(odd: Artifacts) -> None:
    """The page says what is wrong and shows the other models; a right file then replaces it."""
    table = better(odd)
    page = upload(open_page("compare", odd), table.iloc[1:])
    assert "1 of the ids are missing" in page.warning[0].value
    assert offered(page) == offered(open_page("compare", odd))
    page = upload(page, table)
    assert not page.warning
    assert MINE in offered(page)
    page = upload(page, table.rename(columns={"jazz": "Jazz"}))
    assert "'Jazz' is no genre of odd" in page.warning[0].value
    assert MINE not in offered(page)


def test_what_a_file_lacks_is_said(odd: Artifacts) -> None:
    """Without folds it is not tested against others; a genre alone has no probabilities."""
    page = upload(open_page("compare", odd), genres(odd, better(odd)))
    said = texts(page)
    assert "It has no folds, so it is not tested against others. It has no probabilities." in said
    assert MINE in offered(page)
    pairs = [t.value for t in page.dataframe if "p_adjusted" in t.value]
    assert not any(MINE in {*t["model_a"], *t["model_b"]} for t in pairs)


def test_nothing_is_offered_where_windows_are_tested(odd: Artifacts) -> None:
    """Others cannot divide our windows; a model that was chosen before is left out."""
    page = open_page("compare", odd, "window")
    assert not page.file_uploader
    page.session_state["compare.models"] = ["your upload", "m1"]
    page.run()
    assert not page.exception
    assert page.pills(key="compare.models").value == ["m1"]


def test_an_address_with_an_uploaded_model_opens_for_others(odd: Artifacts) -> None:
    """Who gets the address of such a visit sees the models that there are."""
    page = open_page("compare", odd, compare__models=[MINE, "First"])
    assert MINE not in offered(page)


def test_an_upload_is_never_written_to_disk(odd: Artifacts) -> None:
    """No file is opened for writing while predictions are uploaded, compared and removed."""
    table = better(odd)
    page = open_page("compare", odd)
    with watched() as written:
        page = upload(page, table)
        page.button(key="compare.drop").click().run()
    assert written == []
    assert not (home() / "predictions" / "odd").exists()
    with watched() as written:
        Path(odd.folder / "probe").write_text("seen")  # the watch itself works
    assert written == [str(odd.folder / "probe")]

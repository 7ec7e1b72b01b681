"""A chosen slice narrows pages to its tracks, and the page Slices looks at all of them."""

from __future__ import annotations

import shutil

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest
from support.damage import put_table
from support.pages import TIMEOUT_SECONDS, VIEWS, figure, open_page, table_with, texts, values
from support.stored_predictions import stored

from dashboard import state
from pipeline.artifacts.reader import Artifacts
from pipeline.evaluation.calibration import calibrated
from pipeline.evaluation.scores import labelled_predictions
from pipeline.evaluation.slice_scores import by_bin
from pipeline.evaluation.slices import Slice, parse
from pipeline.registry import lookup

# By what is left: one genre, one artist, few tracks, and none under the protocol.
LITTLE = ["genre:blues", "artist:artist 0 of rock", "fault:none", "genre:jazz", "nonsense"]
TRACKS = {"genre:blues": 4, "artist:artist 0 of rock": 2, "fault:none": 7}  # of `three`, by artist


@pytest.mark.parametrize("only", LITTLE)
@pytest.mark.parametrize("name", VIEWS)
def test_every_page_opens_on_little(three: Artifacts, name: str, only: str) -> None:
    """One genre, one artist, no tracks or no slice: a sentence says what is shown."""
    page = open_page(name, three, "artist", slice=only)
    assert "nan" not in texts(page).replace("nano", "")
    assert page.query_params["slice"] == only
    text, view = texts(page), lookup("dashboard.views", "VIEW", name)
    if not view.is_of_benchmark:
        assert "tracks are shown" not in text
        assert "shows all tracks" not in text
    elif only not in TRACKS:
        assert "All tracks are shown" in text
    elif view.narrows:
        assert f": {TRACKS[only]} of 8 tracks**" in text
    else:
        assert "This page shows all tracks, not only" in text


def test_a_slice_without_tests_under_another_protocol(three: Artifacts) -> None:
    """Jazz is tested by windows only: the page Leak shows that protocol and ends in no error."""
    page = open_page("leak", three, "window", slice="genre:jazz")
    assert "Only genre jazz: 4 of 12 tracks" in texts(page)


def test_overview_scores_the_slice_alone(gtzan: Artifacts) -> None:
    """Accuracies, their order and n are those of the stored predictions on its tracks."""
    ids = set(gtzan.tracks.loc[gtzan.tracks["seconds"] < 3, "track_id"])
    accuracy = {}
    for model in gtzan.models:
        table = stored(gtzan, model, gtzan.headline).reset_index()
        accuracy[gtzan.titles[model]] = table.loc[table["track_id"].isin(ids), "right"].mean()
    page = open_page("overview", gtzan, slice="seconds:..3")
    table = table_with(page, "title", "accuracy").set_index("title")["accuracy"]
    assert table.is_monotonic_decreasing
    np.testing.assert_allclose(table, pd.Series(accuracy)[table.index], atol=6e-4)
    assert f"Only length below 3 s: {len(ids)} of {len(gtzan.tracks)} tracks" in texts(page)


def test_overview_of_one_genre_names_neither_best_nor_worst(gtzan: Artifacts) -> None:
    """Where one genre is left, the sentence on the leader has its accuracy only."""
    page = open_page("overview", gtzan, slice="genre:rock")
    assert "leads with an accuracy of" in texts(page)
    assert "it recognises" not in texts(page)
    assert table_with(page, "title", "macro_f1")["macro_f1"].isna().all()


def test_confidence_does_not_depend_on_the_slice(gtzan: Artifacts) -> None:
    """Temperatures are fitted on all tracks: a track's probabilities are the same in a slice."""
    model, protocol = "svc", gtzan.headline
    every = calibrated(labelled_predictions(gtzan, model, protocol), gtzan.classes)
    state.narrow(Slice("genre", "rock"))
    try:
        part = state.calibrated(gtzan, model, protocol)
    finally:
        state.narrow(None)
    expected = every[every["genre"] == "rock"].reset_index(drop=True)
    pd.testing.assert_frame_equal(part, expected)


@pytest.fixture(scope="module")
def described(three: Artifacts, tmp_path_factory: pytest.TempPathFactory) -> Artifacts:
    """A benchmark whose table of tracks has further facts, some of them missing."""
    folder = shutil.copytree(three.folder, tmp_path_factory.mktemp("described") / "three")
    tracks = pd.read_parquet(folder / "tracks.parquet")
    n = np.arange(len(tracks))
    year = pd.array(1990 + n, dtype="Int64")
    year[::5] = pd.NA
    facts = {"collection": np.where(n % 2, "one", "two"), "loudness": -20.5 + n, "heard": n % 3 > 0}
    put_table(folder, "tracks.parquet", tracks.assign(year=year, **facts))
    return Artifacts(folder)


@pytest.mark.parametrize(
    ("fact", "only"),
    [
        ("Collection", "collection:one"),
        ("Loudness (LUFS)", "loudness:..-15"),
        ("Heard", "heard:no"),
        ("Year", "year:unknown"),
        ("Known fault", "fault:none"),
        ("Genre", "genre:rock"),
    ],
)
def test_every_column_of_facts_divides_and_narrows(
    described: Artifacts, fact: str, only: str
) -> None:
    """The page counts each tested track in one bin; the slice narrows the overview to its own."""
    page = open_page("slices", described, "artist", slices__fact=fact)
    bins = table_with(page, "words", "n")
    assert bins["n"].sum() == 8
    words = parse(only, described.tracks).words
    n = bins.set_index("words")["n"].get(words)
    page = open_page("overview", described, "artist", slice=only)
    assert f"Only {words}: " in texts(page).replace("\\", "")
    table = table_with(page, "title", "accuracy")
    assert len(table) == 3
    assert n is None or f": {n} of 8 tracks" in texts(page)


def app() -> None:
    """The script of each visit."""
    import dashboard.main

    dashboard.main.main()


@pytest.fixture
def visit(monkeypatch: pytest.MonkeyPatch, three: Artifacts) -> AppTest:
    """The whole app, which shows a small benchmark."""
    monkeypatch.setattr(state, "ROOT", three.folder.parent)
    monkeypatch.setattr(state, "available", lambda: [three.folder.name])
    return AppTest.from_function(app, default_timeout=TIMEOUT_SECONDS)


def test_nonsense_loses_nothing_of_the_address(visit: AppTest) -> None:
    """A fact that does not exist is said; all tracks are shown; other choices stay."""
    visit.query_params["slice"] = "mood:sad"
    visit.query_params["overview.cost"] = "Training time"
    visit.run()
    assert not visit.exception
    assert "'mood' is no fact of these tracks" in visit.warning[0].value.replace("\\", "")
    assert visit.query_params == {"slice": "mood:sad", "overview.cost": "Training time"}
    assert set(table_with(visit, "title", "accuracy")["title"]) == {"First", "Second", "Third"}


def test_a_slice_is_chosen_and_removed(visit: AppTest) -> None:
    """Lists write it into the address, a text of one's own does too, and a button takes it out."""
    visit.run()
    assert "Only" not in texts(visit)
    lists = {box.label: box for box in visit.selectbox}
    assert lists["Fact"].options[0] == "Genre"
    lists["Only tracks with"].select("genre:blues").run()
    assert visit.query_params["slice"] == "genre:blues"
    assert "Only genre blues: 4 of 8 tracks" in texts(visit)
    assert {box.label: box for box in visit.selectbox}["Only tracks with"].value == "genre:blues"
    visit.text_input[0].set_value("genre:rock").run()
    assert visit.query_params["slice"] == "genre:rock"
    assert "Only genre rock: 4 of 8 tracks" in texts(visit)
    visit.button(key="slice.remove").click().run()
    assert "slice" not in visit.query_params
    assert "Only" not in texts(visit)
    assert not visit.exception


def test_the_page_shows_accuracy_by_bin(gtzan: Artifacts) -> None:
    """Dots, bars, table and sentence are `by_bin` of the chosen model and fact."""
    title = gtzan.titles["svc"]
    choices = {"slices__model": title, "slices__fact": "Length (s)"}
    page = open_page("slices", gtzan, **choices)
    table = labelled_predictions(gtzan, "svc", gtzan.headline)
    bins = by_bin(table, gtzan.tracks, "seconds")
    np.testing.assert_allclose(values(figure(page)["data"][0]["x"]), bins["accuracy"])
    np.testing.assert_allclose(values(figure(page, 1)["data"][0]["x"]), 100 * bins["within"])
    shown = table_with(page, "words", "within")
    np.testing.assert_allclose(shown["accuracy"], bins["accuracy"], atol=6e-4)
    best, worst = bins["accuracy"].max(), bins["accuracy"].min()
    assert f"**{title}** is right on {best:.0%} of the tracks with" in texts(page)
    assert f"and on {worst:.0%} of the tracks with" in texts(page)


def test_slices_that_are_alike_have_no_best_one(plain: Artifacts) -> None:
    """A model that is always right has neither a best nor a weak slice, and the page says why."""
    right = answered(plain)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(state, "labelled_predictions", lambda *_: right)
        patch.setattr(state, "by_bin", lambda a, m, p, column: by_bin(right, plain.tracks, column))
        said = texts(open_page("slices", plain))
    assert "**First** is right on 100% of the tracks in every slice." in said
    assert "made no mistake here, so there is no weak slice" in said
    assert "too few" not in said


def answered(artifacts: Artifacts) -> pd.DataFrame:
    """Predictions of a model that is always right."""
    found = labelled_predictions(artifacts, "m0", "artist")
    return found.assign(predicted=found["genre"], right=True)


def test_the_page_says_that_no_slice_is_weak(plain: Artifacts) -> None:
    """Eight tracks with random predictions are too few to look."""
    assert "too few, or too much alike" in texts(open_page("slices", plain))

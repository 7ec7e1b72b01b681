"""Pages show models whose predictions were imported, marked, and never claim more of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from support.commands import run
from support.other_models import answers, genres, written
from support.pages import VIEWS, figure, open_page, opened, table_with, texts
from support.partial_benchmarks import part_of
from support.stored_predictions import stored

from dashboard.report import beside_headline, leaderboards, report

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.artifacts.reader import Artifacts

BUILT = ("transfer", "taggram_lda", "dummy_prior")
# What was imported: one with all, one without folds, one without probabilities.
WHOLE, LOOSE, BARE = (f"{name} (not verified here)" for name in ("Whole", "Loose", "Bare"))
EVERY = {WHOLE, LOOSE, BARE}


@pytest.fixture(scope="module")
def mixed(gtzan: Artifacts, tmp_path_factory: pytest.TempPathFactory) -> Artifacts:
    """GTZAN with three of its models, and three that were imported."""
    root = tmp_path_factory.mktemp("mixed")
    part = part_of(gtzan, BUILT, root / "artifacts").folder
    part = part.rename(part.with_name("mixed"))  # so that no other test finds what is imported
    best = {name: answers(gtzan, name, "embedding_logistic") for name in ("artist", "track")}
    files = {
        ("whole", "artist"): best["artist"],
        ("whole", "track"): best["track"],
        ("loose", "artist"): best["artist"].drop(columns="fold"),
        ("bare", "artist"): genres(gtzan, best["artist"]).assign(fold=best["artist"]["fold"]),
    }
    for (name, protocol), table in files.items():
        file = written(table, root / "p.csv")
        words = ("mixed", file, "--name", name, "--title", name.title(), "--protocol", protocol)
        done = run("import-predictions", *words, "--artifacts", part.parent)
        assert done.code == 0
    return opened(str(part))


@pytest.mark.parametrize("name", VIEWS)
def test_every_page_opens(mixed: Artifacts, name: str) -> None:
    """Whatever an imported model lacks."""
    open_page(name, mixed, "artist")


@pytest.mark.parametrize("protocol", ["track", "window", "elsewhere"])
def test_pages_show_them_where_they_were_tested(mixed: Artifacts, protocol: str) -> None:
    """Under other protocols than those of the import, pages open without it."""
    board = table_with(open_page("overview", mixed, protocol), "title", "accuracy")
    assert (WHOLE in set(board["title"])) == (protocol == "track")
    offered = open_page("compare", mixed, protocol).pills(key="compare.models").options
    assert (WHOLE in offered) == (protocol == "track")


def test_the_leaderboard_marks_them(mixed: Artifacts, gtzan: Artifacts) -> None:
    """All are ranked by their accuracy, none has a cost, and the page says what the mark means."""
    page = open_page("overview", mixed, "artist", overview__all="true")
    board = table_with(page, "title", "accuracy", "fit_seconds").set_index("title")
    right = stored(gtzan, "embedding_logistic", "artist")["right"].mean()
    for title in (WHOLE, f"{LOOSE}, folds unknown", BARE):
        assert board.loc[title, "accuracy"] == pytest.approx(right, abs=6e-4)
        costs = ["clip_seconds", "file_megabytes", "fit_seconds", "peak_megabytes"]
        assert board.loc[title, costs].isna().all()
    assert board.loc[BARE, ["log_loss", "brier", "top3", "ece_calibrated"]].isna().all()
    assert board.loc[WHOLE, ["log_loss", "brier", "top3", "ece_calibrated"]].notna().all()
    assert "Not verified here: predictions that others made." in texts(page)
    assert re.search(r"Left out, since their costs are not known: .*Whole \(not ver", texts(page))
    assert {WHOLE, f"{LOOSE}, folds unknown", BARE} <= set(figure(page)["data"][0]["y"])


def test_pages_without_imports_do_not_speak_of_them(gtzan: Artifacts) -> None:
    """The mark is explained only where it is used."""
    assert "verified" not in texts(open_page("overview", gtzan, "artist"))


def test_a_leader_with_unknown_folds_is_not_called_better(
    gtzan: Artifacts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It leads in accuracy; nothing is said of significance, or of its score elsewhere."""
    monkeypatch.setenv("GENRESCOPE_HOME", str(tmp_path / "home"))
    part = part_of(gtzan, ("taggram_lda", "dummy_prior"), tmp_path / "artifacts")
    file = written(answers(gtzan, model="transfer").drop(columns="fold"), tmp_path / "p.csv")
    words = ("gtzan", file, "--name", "loose", "--protocol", "artist")
    run("import-predictions", *words, "--artifacts", part.folder.parent)
    said = texts(open_page("overview", opened(str(part.folder)), "artist"))
    assert "**loose (not verified here), folds unknown** leads" in said
    assert "Its folds are unknown, so differences from it are not tested." in said
    assert "significantly better" not in said
    asked = f"**{part.titles['taggram_lda']}**, which is the best here that was asked about them"
    assert asked in said  # nobody knows what it would do on other collections
    again = opened(str(part.folder))
    assert part.titles["taggram_lda"] in beside_headline(again, leaderboards(again))


def test_compare_leaves_unknown_folds_out_of_the_tests(mixed: Artifacts) -> None:
    """Agreement is shown of all; pairs are tested of models with folds only."""
    titles = [WHOLE, LOOSE, mixed.titles["taggram_lda"]]
    page = open_page("compare", mixed, "artist", compare__models=titles)
    pairs = table_with(page, "model_a", "model_b", "p_adjusted")
    assert {*pairs["model_a"], *pairs["model_b"]} == {WHOLE, mixed.titles["taggram_lda"]}
    assert r"Loose (not verified here) is not tested against others: its folds are unknown" in (
        texts(page)
    )
    assert set(table_with(page, "genre", "model", "f1")["model"]) == set(titles)
    assert "corrected for all 10 pairs of models" in texts(page)  # of five models


def test_compare_of_unknown_folds_alone_draws_no_test(mixed: Artifacts) -> None:
    """One model with folds and one without are no pair."""
    page = open_page("compare", mixed, "artist", compare__models=[WHOLE, LOOSE])
    assert not [t for t in page.dataframe if "p_adjusted" in t.value]
    assert "They disagree on 0 of 587." in texts(page)


def test_confusion_slices_and_genres_show_them(mixed: Artifacts, gtzan: Artifacts) -> None:
    """The pickers offer them; their accuracy and recall are those of what was imported."""
    found = stored(gtzan, "embedding_logistic", "artist")
    for name in ("confusion", "slices"):
        assert set(open_page(name, mixed, "artist").selectbox(key=f"{name}.model").options) >= EVERY
    table = table_with(
        open_page("genres", mixed, "artist", genres__genre="jazz"), "title", "recall"
    )
    recall = found.loc[found["genre"] == "jazz", "right"].mean()
    rows = table.set_index("title").loc[sorted(EVERY), "recall"]
    assert rows.to_numpy() == pytest.approx([recall] * 3, abs=6e-4)


def test_what_models_agree_on_is_said_of_verified_ones(mixed: Artifacts) -> None:
    """Suspected labels and hardest tracks are found by models that were tested here."""
    page = open_page("genres", mixed, "artist")
    said = texts(page)
    assert "tracks that fewest models get right." in said
    assert table_with(page, "track_id", "title", "models")["models"].str.endswith(" of 2").all()
    assert "mean probability of 2 models not trained on them" in said


def test_calibration_shows_those_with_probabilities(mixed: Artifacts) -> None:
    """A model that named genres only has no confidence, and the page says so."""
    page = open_page("calibration", mixed, "artist", calibration__models=[WHOLE, LOOSE])
    assert set(page.pills[0].options) == {WHOLE, LOOSE, *(mixed.titles[n] for n in BUILT[:2])}
    assert "Nothing is known of the confidence of Bare (not verified here)" in texts(page)
    assert table_with(page, "title", "ece")["ece"].notna().all()


def test_slices_of_unknown_folds_are_not_tested(mixed: Artifacts) -> None:
    """Accuracy by a fact is shown, but no weak slice is called so."""
    page = open_page("slices", mixed, "artist", slices__model=LOOSE)
    assert "so its slices are not tested" in texts(page)
    assert not [t for t in page.dataframe if "p_corrected" in t.value]
    assert table_with(page, "words", "accuracy")["n"].sum() == 587


def test_the_leak_shows_those_with_both_protocols(mixed: Artifacts, gtzan: Artifacts) -> None:
    """What it gains between two protocols is what its accuracies differ by, track by track."""
    page = open_page("leak", mixed, "artist", leak__models=[WHOLE])
    right = [stored(gtzan, "embedding_logistic", p)["right"].mean() for p in ("track", "artist")]
    gain = 100 * (right[0] - right[1])
    assert f"**{gain:+.1f} points** on average" in texts(page)
    assert LOOSE not in page.pills(key="leak.models").options


@pytest.mark.parametrize("name", ["robustness", "features", "demo"])
def test_pages_about_files_and_features_leave_them_out(mixed: Artifacts, name: str) -> None:
    """They have no importance, robustness or cost, and cannot be asked about a recording."""
    page = open_page(name, mixed, "artist")
    offered = [o for kind in (page.selectbox, page.pills) for w in kind for o in w.options]
    shown = [str(v) for table in page.dataframe for v in table.value.to_numpy().ravel()]
    assert not [text for text in (*offered, *shown, texts(page)) if "not verified" in text]


def test_the_report_marks_them(mixed: Artifacts) -> None:
    """The file that is passed on says what was not verified, and tests no unknown folds."""
    html = report(mixed)
    assert WHOLE in html
    assert "Not verified here: predictions that others made." in html
    pairs = html.partition("<summary>All pairs</summary>")[2].partition("</details>")[0]
    assert WHOLE in pairs
    assert LOOSE not in pairs


def test_the_app_takes_up_a_new_import_and_a_removal(
    gtzan: Artifacts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next visit shows it without a restart."""
    from dashboard import state

    part = part_of(gtzan, BUILT, tmp_path / "artifacts")
    monkeypatch.setenv("GENRESCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(state, "ROOT", part.folder.parent)
    file = written(answers(gtzan), tmp_path / "p.csv")
    before = state.leaderboard(state.artifacts("gtzan"), "artist")
    words = ("gtzan", file, "--name", "mine", "--artifacts", part.folder.parent)
    run("import-predictions", *words, "--protocol", "artist")
    after = state.leaderboard(state.artifacts("gtzan"), "artist")
    assert set(after["model"]) - set(before["model"]) == {"mine"}
    run("remove-predictions", "gtzan", "mine")
    pd.testing.assert_frame_equal(state.leaderboard(state.artifacts("gtzan"), "artist"), before)

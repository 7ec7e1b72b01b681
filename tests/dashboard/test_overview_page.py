"""The front page says what the stored predictions say."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
from sklearn.metrics import f1_score
from support.damage import put_table
from support.pages import open_page, table_with, texts
from support.stored_predictions import accuracies, corrected_p, stored

from pipeline.artifacts.reader import Artifacts

if TYPE_CHECKING:
    from pathlib import Path


def test_overview_names_the_leader_under_each_protocol(recorded: Artifacts) -> None:
    """The sentence on the front page agrees with the stored predictions."""
    for protocol, facts in recorded.manifest.protocols.items():
        page = open_page("overview", recorded, protocol)
        leader, best = next(iter(accuracies(recorded, protocol).items()))
        table = stored(recorded, leader, protocol)
        title = recorded.models[leader].title
        assert f"**{title}** leads with an accuracy of {best:.0%}" in texts(page)
        assert f"**{facts.title}.**" in texts(page)
        of = f" of {len(recorded.elsewhere)} tracks" if facts.role == "elsewhere" else ""
        assert f"{len(table):,}{of or f' {facts.unit}s.'}" in texts(page)
        f1 = f1_score(table["genre"], table["predicted"], labels=recorded.classes, average=None)
        tested = set(table["genre"])
        known = {g: v for g, v in zip(recorded.classes, f1, strict=True) if g in tested}
        if len(set(known.values())) == 1:  # no genre is best
            continue
        assert f"it recognises {max(known, key=known.__getitem__)} best" in texts(page)
        assert f"and {min(known, key=known.__getitem__)} worst" in texts(page)


def test_overview_ranks_every_model(recorded: Artifacts) -> None:
    """The table holds the accuracy of every model, falling."""
    page = open_page("overview", recorded)
    found = accuracies(recorded, recorded.headline)
    table = table_with(page, "title", "accuracy", "macro_f1")
    assert table["title"].tolist()[0] == recorded.models[next(iter(found))].title
    np.testing.assert_allclose(table["accuracy"], list(found.values()), atol=6e-4)


def test_overview_names_the_models_that_are_not_significantly_different(gtzan: Artifacts) -> None:
    """Those that signs of artists, drawn anew, do not tell from the leader."""
    protocol = gtzan.headline
    tables = {m: stored(gtzan, m, protocol)["right"] for m in accuracies(gtzan, protocol)}
    corrected, leader = corrected_p(gtzan, tables), next(iter(tables))
    with_leader = {b: p for (a, b), p in corrected.items() if a == leader}
    assert all(abs(p - 0.05) > 0.015 for p in with_leader.values())  # no draw decides
    close = {model for model, p in with_leader.items() if p > 0.05}
    text = texts(open_page("overview", gtzan))
    sentence = text.split("not significantly different from")[1].split("\n")[0] if close else ""
    if not close:
        assert "significantly better than every other model" in text
    for model in set(tables) - {leader}:
        assert (f"{gtzan.models[model].title} (p = " in sentence) == (model in close)


def test_overview_explains_scores_that_are_not_given(gtzan: Artifacts) -> None:
    """In the fault-filtered split, all test tracks of two genres are by one artist each."""
    page = open_page("overview", gtzan, "fault_filtered")
    words = "all test tracks of disco are by one artist, and so are all of jazz, which says little"
    assert words in texts(page)
    assert table_with(page, "title", "macro_f1")["macro_f1"].isna().all()
    page = open_page("overview", gtzan, "artist")
    assert "by one artist" not in texts(page)
    assert table_with(page, "title", "macro_f1")["macro_f1"].notna().all()


def test_overview_counts_artists_that_are_known(plain: Artifacts, tmp_path: Path) -> None:
    """A track of an unknown artist is by no further artist; where all are known, all count."""

    def metrics(artifacts: Artifacts) -> dict[str, str]:
        return {metric.label: metric.value for metric in open_page("overview", artifacts).metric}

    tracks = plain.tracks
    assert metrics(plain)["Artists"] == str(len(set(tracks["artist"])))
    first = set(tracks["artist"][:4])
    some = tracks["artist"].where(~tracks["artist"].isin(first), tracks["track_id"])
    copy = shutil.copytree(plain.folder, tmp_path / "plain")
    put_table(copy, "tracks.parquet", tracks.assign(artist=some))
    shown = metrics(Artifacts(copy))
    assert shown["Known artists"] == str(len(set(tracks["artist"]) - first))


def test_overview_with_all_scores(plain: Artifacts) -> None:
    """The switch adds columns, and the address holds it."""
    page = open_page("overview", plain)
    few = table_with(page, "title", "accuracy")
    page.toggle(key="overview.all").set_value(True).run()
    every = table_with(page, "title", "accuracy")
    assert set(few.columns) < set(every.columns)
    assert {"balanced_accuracy", "log_loss", "brier"} <= set(every.columns)

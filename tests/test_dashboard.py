"""Each page on the committed and on the synthetic artifacts, without a browser."""

from __future__ import annotations

import io
import json
import shutil
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import soundfile
from odd import SHAPES, benchmark, columns
from sklearn.metrics import (
    adjusted_rand_score,
    f1_score,
    normalized_mutual_info_score,
    precision_recall_fscore_support,
)
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from streamlit.testing.v1 import AppTest

from dashboard import theme
from pipeline.artifacts import ROOT, Artifacts, available
from pipeline.evaluate import answers, calibrated
from pipeline.registry import discover
from pipeline.robustness import DISTORTIONS

if TYPE_CHECKING:
    from pathlib import Path

    from dashboard.views import View

VIEWS = sorted(discover("dashboard.views", "VIEW"))
TIMEOUT = 120


def render(name: str, folder: str, protocol: str | None = None) -> None:
    """Draw one page, as the app does."""
    from pathlib import Path

    from pipeline.artifacts import Artifacts
    from pipeline.registry import lookup

    artifacts = Artifacts(Path(folder))
    view = lookup("dashboard.views", "VIEW", name)
    view.render(artifacts, protocol or artifacts.strictest)


def open_page(
    name: str, artifacts: Artifacts, protocol: str | None = None, **query: str | list[str]
) -> AppTest:
    """Open a page with an address; ``__`` in a key stands for a point."""
    page = AppTest.from_function(
        render, args=(name, str(artifacts.folder), protocol), default_timeout=TIMEOUT
    )
    for key, value in query.items():
        page.query_params[key.replace("__", ".")] = value
    page.run()
    assert not page.exception
    return page


def texts(page: AppTest) -> str:
    """Everything that is written on a page."""
    kinds = (page.markdown, page.caption, page.info, page.warning, page.success, page.title)
    elements = [element for kind in kinds for element in kind]
    return "\n".join(str(element.value) for element in elements)


def wav(y: np.ndarray, sr: int = 22_050) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, y, sr, format="WAV")
    return file.getvalue()


@pytest.fixture(params=["synthetic", *available()])
def artifacts(request: pytest.FixtureRequest) -> Artifacts:
    if request.param == "synthetic":
        return request.getfixturevalue("synthetic")
    return Artifacts(ROOT / request.param)


@pytest.mark.parametrize("name", VIEWS)
def test_page_opens(name: str, artifacts: Artifacts) -> None:
    """Every page draws without an error, under the first and the last protocol, with its title.

    On odd shapes, which take less time, it does so under each.
    """
    protocols = list(artifacts.manifest.protocols)
    for protocol in {protocols[0], protocols[-1]}:
        page = open_page(name, artifacts, protocol)
        assert page.title[0].value


@pytest.fixture(scope="module")
def odd(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Artifacts:
    """A benchmark of an odd shape, by its name."""
    name = request.param
    return benchmark(name, SHAPES[name], tmp_path_factory.mktemp("odd"))


@pytest.mark.parametrize("odd", SHAPES, indirect=True)
@pytest.mark.parametrize("name", VIEWS)
def test_page_opens_on_odd_shapes(name: str, odd: Artifacts) -> None:
    """Few or many genres, names with markup, nothing to explain: no page ends in an error."""
    for protocol in odd.manifest.protocols:
        assert open_page(name, odd, protocol).title[0].value


CHOICES = {
    "features": {
        "features__part": ["Distribution", "Two features", "Correlation"],
        "features__kind": ["Families"],
    },
    "confusion": {
        "confusion__cells": ["Of true", "Of predicted", "Of all"],
        "confusion__order": ["By similarity", "By error"],
    },
    "map": {
        "map__layout": ["Principal components"],
        "map__colour": ["Right or wrong", "Group found"],
    },
    "robustness": {"robustness__cells": ["Points lost"]},
    "calibration": {"calibration__kind": ["As the model says"]},
    "overview": {"overview__cost": ["Size of the file", "Time to train"]},
    "compare": {"compare__score": ["Precision", "Recall", "% wrong"]},
}


@pytest.mark.parametrize("odd", SHAPES, indirect=True)
@pytest.mark.parametrize("name", CHOICES)
def test_every_choice_opens_on_odd_shapes(name: str, odd: Artifacts) -> None:
    """What a segment of a page shows, opened by its address, ends in no error either."""
    for key, options in CHOICES[name].items():
        for option in options:
            open_page(name, odd, **{key: option})


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Artifacts:
    """A small benchmark of random answers that has everything a page can show."""
    return benchmark("plain", SHAPES["two_genres"], tmp_path_factory.mktemp("plain"))


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Artifacts:
    """The same with three genres, one of them not asked about by artist."""
    return benchmark("three", SHAPES["unasked_genre"], tmp_path_factory.mktemp("three"))


def stored(artifacts: Artifacts, model: str, protocol: str) -> pd.DataFrame:
    """Answers straight from the files: truth, answer and whether they agree."""
    table = pd.read_parquet(artifacts.folder / f"models/{model}/predictions.parquet")
    table = table[table["protocol"] == protocol].set_index(["track_id", "window"])
    tracks = pd.read_parquet(artifacts.folder / "tracks.parquet").set_index("track_id")
    genre = table.index.get_level_values("track_id").map(tracks["genre"])
    said = table[artifacts.classes].idxmax(axis=1)
    return pd.DataFrame({"genre": genre, "said": said, "right": said == genre}, table.index)


def accuracies(artifacts: Artifacts, protocol: str, floors: bool = True) -> dict[str, float]:
    """Share right of each model that was asked, the best first, from the files."""
    tables = {model: stored(artifacts, model, protocol) for model in artifacts.models}
    found = {model: float(table["right"].mean()) for model, table in tables.items() if len(table)}
    if not floors:
        found = {model: share for model, share in found.items() if not model.startswith("dummy_")}
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def frames(page: AppTest, *names: str) -> pd.DataFrame:
    """The table of a page that has these columns."""
    return next(t.value for t in page.dataframe if set(names) <= set(t.value.columns))


@pytest.fixture(params=["synthetic", "gtzan"])
def recorded(request: pytest.FixtureRequest) -> Artifacts:
    """The benchmarks that were built from recordings."""
    return request.getfixturevalue(request.param)


def test_overview_names_the_leader_under_each_protocol(recorded: Artifacts) -> None:
    """The sentence on the front page agrees with the stored answers."""
    for protocol, facts in recorded.manifest.protocols.items():
        page = open_page("overview", recorded, protocol)
        found = accuracies(recorded, protocol)
        leader, best = next(iter(found.items()))
        table = stored(recorded, leader, protocol)
        assert f"**{recorded.models[leader].title}** leads with {best:.0%} right" in texts(page)
        assert f"**{facts['title']}.**" in texts(page)
        assert f"{len(table):,} {facts['unit']}s." in texts(page)
        f1 = f1_score(table["genre"], table["said"], labels=recorded.classes, average=None)
        asked = set(table["genre"])
        told = {g: v for g, v in zip(recorded.classes, f1, strict=True) if g in asked}
        assert f"it tells {max(told, key=told.__getitem__)} best" in texts(page)
        assert f"and {min(told, key=told.__getitem__)} worst" in texts(page)


def test_overview_ranks_every_model(recorded: Artifacts) -> None:
    """The table holds the accuracy of every model, falling."""
    page = open_page("overview", recorded)
    found = accuracies(recorded, recorded.strictest)
    table = frames(page, "title", "accuracy", "macro_f1")
    assert table["title"].tolist()[0] == recorded.models[next(iter(found))].title
    np.testing.assert_allclose(table["accuracy"], list(found.values()), atol=6e-4)


def test_overview_says_from_whom_the_leader_cannot_be_told(gtzan: Artifacts) -> None:
    """Every model that McNemar's test, corrected by statsmodels, cannot tell from the first."""
    tables = {m: stored(gtzan, m, "artist")["right"] for m in accuracies(gtzan, "artist")}
    p = {pair: mid_p(*(tables[model] for model in pair)) for pair in combinations(tables, 2)}
    corrected = multipletests(list(p.values()), method="holm")[1]
    leader = next(iter(tables))
    close = {b for ((a, b), q) in zip(p, corrected, strict=True) if a == leader and q >= 0.05}
    text = texts(open_page("overview", gtzan))
    sentence = text.split("cannot be told from")[1].split("\n")[0] if close else ""
    if not close:
        assert "significantly ahead of every other model" in text
    for model in set(tables) - {leader}:
        assert (f"{gtzan.models[model].title} (p = " in sentence) == (model in close)


def mid_p(a: pd.Series, b: pd.Series) -> float:
    """McNemar's mid-p from statsmodels' exact test."""
    from scipy.stats import binom

    only_a, only_b = int((a & ~b).sum()), int((b & ~a).sum())
    exact = mcnemar([[0, only_a], [only_b, 0]], exact=True).pvalue
    if only_a == only_b:
        return 1.0
    return float(exact - binom.pmf(min(only_a, only_b), only_a + only_b, 0.5))


def test_overview_with_all_scores(plain: Artifacts) -> None:
    """The switch adds columns, and the address holds it."""
    few = frames(open_page("overview", plain), "title", "accuracy")
    page = open_page("overview", plain)
    page.toggle(key="overview.all").set_value(True).run()
    every = frames(page, "title", "accuracy")
    assert set(few.columns) < set(every.columns)
    assert {"balanced_accuracy", "log_loss", "brier"} <= set(every.columns)


def test_compare_shows_the_chosen_score_of_the_chosen_models(gtzan: Artifacts) -> None:
    """The address chooses models and score; the table holds what scikit-learn computes."""
    page = open_page(
        "compare",
        gtzan,
        compare__models=gtzan.models["svc"].title,
        compare__score="Precision",
    )
    table = frames(page, "genre", "model", "precision")
    said = stored(gtzan, "svc", "artist")
    precision, recall, f1, support = precision_recall_fscore_support(
        said["genre"], said["said"], labels=gtzan.classes, zero_division=0
    )
    assert list(table["genre"]) == gtzan.classes
    assert set(table["model"]) == {gtzan.models["svc"].title}
    for name, values in {"precision": precision, "recall": recall, "f1": f1}.items():
        np.testing.assert_allclose(table[name], values, atol=6e-4)
    np.testing.assert_array_equal(table["support"], support)
    assert "Of the tracks called this genre" in texts(page)


def test_compare_without_models_says_what_to_do(plain: Artifacts) -> None:
    """An empty choice is answered by a hint, not by an empty chart."""
    page = open_page("compare", plain)
    page.pills(key="compare.models").set_value([]).run()
    assert not page.exception
    assert "Choose one model" in texts(page)


def test_compare_counts_what_models_say_differently(recorded: Artifacts) -> None:
    """The number of tracks, who is right about them, and the tracks themselves."""
    models = list(accuracies(recorded, "artist"))[:2]
    titles = [recorded.models[model].title for model in models]
    page = open_page("compare", recorded, "artist", compare__models=titles)
    a, b = (stored(recorded, model, "artist") for model in models)
    b = b.loc[a.index]
    differ = a["said"] != b["said"]
    right = [int(table["right"][differ].sum()) for table in (a, b)]
    neither = int((~a["right"] & ~b["right"] & differ).sum())
    assert f"They disagree about {differ.sum():,} of {len(a):,}." in texts(page)
    assert f"{titles[0]} {right[0]:,}, {titles[1]} {right[1]:,}" in texts(page)
    assert f"none of them {neither:,}" in texts(page)
    if differ.any():
        listed = frames(page, "track_id", *(f"said by {model}" for model in models))
        assert set(listed["track_id"]) == set(a.index[differ].get_level_values("track_id"))


def test_compare_tests_each_two_models(gtzan: Artifacts) -> None:
    """Counts and p of McNemar's test are those of statsmodels, corrected for all pairs."""
    models = list(accuracies(gtzan, "artist"))
    chosen = [models[0], models[3]]
    titles = [gtzan.models[model].title for model in chosen]
    page = open_page("compare", gtzan, "artist", compare__models=titles)
    right = {model: stored(gtzan, model, "artist")["right"] for model in models}
    p = {pair: mid_p(*(right[model] for model in pair)) for pair in combinations(models, 2)}
    corrected = dict(zip(p, multipletests(list(p.values()), method="holm")[1], strict=True))
    row = frames(page, "only_a", "only_b", "p_holm").iloc[0]
    a, b = (right[model] for model in chosen)
    assert [row["model_a"], row["model_b"]] == titles
    assert (row["only_a"], row["only_b"]) == ((a & ~b).sum(), (b & ~a).sum())
    assert row["p"] == pytest.approx(p[tuple(chosen)], rel=1e-6)
    assert row["p_holm"] == pytest.approx(corrected[tuple(chosen)], rel=1e-6)
    ahead = f"**{titles[0]}** is better than {titles[1]} by {a.mean() - b.mean():.1%}"
    assert (ahead in texts(page)) == (corrected[tuple(chosen)] < 0.05)


def test_confusion_says_the_worst_mistake_in_words(gtzan: Artifacts) -> None:
    """The sentence names the largest cell off the diagonal, and the address the model."""
    page = open_page("confusion", gtzan, confusion__model=gtzan.models["random_forest"].title)
    table = stored(gtzan, "random_forest", "artist")
    counts = pd.crosstab(table["genre"], table["said"])
    most = max(counts.loc[a, b] for a in counts.index for b in counts.columns if a != b)
    of = counts.sum(axis=1)
    worst = [
        f"{most} of {of[a]} {a} tracks were called {b} by"
        for a in counts.index
        for b in counts.columns
        if a != b and counts.loc[a, b] == most
    ]
    assert any(sentence in texts(page) for sentence in worst)


def test_confusion_lists_the_tracks_of_the_cell_of_the_address(recorded: Artifacts) -> None:
    """The sentence counts the chosen cell; the table holds its tracks, the surest first."""
    model = list(accuracies(recorded, "artist"))[-1]
    table = stored(recorded, model, "artist")
    cell = table[~table["right"]].groupby(["genre", "said"]).size().sort_values().index[-1]
    title = recorded.models[model].title
    page = open_page(
        "confusion",
        recorded,
        "artist",
        confusion__model=title,
        confusion__truly=cell[0],
        confusion__called=cell[1],
    )
    rows = table[(table["genre"] == cell[0]) & (table["said"] == cell[1])]
    of = (table["genre"] == cell[0]).sum()
    sentence = f"**{len(rows)} of {of} {cell[0]} tracks were called {cell[1]} by {title}.**"
    assert sentence in texts(page)
    listed = frames(page, "track_id", "artist", f"said by {model}")
    assert set(listed["track_id"]) == set(rows.index.get_level_values("track_id"))
    assert listed[f"said by {model}"].str.startswith(cell[1]).all()


def test_confusion_frames_the_cell_of_the_address(three: Artifacts) -> None:
    """A link to a cell shows it in the matrix at once."""
    page = open_page("confusion", three, confusion__truly="rock", confusion__called="blues")
    assert page.selectbox(key="confusion.truly").value == "rock"
    figure = json.loads(page.get("plotly_chart")[0].proto.spec)
    assert "shapes" in figure["layout"], "no cell is framed"
    (frame,) = figure["layout"]["shapes"]
    row = figure["data"][0]["y"].index("rock")
    column = figure["data"][0]["x"].index("blues")
    assert ((frame["x0"] + frame["x1"]) / 2, (frame["y0"] + frame["y1"]) / 2) == (column, row)


def test_confusion_of_a_genre_that_is_not_asked_about(three: Artifacts) -> None:
    """None of none, and no table."""
    page = open_page("confusion", three, confusion__truly="jazz", confusion__called="rock")
    assert "0 of 0 jazz tracks were called rock" in texts(page)
    assert "None." in texts(page)


def of_diagonal(page: AppTest) -> list[str]:
    """Genres of the matrix from top to bottom."""
    return json.loads(page.get("plotly_chart")[0].proto.spec)["data"][0]["y"]


def test_confusion_orders_by_error(gtzan: Artifacts) -> None:
    """The genre with the least recall is on top."""
    model = next(iter(accuracies(gtzan, "artist")))
    table = stored(gtzan, model, "artist")
    recall = table.groupby("genre")["right"].mean()
    shown = of_diagonal(open_page("confusion", gtzan, confusion__order="By error"))
    np.testing.assert_allclose(recall[shown], np.sort(recall))


def test_calibration_says_what_a_threshold_is_worth(recorded: Artifacts) -> None:
    """At the confidence in the address: how many are answered, and how many of these are right."""
    model = next(iter(accuracies(recorded, "artist", floors=False)))
    title, least = recorded.models[model].title, 0.7
    page = open_page(
        "calibration",
        recorded,
        "artist",
        calibration__models=title,
        calibration__least=str(least),
        calibration__kind="As the model says",
    )
    path = recorded.folder / f"models/{model}/predictions.parquet"
    table = pd.read_parquet(path).query("protocol == 'artist'")
    sure = (table[recorded.classes].max(axis=1) >= least).to_numpy()
    right = stored(recorded, model, "artist")["right"].to_numpy()
    assert (
        f"At least 70% sure, **{title}** answers {sure.mean():.0%} of the tracks and is right on"
        f" {right[sure].mean():.0%} of these (on all: {right.mean():.0%})."
    ) in texts(page)


def test_calibration_shows_calibrated_answers_at_first(gtzan: Artifacts) -> None:
    """The table's mean confidence is that of calibrated probabilities, accuracy stays."""
    model = next(iter(accuracies(gtzan, "artist", floors=False)))
    page = open_page("calibration", gtzan, calibration__models=gtzan.models[model].title)
    row = frames(page, "ece", "confidence", "accuracy").iloc[0]
    table = calibrated(answers(gtzan, model, "artist"), gtzan.classes)
    assert row["confidence"] == pytest.approx(table["confidence"].mean(), abs=6e-4)
    assert row["accuracy"] == pytest.approx(accuracies(gtzan, "artist")[model], abs=6e-4)
    bins = np.ceil(table["confidence"] * 10).clip(1)
    gap = (table["right"] - table["confidence"]).groupby(bins).sum().abs().sum() / len(table)
    assert row["ece"] == pytest.approx(gap, abs=1e-6)


def test_calibration_where_a_model_is_never_sure(three: Artifacts) -> None:
    """Nothing answered is said and not divided by."""
    page = open_page("calibration", three, calibration__least="1.0")
    assert "is never 100% sure" in texts(page)


def test_leak_is_the_difference_of_the_stored_accuracies(recorded: Artifacts) -> None:
    """Points between each two protocols, on average and for the model with most."""
    page = open_page("leak", recorded)
    protocols = recorded.manifest.protocols
    steps = [n for n in ("window", "track", "artist", "fault_filtered") if n in protocols]
    models = list(accuracies(recorded, recorded.strictest, floors=False))[:6]
    found = {step: accuracies(recorded, step) for step in steps}
    for a, b in pairwise(steps):
        points = {m: 100 * (found[a][m] - found[b][m]) for m in models if m in found[a]}
        sentence = next(
            line
            for line in texts(page).splitlines()
            if line.startswith(f"{protocols[a]['title']} − {protocols[b]['title']}: ")
        )
        assert f"**{np.mean(list(points.values())):+.0f} points** on average" in sentence
        assert f"{max(points.values()):+.0f} for " in sentence
        most = [m for m in points if points[m] == pytest.approx(max(points.values()))]
        assert any(sentence.endswith(f"for {recorded.models[m].title}.") for m in most)


def test_leak_of_one_protocol_says_that_there_is_none(tmp_path: Path) -> None:
    """Nothing to compare is a sentence."""
    page = open_page("leak", benchmark("one", SHAPES["one_protocol"], tmp_path))
    assert "one protocol only" in texts(page)


def test_genres_names_the_best_model(recorded: Artifacts) -> None:
    """For each genre the model of the greatest F1, with its recall and precision."""
    models = list(accuracies(recorded, "artist", floors=False))
    for genre in recorded.classes[:3]:
        page = open_page("genres", recorded, "artist", genres__genre=genre)
        told = {}
        for model in models:
            table = stored(recorded, model, "artist")
            p, r, f1, n = precision_recall_fscore_support(
                table["genre"], table["said"], labels=[genre], zero_division=0
            )
            told[model] = (f1[0], r[0], p[0], n[0])
        best = max(told.values())[0]
        sentences = [
            f"{n} {genre} tracks were asked about. **{recorded.models[model].title}** tells the"
            f" genre best: it finds {r:.0%} of them, and {p:.0%} of what it calls {genre} is."
            for model, (f1, r, p, n) in told.items()
            if f1 == pytest.approx(best)
        ]
        assert any(sentence in texts(page) for sentence in sentences)


def test_genres_counts_mistakes_over_all_models(gtzan: Artifacts) -> None:
    """What a genre is called instead, and what is called it, summed over models but the floors."""
    genre = gtzan.classes[-1]
    page = open_page("genres", gtzan, genres__genre=genre)
    models = accuracies(gtzan, "artist", floors=False)
    every = pd.concat([stored(gtzan, model, "artist") for model in models])
    wrong = every[~every["right"]]
    tables = [t.value for t in page.dataframe if "answers" in t.value.columns]
    expected = (
        wrong[wrong["genre"] == genre]["said"].value_counts(),
        wrong[wrong["said"] == genre]["genre"].value_counts(),
    )
    of = ((every["genre"] == genre).sum(), (every["said"] == genre).sum())
    for table, counts, all_ in zip(tables, expected, of, strict=True):
        shown = table.set_index("genre")
        assert shown["answers"].to_dict() == counts.to_dict()
        np.testing.assert_allclose(shown["share"], shown["answers"] / all_, atol=6e-4)


def test_genres_lists_what_all_models_call_otherwise(gtzan: Artifacts) -> None:
    """Doubtful labels are the tracks of the genre that all models call the same other one."""
    models = accuracies(gtzan, "artist", floors=False)
    said = pd.DataFrame({m: stored(gtzan, m, "artist")["said"] for m in models})
    genre = stored(gtzan, next(iter(models)), "artist")["genre"]
    same = said.nunique(axis=1).eq(1) & (said.iloc[:, 0] != genre)
    chosen = genre[same].value_counts().index[0]
    page = open_page("genres", gtzan, genres__genre=chosen)
    listed = frames(page, "track_id", "predicted", "confidence")
    expected = same.index[same & (genre == chosen)].get_level_values("track_id")
    assert set(listed["track_id"]) == set(expected)


def test_genres_of_a_genre_without_test_tracks(three: Artifacts) -> None:
    """It is said, and the page goes on."""
    page = open_page("genres", three, genres__genre="jazz")
    assert "No jazz track is asked about" in texts(page)


def test_robustness_names_the_hardest_distortion(recorded: Artifacts) -> None:
    """The distortion that costs most accuracy on average over models but the floors."""
    genre = recorded.tracks.set_index("track_id")["genre"]
    accuracy = {}
    for model in accuracies(recorded, recorded.strictest, floors=False):
        table = pd.read_parquet(recorded.folder / f"models/{model}/robustness.parquet")
        truth = table["track_id"].map(genre)
        right = table[recorded.classes].idxmax(axis=1) == truth
        accuracy[model] = right.groupby(table["distortion"]).mean()
    found = pd.DataFrame(accuracy)
    lost = (found.loc["none"] - found.drop("none")).mean(axis=1)
    assert lost.max() > lost.nlargest(2).iloc[1]  # or the sentence might name another
    page = open_page("robustness", recorded)
    title = DISTORTIONS[lost.idxmax()].title
    sentence = f"Hardest on average: **{title}** ({100 * lost.max():.0f} points lost)."
    assert sentence in texts(page)
    assert f"The {table['track_id'].nunique()} test tracks" in texts(page)


def test_robustness_without_recordings_says_so(three: Artifacts) -> None:
    """Published features cannot be distorted; the costs are shown all the same."""
    page = open_page("robustness", three)
    assert "no recordings, so nothing could be distorted" in texts(page)
    assert len(frames(page, "title", "fit_seconds")) == len(three.models)


def test_map_measures_groups_as_scikit_learn_does(synthetic: Artifacts) -> None:
    """Adjusted Rand index and mutual information of the stored groups and the genres."""
    name = sorted(synthetic.folder.glob("summary/*.map.parquet"))[0].name.split(".")[0]
    title = synthetic.manifest.features[name]["title"]
    page = open_page("map", synthetic, map__features=title)
    table = pd.read_parquet(synthetic.folder / f"summary/{name}.map.parquet")
    genre = table["track_id"].map(synthetic.tracks.set_index("track_id")["genre"])
    ari = adjusted_rand_score(genre, table["cluster"])
    nmi = normalized_mutual_info_score(genre, table["cluster"])
    assert f"adjusted Rand index {ari:.2f}" in texts(page)
    assert f"mutual information {nmi:.2f}" in texts(page)
    shown = frames(page, "group", "most", "tracks")
    np.testing.assert_array_equal(shown["tracks"], table["cluster"].value_counts().sort_index())
    assert shown[sorted(set(genre))].to_numpy().sum() == len(table)


@pytest.mark.parametrize(
    ("layout", "columns"), [("t-SNE", "tsne"), ("Principal components", "pca")]
)
def test_map_draws_every_track_where_it_lies(plain: Artifacts, layout: str, columns: str) -> None:
    """The layout in the address is drawn, every track once."""
    page = open_page("map", plain, map__layout=layout)
    figure = json.loads(page.get("plotly_chart")[0].proto.spec)
    table = pd.read_parquet(next(plain.folder.glob("summary/*.map.parquet")))
    assert sum(len(values(trace["x"])) for trace in figure["data"]) == len(table)
    drawn = np.concatenate([values(trace["x"]) for trace in figure["data"]])
    np.testing.assert_allclose(np.sort(drawn), np.sort(table[f"{columns}_1"]), rtol=1e-5)


def values(coded: Any) -> np.ndarray:
    """Numbers of a trace, which Plotly may write as base64."""
    import base64

    if isinstance(coded, dict):
        return np.frombuffer(base64.b64decode(coded["bdata"]), np.dtype(coded["dtype"]))
    return np.array(coded, dtype=float)


def test_map_tells_right_from_wrong(three: Artifacts) -> None:
    """Coloured by answer: as many right, wrong and not asked about as the answers say."""
    model = next(iter(accuracies(three, "artist")))
    page = open_page("map", three, "artist", map__colour="Right or wrong")
    figure = json.loads(page.get("plotly_chart")[0].proto.spec)
    drawn = {trace["name"]: len(values(trace["x"])) for trace in figure["data"]}
    right = stored(three, model, "artist")["right"]
    not_asked = len(three.tracks) - len(right)
    expected = {"right": right.sum(), "wrong": (~right).sum(), "not asked": not_asked}
    assert drawn == {name: n for name, n in expected.items() if n}


def test_data_counts_tracks_genres_and_artists(artifacts: Artifacts) -> None:
    """The numbers on top and by genre are those of the table of tracks."""
    page = open_page("data", artifacts)
    tracks = pd.read_parquet(artifacts.folder / "tracks.parquet")
    shown = {metric.label: metric.value for metric in page.metric}
    assert shown["Tracks"] == f"{len(tracks):,}"
    assert shown["Genres"] == str(tracks["genre"].nunique())
    assert shown["Artists"] == f"{tracks['artist'].nunique():,}"
    table = frames(page, "genre", "tracks", "artists", "share").set_index("genre")
    assert table["tracks"].to_dict() == tracks["genre"].value_counts().to_dict()
    most = tracks.value_counts(["genre", "artist"]).groupby("genre").max()
    np.testing.assert_allclose(table["most"], (most / table["tracks"])[table.index], atol=6e-4)
    for facts in artifacts.manifest.protocols.values():
        assert f"**{facts['title']}** ({facts['folds']} folds)" in texts(page)


def test_data_says_whether_files_are_whole(plain: Artifacts, tmp_path: Path) -> None:
    """All hashes compared: a sentence if they agree, the file if one does not."""
    sentence = "Every file is the one that the manifest describes"
    assert sentence in texts(open_page("data", plain))
    copy = Artifacts(shutil.copytree(plain.folder, tmp_path / "plain"))
    path = copy.folder / "models" / "m0" / "robustness.parquet"
    path.write_bytes(path.read_bytes() + b" ")
    page = open_page("data", copy)
    assert sentence not in texts(page)
    assert "robustness.parquet is not the file" in page.error[0].value


def test_features_says_where_the_median_is_highest(plain: Artifacts) -> None:
    """The sentence agrees with the medians of the stored features."""
    feature = columns()[2]
    page = open_page("features", plain, features__part="Distribution", features__feature=feature)
    table = pd.read_parquet(next(plain.folder.glob("summary/*.tracks.parquet")))
    genre = table["track_id"].map(plain.tracks.set_index("track_id")["genre"])
    median = table[feature].groupby(genre).median()
    assert (
        f"Its median is highest in {median.idxmax()} ({median.max():.3g}) and lowest in"
        f" {median.idxmin()} ({median.min():.3g})."
    ) in texts(page)
    assert f"**{feature}**: " in texts(page)


def test_features_names_the_two_that_are_most_alike(plain: Artifacts) -> None:
    """The greatest correlation off the diagonal, as pandas computes it."""
    page = open_page("features", plain, features__part="Correlation")
    table = pd.read_parquet(next(plain.folder.glob("summary/*.tracks.parquet")))
    matrix = table[columns()].corr()
    off = matrix.abs().where(~np.eye(len(matrix), dtype=bool)).stack()
    a, b = off.idxmax()
    expected = {
        f"**{x}** and **{y}**, correlation {matrix.loc[a, b]:.2f}" for x, y in [(a, b), (b, a)]
    }
    assert any(sentence in texts(page) for sentence in expected)


def test_features_draws_two_features_of_every_track(plain: Artifacts) -> None:
    """Dots are the stored features; each ellipse lies around its genre's mean."""
    a, b = columns()[3], columns()[1]
    page = open_page("features", plain, features__part="Two features", features__a=a, features__b=b)
    figure = json.loads(page.get("plotly_chart")[0].proto.spec)
    table = pd.read_parquet(next(plain.folder.glob("summary/*.tracks.parquet")))
    genre = table["track_id"].map(plain.tracks.set_index("track_id")["genre"])
    dots = [trace for trace in figure["data"] if trace["mode"] == "markers"]
    drawn = np.concatenate([values(trace["x"]) for trace in dots])
    np.testing.assert_allclose(np.sort(drawn), np.sort(table[a]), rtol=1e-5)
    for trace in (trace for trace in figure["data"] if trace["mode"] == "lines"):
        own = table[genre == trace["name"]]
        x = values(trace["x"])
        assert (x.min() + x.max()) / 2 == pytest.approx(own[a].mean(), abs=0.02)
        assert (x.max() - x.min()) / 2 == pytest.approx(own[a].std(), rel=0.01)


def test_features_of_others_show_no_tracks(three: Artifacts) -> None:
    """Of published features the ellipses are drawn, the tracks are not."""
    page = open_page("features", three, features__part="Two features")
    figure = json.loads(page.get("plotly_chart")[0].proto.spec)
    assert {trace["mode"] for trace in figure["data"]} == {"lines"}
    assert "not ours to show" in texts(page)


def test_pages_without_summaries_say_how_to_get_them(tmp_path: Path) -> None:
    """Map and distributions of older artifacts are no error but an instruction."""
    bare = benchmark("bare", SHAPES["no_summary"], tmp_path)
    assert "Build it again" in texts(open_page("map", bare))
    for part in ("Distribution", "Two features", "Correlation"):
        assert "Build it again" in texts(open_page("features", bare, features__part=part))


def test_sections_hold_every_page_once(gtzan: Artifacts, monkeypatch: pytest.MonkeyPatch) -> None:
    """The navigation lists each page once, under its section, in its order."""
    import dashboard.main

    monkeypatch.setattr(dashboard.main.st, "Page", lambda page, **facts: facts)

    views: list[View] = list(discover("dashboard.views", "VIEW").values())
    assert len({view.order for view in views}) == len(views)
    sections = dashboard.main._pages(gtzan, "artist")
    for section, pages in sections.items():
        members = sorted((v for v in views if v.section == section), key=lambda v: v.order)
        assert [page["title"] for page in pages] == [view.title for view in members]
    assert sum(map(len, sections.values())) == len(views)


def test_features_offers_impurity_for_trees_only(gtzan: Artifacts) -> None:
    """Only models that have importances of the chosen kind are offered for it."""
    trees = {"random_forest", "extra_trees", "xgboost"}
    networks = {"cnn_logmel", "cnn_mfcc", "transfer"}
    offered = {"Impurity": trees, "SHAP": {"xgboost"}, "Occlusion": networks}
    for kind, models in offered.items():
        page = open_page("features", gtzan, features__kind=kind)
        titles = {gtzan.models[name].title for name in models}
        assert set(page.pills[0].options) == titles


def test_demo_of_published_features_says_why_there_is_none(gtzan: Artifacts) -> None:
    """Where nobody can compute the features of a recording, the page says so and asks for none."""
    fma = Artifacts(gtzan.folder.parent / "fma-five")
    page = open_page("demo", fma)
    assert "published features only" in texts(page)
    assert not page.segmented_control


def label(index: Path, file: str) -> str:
    """What an example is called in the list, and so in the address."""
    piece = next(piece for piece in json.loads(index.read_text()) if piece["file"] == file)
    return f"{piece['title']} ({piece['style']})"


def test_demo_classifies_an_example_with_the_model_of_the_address(gtzan: Artifacts) -> None:
    """A link names source, model and piece; the verdict is the library's."""
    from dashboard.live.sources import EXAMPLES
    from pipeline.predict import predict

    file = "metal-riff.mp3"
    page = open_page(
        "demo",
        gtzan,
        demo__source="Pick an example",
        demo__example=label(EXAMPLES / "index.json", file),
        demo__library="scikit-learn / XGBoost",
        demo__model=gtzan.models["svc"].title,
    )
    expected = predict(EXAMPLES / file, "svc", gtzan)
    assert page.metric[0].value == expected.genre
    assert page.metric[0].delta.startswith(f"{expected.confidence:.0%}")
    assert gtzan.models["svc"].title in page.metric[0].label


def upload(artifacts: Artifacts, name: str, data: bytes) -> AppTest:
    page = open_page("demo", artifacts)
    page.file_uploader(key="demo.file").upload(name, data, "audio/wav").run()
    assert not page.exception
    return page


def test_demo_classifies_an_upload(synthetic: Artifacts) -> None:
    """A file of a known synthetic genre is recognised."""
    from pipeline.datasets.synthetic import DATASET

    track = DATASET.tracks(None)[0]
    page = upload(synthetic, "clip.wav", track.path.read_bytes())
    assert page.metric[0].value == track.genre


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (wav(np.zeros(5 * 22_050)), "nothing to hear"),
        (wav(np.random.default_rng(0).uniform(-0.5, 0.5, 8_000)), "0.36 s long"),
        (b"<html>no music here</html>", "no audio file"),
        (b"", "empty"),
    ],
    ids=["silent", "too_short", "no_audio", "empty"],
)
def test_demo_answers_bad_input_with_a_sentence(
    synthetic: Artifacts, data: bytes, sentence: str
) -> None:
    """Silent, too short and unreadable input gets a plain sentence and no verdict."""
    page = upload(synthetic, "clip.wav", data)
    assert not page.metric
    assert pd.Series([texts(page)]).str.contains(sentence, case=False).all()


def test_genres_keep_their_colours() -> None:
    """A genre's colour depends on the benchmark's classes only, and ten genres have ten colours."""
    classes = [f"genre{i}" for i in range(10)]
    assert len(set(theme.genre_colors(classes).values())) == 10
    assert theme.genre_colors(classes) == theme.genre_colors(list(classes))


def test_app_without_artifacts_says_how_to_build_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fresh folder without artifacts is no crash but an instruction."""
    import dashboard.main

    monkeypatch.setattr(dashboard.main.state, "available", list)

    def main() -> None:
        import dashboard.main

        dashboard.main.main()

    page = AppTest.from_function(main, default_timeout=TIMEOUT).run()
    assert "make artifacts" in page.error[0].value

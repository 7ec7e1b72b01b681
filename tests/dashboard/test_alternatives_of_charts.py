"""Those who cannot see a chart are told what it shows, by numbers of the stored predictions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.pages import open_page
from support.stored_predictions import accuracies, stored

from dashboard.feature_names import labels
from dashboard.units import spoken

if TYPE_CHECKING:
    import pandas as pd
    from streamlit.testing.v1 import AppTest

    from pipeline.artifacts.reader import Artifacts


def spoken_of(page: AppTest) -> list[str]:
    """What stands for each chart of a page."""
    return [str(chart.proto.alt) for chart in page.get("plotly_chart")]


def test_the_leaderboard_is_told_from_best_to_worst(gtzan: Artifacts) -> None:
    """With each model's accuracy."""
    alt, price, *_ = spoken_of(open_page("overview", gtzan))
    told = [
        f"{gtzan.models[m].title} {share:.0%}" for m, share in accuracies(gtzan, "artist").items()
    ]
    places = [alt.index(words) for words in told]
    assert places == sorted(places)
    assert f"{next(iter(accuracies(gtzan, 'artist').values())):.0%}" in price


def test_confusions_are_told_with_their_counts(gtzan: Artifacts) -> None:
    """The most frequent mistake of the model, of how many tracks."""
    model = "svc"
    alt = spoken_of(open_page("confusion", gtzan, confusion__model=gtzan.models[model].title))[0]
    table = stored(gtzan, model, "artist")
    wrong = table[~table["right"]].groupby(["genre", "predicted"]).size()
    of = table["genre"].value_counts()
    most = [
        f"{true} is called {predicted} in {n} of {of[true]} tracks"
        for (true, predicted), n in wrong[wrong == wrong.max()].items()
    ]
    assert any(words in alt for words in most)
    assert f"{table['right'].mean():.0%} are right" in alt


@pytest.mark.parametrize(
    ("name", "query", "words"),
    [
        ("compare", {}, "highest in"),
        ("calibration", {}, "Expected calibration error: "),
        ("leak", {}, " points"),
        ("robustness", {}, "Hardest on average: "),
        ("slices", {}, "is right on"),
        ("map", {}, "blues "),
        ("features", {"features__part": "Distribution"}, "The median is highest in"),
        ("features", {"features__part": "Correlation"}, "Strongest correlation: "),
        ("features", {}, "First: "),
        ("open-set", {}, "It gives a genre to"),
    ],
)
def test_other_charts_tell_a_result(
    gtzan: Artifacts, name: str, query: dict[str, str], words: str
) -> None:
    """Not only what is drawn; without marks that a voice would read."""
    first = spoken_of(open_page(name, gtzan, **query))[0]
    assert words in first
    assert "**" not in first


def test_marks_are_not_spoken() -> None:
    """Stars and escapes go, the words stay."""
    assert spoken(r"**A \*B\*** is 5\% better: \$3") == "A *B* is 5% better: $3"


def test_tags_are_called_by_their_name(gtzan: Artifacts) -> None:
    """The column `country_mean` is the tag country, wherever a page shows it."""
    columns = gtzan.manifest.features["taggram"]["columns"]
    assert "country_mean" in columns
    title = gtzan.manifest.features["taggram"]["title"]
    page = open_page(
        "features", gtzan, features__part="Distribution", features__set=title,
        features__feature="country",
    )  # fmt: skip
    assert page.selectbox(key="features.feature").value == "country_mean"
    assert "country: mean over time of the probability" in spoken(
        "\n".join(str(element.value) for element in page.markdown)
    )
    page = open_page("features", gtzan, features__permutation="Logistic regression on tags")
    shown: pd.DataFrame = page.dataframe[0].value
    assert {"country", "jazz"} <= set(shown["feature"])
    assert not shown["feature"].str.endswith("_mean").any()


def test_labels_of_features_name_one_column_each(gtzan: Artifacts) -> None:
    """Also where several networks give the same tag, whose columns keep their names."""
    for name, facts in gtzan.manifest.features.items():
        found = labels(gtzan, name)
        assert list(found) == facts["columns"]
        assert len(set(found.values())) == len(found)

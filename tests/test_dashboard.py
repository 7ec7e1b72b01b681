"""Each page on the committed and on the synthetic artifacts, without a browser."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import soundfile
from streamlit.testing.v1 import AppTest

from dashboard import figures, theme
from pipeline.artifacts import ROOT, Artifacts, available
from pipeline.evaluate import accuracy, answers, confusion, leaderboard, per_genre
from pipeline.registry import discover

if TYPE_CHECKING:
    from pathlib import Path

VIEWS = sorted(discover("dashboard.views", "VIEW"))
TIMEOUT = 120


def render(name: str, folder: str) -> None:
    """Draw one page, as the app does."""
    from pathlib import Path

    from pipeline.artifacts import Artifacts
    from pipeline.registry import lookup

    lookup("dashboard.views", "VIEW", name).render(Artifacts(Path(folder)))


def open_page(name: str, artifacts: Artifacts, **query: str) -> AppTest:
    page = AppTest.from_function(
        render, args=(name, str(artifacts.folder)), default_timeout=TIMEOUT
    )
    for key, value in query.items():
        page.query_params[key.replace("__", ".")] = value
    page.run()
    assert not page.exception
    return page


def texts(page: AppTest) -> str:
    """Everything that is written on a page."""
    elements = [*page.markdown, *page.caption, *page.info, *page.warning, *page.title]
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
    """Every page draws without an error and starts with its title."""
    page = open_page(name, artifacts)
    assert page.title[0].value


def test_overview_names_the_leader_under_each_protocol(gtzan: Artifacts) -> None:
    """The sentence on the front page agrees with the scores computed from the predictions."""
    page = open_page("overview", gtzan)
    for protocol, facts in gtzan.manifest.protocols.items():
        best = leaderboard(gtzan, protocol).iloc[0]
        share = accuracy(answers(gtzan, best["model"], protocol)).value
        assert f"{best['title']} leads with {share:.0%} right" in texts(page)
        assert f"**{facts['title']}** ({best['n']} {facts['unit']}s)" in texts(page)


def test_compare_shows_the_chosen_score_of_the_chosen_models(gtzan: Artifacts) -> None:
    """The address chooses protocol, models and score; the table holds what they are."""
    page = open_page(
        "compare",
        gtzan,
        protocol=gtzan.manifest.protocols["artist"]["title"],
        compare__models=gtzan.models["svc"].title,
        compare__score="Precision",
    )
    table = page.dataframe[0].value
    expected = per_genre(answers(gtzan, "svc", "artist"), gtzan.classes)
    assert list(table["genre"]) == gtzan.classes
    assert set(table["model"]) == {gtzan.models["svc"].title}
    np.testing.assert_allclose(table["precision"], expected["precision"])


def test_compare_without_models_says_what_to_do(gtzan: Artifacts) -> None:
    """An empty choice is answered by a hint, not by an empty chart."""
    page = open_page("compare", gtzan)
    page.multiselect(key="compare.models").set_value([]).run()
    assert "Choose one model" in texts(page)


def test_confusion_says_the_worst_mistake_in_words(gtzan: Artifacts) -> None:
    """The sentence names the largest cell off the diagonal."""
    page = open_page("confusion", gtzan, confusion__model=gtzan.models["random_forest"].title)
    table = answers(gtzan, "random_forest", "artist")
    wrong = table[~table["right"]].value_counts(["genre", "predicted"])
    of = (table["genre"] == wrong.index[0][0]).sum()
    genre, predicted = wrong.index[0]
    assert f"{wrong.iloc[0]} of {of} {genre} tracks were called {predicted}" in texts(page)


def test_features_offers_impurity_for_trees_only(gtzan: Artifacts) -> None:
    """Only models that have importances of the chosen kind are offered for it."""
    trees = {"random_forest", "extra_trees", "xgboost"}
    networks = {"cnn_logmel", "cnn_mfcc", "transfer"}
    offered = {"Impurity": trees, "SHAP": {"xgboost"}, "Occlusion": networks}
    for kind, models in offered.items():
        page = open_page("features", gtzan, features__kind=kind)
        titles = {gtzan.models[name].title for name in models}
        assert set(page.multiselect[0].options) == titles


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
    from dashboard.views.demo import EXAMPLES
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


def test_demo_analyses_the_same_bytes_once(
    synthetic: Artifacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Changing the model asks again, but neither decodes nor extracts again."""
    from dashboard.views import demo

    calls = []
    analyse = demo.analyse
    monkeypatch.setattr(demo, "analyse", lambda *args: calls.append(1) or analyse(*args))
    page = upload(synthetic, "noise.wav", wav(np.random.default_rng(0).uniform(-0.5, 0.5, 70_000)))
    page.segmented_control(key="demo.library").set_value("scikit-learn / XGBoost").run()
    assert not page.exception
    assert page.metric
    assert len(calls) == 1


def test_leaderboard_figure_draws_the_scores(gtzan: Artifacts) -> None:
    """Dots stand at the accuracies, whiskers reach to the ends of the intervals."""
    board = leaderboard(gtzan, "artist")
    trace = figures.leaderboard({"a": board}, {"a": 0.1}).data[0]
    np.testing.assert_allclose(trace.x, board["accuracy"])
    np.testing.assert_allclose(np.add(trace.x, trace.error_x.array), board["high"])
    np.testing.assert_allclose(np.subtract(trace.x, trace.error_x.arrayminus), board["low"])


def test_confusion_figure_keeps_rows_and_columns(gtzan: Artifacts) -> None:
    """Rows are the truth from top to bottom; each cell shows its number."""
    matrix = confusion(answers(gtzan, "svc", "artist"), gtzan.classes)
    figure = figures.confusion(matrix, shares=False)
    np.testing.assert_array_equal(figure.data[0].z, matrix)
    assert list(figure.data[0].y) == gtzan.classes
    assert figure.layout.yaxis.autorange == "reversed"


def test_mel_figure_labels_frequencies_where_they_are() -> None:
    """The tick of 1 kHz stands at the band whose centre is 1 kHz."""
    import librosa

    figure = figures.mel_spectrogram(np.zeros((128, 50)), 3.0, 22_050)
    place = dict(zip(figure.layout.yaxis.ticktext, figure.layout.yaxis.tickvals, strict=True))
    centres = librosa.mel_frequencies(130, fmin=0, fmax=11_025)[1:-1]
    assert place["1000"] == pytest.approx(np.interp(1000, centres, np.arange(128)), abs=1)


def test_genres_keep_their_colours() -> None:
    """A genre's colour depends on the benchmark's classes only, and ten genres have ten colours."""
    classes = [f"genre{i}" for i in range(10)]
    assert len(set(theme.genre_colors(classes).values())) == 10
    assert theme.genre_colors(classes) == theme.genre_colors(list(classes))


def test_app_without_artifacts_says_how_to_build_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fresh folder without artifacts is no crash but an instruction."""
    import dashboard.app

    monkeypatch.setattr(dashboard.app, "available", list)

    def main() -> None:
        import dashboard.app

        dashboard.app.main()

    page = AppTest.from_function(main, default_timeout=TIMEOUT).run()
    assert "make artifacts" in page.error[0].value

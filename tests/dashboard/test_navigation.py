"""What stands around the pages: navigation, choice of protocol, colours, and an empty folder."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from streamlit.testing.v1 import AppTest
from support.damage import flip_bit
from support.pages import TIMEOUT_SECONDS, VIEWS, open_page, texts

from dashboard import theme
from pipeline.registry import discover, lookup

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboard.views import View
    from pipeline.artifacts.reader import Artifacts


def app() -> None:
    """The script of each visit."""
    import dashboard.main

    dashboard.main.main()


def test_sections_hold_every_page_once(gtzan: Artifacts, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each page is there once, under its section, in its order; those that apply are listed."""
    import dashboard.main

    monkeypatch.setattr(dashboard.main.st, "Page", lambda page, **facts: facts)

    views: list[View] = list(discover("dashboard.views", "VIEW").values())
    assert len({view.order for view in views}) == len(views)
    sections = dashboard.main._pages(dashboard.main._views(), gtzan)
    for section, pages in sections.items():
        members = sorted((v for v in views if v.section == section), key=lambda v: v.order)
        assert [page["title"] for page in pages] == [view.title for view in members]
        listed = [page["title"] for page in pages if page["visibility"] == "visible"]
        assert listed == [view.title for view in members if view.applies(gtzan)]
    assert sum(map(len, sections.values())) == len(views)


def test_genres_keep_their_colours() -> None:
    """A genre's colour depends on the benchmark's classes only, and ten genres have ten colours."""
    classes = [f"genre{i}" for i in range(10)]
    assert len(set(theme.genre_colors(classes).values())) == 10
    assert theme.genre_colors(classes) == theme.genre_colors(list(classes))


def test_app_without_artifacts_says_how_to_build_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fresh folder without artifacts is no crash but an instruction."""
    import dashboard.main

    monkeypatch.setattr(dashboard.main.state, "available", list)
    page = AppTest.from_function(app, default_timeout=TIMEOUT_SECONDS).run()
    assert "make artifacts" in page.error[0].value


@pytest.fixture
def visit(
    plain: Artifacts, three: Artifacts, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., AppTest]:
    """``visit(**query)`` opens the whole app on two small benchmarks; ``__`` stands for a point."""
    import dashboard.state

    there = {one.folder.name: one for one in (plain, three)}
    monkeypatch.setattr(dashboard.state, "available", lambda: list(there))
    monkeypatch.setattr(dashboard.state, "artifacts", there.__getitem__)

    def open_app(**query: str) -> AppTest:
        page = AppTest.from_function(app, default_timeout=TIMEOUT_SECONDS)
        for key, value in query.items():
            page.query_params[key.replace("__", ".")] = value
        page.run()
        assert not page.exception
        return page

    return open_app


@pytest.mark.parametrize(
    ("key", "label"), [("benchmark", "Benchmark"), ("protocol", "Protocol"), ("slice", "")]
)
def test_a_wrong_name_in_the_address_is_said(
    visit: Callable[..., AppTest], key: str, label: str
) -> None:
    """What is not there, and what is shown instead; the page opens with it."""
    page = visit(**{key: "nowhere"})
    warning = "\n".join(str(warning.value) for warning in page.warning)
    assert "nowhere" in warning
    assert label in warning
    assert page.title[0].value == "Genrescope"


def test_a_wrong_name_is_said_until_something_else_is_chosen(
    visit: Callable[..., AppTest],
) -> None:
    """A click elsewhere leaves the sentence, a choice from that list ends it."""
    page = visit(protocol="By moon")
    page.toggle(key="overview.all").set_value(True).run()
    assert "there is no “By moon” here" in str(page.warning[0].value)
    page.selectbox(key="protocol").set_value("window").run()
    assert not page.warning


def test_names_that_are_there_are_not_warned_about(visit: Callable[..., AppTest]) -> None:
    """A link to what there is."""
    assert not visit(benchmark="three", protocol="By window").warning


def test_a_wrong_model_in_the_address_is_said(plain: Artifacts) -> None:
    """Where one is chosen and where several are."""
    page = open_page("confusion", plain, confusion__model="Nobody")
    assert "Model: there is no “Nobody” here. Shown: " in str(page.warning[0].value)
    page = open_page("compare", plain, compare__models=["Nobody", "Second"])
    assert "Models: there is no “Nobody” here. Shown: Second." in str(page.warning[0].value)


def test_a_wrong_choice_among_a_few_in_the_address_is_said(plain: Artifacts) -> None:
    """The first one holds, until the visitor chooses; then the sentence is gone."""
    page = open_page("confusion", plain, confusion__cells="Of moon")
    assert "Cells: there is no “Of moon” here. Shown: " in str(page.warning[0].value)
    page.button_group(key="confusion.cells").select("pred").run()
    assert not page.exception
    assert not page.warning


@pytest.mark.parametrize("name", VIEWS)
def test_protocols_are_offered_where_they_matter(plain: Artifacts, name: str) -> None:
    """A page that offers none is the same under each."""
    if not lookup("dashboard.views", "VIEW", name).compares:
        pages = [open_page(name, plain, protocol) for protocol in plain.manifest.protocols]
        assert len({texts(page) for page in pages}) == 1


def test_the_protocol_survives_a_page_that_does_not_offer_it(plain: Artifacts) -> None:
    """It is chosen again on the next page that does."""

    def pages(folder: str) -> None:
        import streamlit as st
        from support.pages import opened

        from dashboard import pickers
        from pipeline.registry import lookup

        name = "teach" if st.checkbox("elsewhere") else "overview"
        view = lookup("dashboard.views", "VIEW", name)
        pickers.bar(["three"], artifacts := opened(folder), view)
        st.text(pickers.protocol_to_come(artifacts))

    page = AppTest.from_function(pages, args=(str(plain.folder),)).run()
    page.selectbox(key="protocol").set_value("window").run()
    page.checkbox[0].check().run()
    assert page.text[0].value == "window"
    page.checkbox[0].uncheck().run()
    assert page.selectbox(key="protocol").value == "window"


def _open_the_other(page: AppTest) -> None:
    """Choose the whole benchmark, in the list above the page or in place of the page."""
    [chooser] = [each for each in page.selectbox if each.label == "Benchmark"]
    chooser.set_value("whole").run()


def broken(one: Artifacts, root: Path, change: Callable[[Path], object]) -> Path:
    """A folder of two benchmarks, of which one was damaged."""
    for name in ("mine", "whole"):
        shutil.copytree(one.folder, root / name)
    change(root / "mine")
    return root


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "manifest.json").write_text("{"),
        lambda folder: (folder / "manifest.json").write_bytes(b"\xff\xfe"),
        lambda folder: (folder / "tracks.parquet").write_bytes(b"PAR1"),
        lambda folder: shutil.rmtree(folder / "models"),
    ],
    ids=["half a manifest", "no text", "half a table", "no models"],
)
def test_a_damaged_benchmark_leaves_the_others_open(
    plain: Artifacts,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Path], object],
) -> None:
    """It says in a sentence how to get it back; the choice of another one is still offered."""
    import dashboard.state

    home = broken(plain, tmp_path / "home", change)
    monkeypatch.setenv("GENRESCOPE_HOME", str(home))
    monkeypatch.setattr(dashboard.state, "benchmarks", lambda: ["mine", "whole"])
    monkeypatch.setattr(dashboard.state, "built", lambda _: {p.name: p for p in home.iterdir()})
    page = AppTest.from_function(app, default_timeout=TIMEOUT_SECONDS).run()
    assert not page.exception
    [error] = page.error
    assert "python -m pipeline teach FOLDER --name mine" in error.value
    _open_the_other(page)
    assert not page.exception
    assert not page.error


# By file: a page that reads it, and the part that is opened there.
SHOWN = {
    "tracks.parquet": ("overview", ""),
    "models/m0/predictions.parquet": ("overview", ""),
    "models/m1/predictions.parquet": ("demo", ""),
    "models/m0/importance.parquet": ("features", "Importance"),
    "models/m0/robustness.parquet": ("robustness", ""),
    "summary/echonest.map.parquet": ("map", ""),
    "summary/echonest.tracks.parquet": ("features", "Two features"),
    "summary/echonest.distributions.parquet": ("features", "Distribution"),
    "summary/echonest.relations.parquet": ("features", "Correlation"),
}


@pytest.mark.parametrize(("file", "place"), SHOWN.items(), ids=list(SHOWN))
def test_a_page_names_a_file_with_a_flipped_bit(
    plain: Artifacts,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    file: str,
    place: tuple[str, str],
) -> None:
    """A sentence with the cure is all that is shown of it, and other benchmarks can be opened."""
    import dashboard.main
    import dashboard.state

    home = broken(plain, tmp_path / "home", lambda folder: flip_bit(folder / file))
    folders = {path.name: path for path in home.iterdir()}
    monkeypatch.setattr(dashboard.state, "benchmarks", lambda: list(folders))
    monkeypatch.setattr(dashboard.state, "built", lambda _: folders)
    name, part = place
    view = lookup("dashboard.views", "VIEW", name)
    monkeypatch.setattr(dashboard.main, "_views", lambda: [view])
    page = AppTest.from_function(app, default_timeout=TIMEOUT_SECONDS)
    page.query_params["benchmark"] = "mine"
    page.query_params["features.part"] = part
    page.run()
    assert not page.exception
    said = [str(element.value) for element in (*page.error, *page.warning)]
    sentence = f"{Path(file).name} is not the file that the manifest describes"
    assert any(sentence in text for text in said)
    assert all("Build it again" in text for text in said)
    _open_the_other(page)
    assert not page.exception
    assert not page.error


def test_a_damaged_import_leaves_its_benchmark_open(
    plain: Artifacts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages of scores say which one is left out, why, and the cure."""
    import dashboard.state

    monkeypatch.setenv("GENRESCOPE_HOME", str(tmp_path))
    place = tmp_path / "predictions" / plain.folder.name / "other"
    place.mkdir(parents=True)
    (place / "import.json").write_text("{")
    monkeypatch.setattr(dashboard.state, "benchmarks", lambda: [plain.folder.name])
    monkeypatch.setattr(dashboard.state, "built", lambda _: {plain.folder.name: plain.folder})
    page = AppTest.from_function(app, default_timeout=TIMEOUT_SECONDS).run()
    assert not page.exception
    assert not page.error
    [warning] = page.warning
    assert "The predictions of 'other' are left out." in warning.value
    assert f"remove-predictions {plain.folder.name} other" in warning.value

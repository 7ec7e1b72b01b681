"""What stands around the pages: navigation, choice of protocol, colours, and an empty folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamlit.testing.v1 import AppTest
from support.pages import TIMEOUT_SECONDS

from dashboard import theme
from pipeline.registry import discover

if TYPE_CHECKING:
    import pytest

    from dashboard.views import View
    from pipeline.artifacts.reader import Artifacts


def app() -> None:
    """The script of each visit."""
    import dashboard.main

    dashboard.main.main()


def test_sections_hold_every_page_once(gtzan: Artifacts, monkeypatch: pytest.MonkeyPatch) -> None:
    """The navigation lists each page that applies once, under its section, in its order."""
    import dashboard.main

    monkeypatch.setattr(dashboard.main.st, "Page", lambda page, **facts: facts)

    views: list[View] = list(discover("dashboard.views", "VIEW").values())
    assert len({view.order for view in views}) == len(views)
    sections = dashboard.main._pages(gtzan, gtzan.headline)
    views = [view for view in views if view.applies(gtzan)]
    for section, pages in sections.items():
        members = sorted((v for v in views if v.section == section), key=lambda v: v.order)
        assert [page["title"] for page in pages] == [view.title for view in members]
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

"""The pages in a real browser: navigation, addresses, charts, phone and both themes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import numpy as np
import pandas as pd
import pytest
from support.browsing import FAINT_WORDS, assert_sound, follow, serious, settle

from pipeline.artifacts.reader import open_benchmark
from pipeline.evaluation.leaderboard import leaderboard
from pipeline.evaluation.scores import labelled_predictions
from pipeline.registry import discover

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Page, Request

    from dashboard.views import View
    from pipeline.artifacts.reader import Artifacts

# One server and one browser for all of them.
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser-pages")]

SHOWN = open_benchmark("gtzan")  # of which the pages are
VIEWS = sorted(
    (view for view in discover("dashboard.views", "VIEW").values() if view.applies(SHOWN)),
    key=lambda view: view.order,
)
PATHS = ["", *(view.name for view in VIEWS[1:])]
VERDICT_PAGE = "demo?demo.source=Pick+an+example&demo.open.time=true"
BRIGHTNESS = (
    "getComputedStyle(document.querySelector('[data-testid=stApp]'))"
    ".backgroundColor.match(/\\d+/g).slice(0, 3).reduce((a, b) => a + Number(b) / 3, 0)"
)


def is_abroad(request: Request) -> bool:
    """Whether it goes to another host than ours."""
    parts = urlsplit(request.url)
    return parts.scheme in {"http", "https", "ws", "wss"} and parts.hostname != "localhost"


def test_each_page_is_reached_by_the_navigation(page: Page, address: str, gtzan: Artifacts) -> None:
    """A visitor clicks through all pages and sees each one's title, also on the tab.

    No page ends in an error, and none asks another host for anything.
    """
    abroad: list[str] = []
    page.on("request", lambda request: abroad.append(request.url) if is_abroad(request) else None)
    page.goto(address)
    settle(page)
    for view in (view for view in VIEWS if view.applies(gtzan)):
        follow(page, view.title, view.section)
        settle(page)
        title = {"overview": "Genrescope", "robustness": "Robustness"}.get(view.name, view.title)
        page.get_by_role("heading", name=title, exact=True).wait_for()
        assert_sound(page)
        page.wait_for_function("title => document.title === title", arg=tab_of(view))
    assert abroad == []


def tab_of(view: View) -> str:
    """What the tab of a page is called on the benchmark that is shown at first."""
    return f"{view.title} · gtzan · Genrescope"


def test_the_front_page_has_a_direct_address(page: Page, address: str) -> None:
    """Like each other page; choices in the address stay."""
    page.goto(f"{address}/overview?benchmark=fma-five")
    settle(page)
    page.get_by_role("heading", name="Genrescope", exact=True).wait_for()
    assert_sound(page)
    assert page.get_by_text("Page not found").count() == 0
    assert "benchmark=fma-five" in page.url


@pytest.mark.parametrize("path", [*PATHS, VERDICT_PAGE])
def test_page_fits_a_phone_and_everyone_can_read_it(
    browse: Callable[..., BrowserContext], address: str, path: str
) -> None:
    """At 390 pixels nothing sticks out, charts are drawn, and axe finds nothing serious."""
    context = browse(viewport={"width": 390, "height": 844}, color_scheme="light")
    page = context.new_page()
    page.goto(f"{address}/{path}")
    settle(page)
    assert_sound(page)
    main = page.locator("[data-testid=stMain]")
    assert main.evaluate("e => e.scrollWidth - e.clientWidth") <= 1
    if path not in {"demo", "data", "teach"}:  # without charts
        page.wait_for_selector(".js-plotly-plot .main-svg")
    headings = not path.startswith("demo")  # whose parts come and go below its title
    assert not serious(page, headings)
    assert not page.evaluate(FAINT_WORDS)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"{BRIGHTNESS} < 128")
    assert not serious(page, headings)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_theme_follows_the_visitor(
    browse: Callable[..., BrowserContext], address: str, scheme: str
) -> None:
    """The page is bright in a bright theme and dark in a dark one, and legible in both."""
    page = browse(color_scheme=scheme).new_page()
    page.goto(address)
    settle(page)
    assert (page.evaluate(BRIGHTNESS) > 128) == (scheme == "light")
    page.wait_for_selector(".js-plotly-plot .xtick text")
    assert not page.evaluate(FAINT_WORDS)


def test_a_page_that_a_benchmark_lacks_says_how_to_get_it(page: Page, address: str) -> None:
    """Its address, as in a link of somebody else, is no page that does not exist."""
    page.goto(f"{address}/learning")
    settle(page)
    page.get_by_role("heading", name="Learning curve", exact=True).wait_for()
    page.get_by_text("python -m pipeline teach FOLDER").wait_for()
    assert page.get_by_text("Page not found").count() == 0
    assert_sound(page)


def test_choices_stand_in_the_address(page: Page, address: str) -> None:
    """What is chosen can be sent as a link: another visitor sees the same."""
    page.goto(f"{address}/confusion")
    settle(page)
    page.get_by_role("radio", name="% of true").click()
    page.wait_for_url(re.compile(r"confusion\.cells=%25.of.true"))
    link = page.url
    page.goto("about:blank")
    page.goto(link)
    settle(page)
    page.get_by_text("the diagonal is recall").wait_for()


def test_benchmark_and_protocol_hold_on_every_page(page: Page, address: str) -> None:
    """What is chosen at the top of one page is chosen on the next, and is in its address."""
    page.goto(f"{address}/compare?benchmark=fma-five&protocol=10+folds+by+track")
    settle(page)
    follow(page, "Confusion", "Models")
    settle(page)
    page.get_by_role("heading", name="Confusion", exact=True).wait_for()
    assert "benchmark=fma-five" in page.url
    page.get_by_text("Tracks are divided at random").first.wait_for()


def test_a_slice_holds_on_every_page(page: Page, address: str) -> None:
    """It is kept when pages change, until the button beside it takes it out of the address."""
    page.goto(f"{address}/?slice=genre:rock")
    page.get_by_text("Only genre rock").wait_for()
    settle(page)
    follow(page, "Confusion", "Models")
    page.get_by_role("heading", name="Confusion", exact=True).wait_for()
    page.get_by_text("Only genre rock").wait_for()
    settle(page)
    assert re.search("slice=genre(:|%3A)rock", page.url)
    page.get_by_role("button", name="Show all tracks").click()
    page.get_by_text("Only genre rock").wait_for(state="detached")
    settle(page)
    assert "slice" not in page.url


def test_a_click_on_a_cell_lists_its_tracks(page: Page, address: str, gtzan: Artifacts) -> None:
    """The clicked cell is named in words and in the address; a link to it shows the same."""
    model = leaderboard(gtzan, gtzan.headline)["model"].iloc[0]
    table = labelled_predictions(gtzan, model, gtzan.headline)
    genre = gtzan.classes[-1]  # in the last cell, which is not chosen at first
    n = int(((table["genre"] == genre) & (table["predicted"] == genre)).sum())
    page.goto(f"{address}/confusion")
    settle(page)
    page.wait_for_selector(".js-plotly-plot .scatterlayer .point", state="attached")
    plot = page.locator(".js-plotly-plot .nsewdrag").first
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    cell = box["width"] / len(gtzan.classes), box["height"] / len(gtzan.classes)
    page.mouse.click(box["x"] + box["width"] - cell[0] / 2, box["y"] + box["height"] - cell[1] / 2)
    of = int((table["genre"] == genre).sum())
    sentence = f"{n} of {of} {genre} tracks were classified as {genre}"
    page.get_by_text(sentence).first.wait_for()
    page.wait_for_url(re.compile(rf"confusion\.true={genre}"))
    link = page.url
    page.goto("about:blank")
    page.goto(link)
    settle(page)
    page.get_by_text(sentence).first.wait_for()


def test_charts_can_be_taken_away(page: Page, address: str, gtzan: Artifacts) -> None:
    """The leaderboard is saved as CSV, and as the kind of image that was chosen."""
    page.goto(f"{address}/?image=SVG")
    settle(page)
    with page.expect_download() as taken:
        page.get_by_role("button", name="CSV").first.click()
    table = pd.read_csv(taken.value.path())
    board = leaderboard(gtzan, gtzan.headline)
    np.testing.assert_allclose(table["accuracy"], board["accuracy"])
    chart = page.locator(".js-plotly-plot").first
    chart.hover()
    with page.expect_download() as taken:
        chart.locator("[data-title*='Download']").first.click()
    assert taken.value.suggested_filename.endswith(".svg")
    assert taken.value.path().read_text().startswith("<svg")


def test_report_opens_offline(
    browse: Callable[..., BrowserContext], page: Page, address: str, tmp_path: Path
) -> None:
    """One click gives a file that draws its charts without asking the network for anything."""
    page.goto(address)
    settle(page)
    with page.expect_download() as taken:
        page.get_by_role("button", name="Report of this benchmark").click()
    file = tmp_path / "report.html"
    taken.value.save_as(file)
    offline = browse(offline=True).new_page()
    requested: list[str] = []
    offline.on("request", lambda request: requested.append(request.url))
    offline.goto(file.as_uri())
    offline.wait_for_selector(".js-plotly-plot .main-svg")
    assert offline.locator(".js-plotly-plot").count() > 10
    assert [url for url in requested if not url.startswith(("file:", "data:", "blob:"))] == []


def test_an_old_link_opens_the_page_that_it_names(page: Page, address: str) -> None:
    """Parameters that were renamed since still choose a cell, and Back ends in no error."""
    page.goto(f"{address}/confusion?confusion.truly=jazz&confusion.model=A+guess")
    page.get_by_text(
        re.compile("jazz tracks were classified as .* by Stratified random")
    ).wait_for()
    settle(page)
    assert "confusion.true=jazz" in page.url
    assert "confusion.truly" not in page.url
    page.go_back()
    settle(page)
    assert_sound(page)

"""A visit of the demo in a real browser: the song first, and nothing is lost on the way."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from support.browsing import PIECE, VERDICT, assert_sound, settle

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import BrowserContext, Page

# One server and one browser for all of them.
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser-demo")]
MODEL = "[data-testid=stMetricLabel]"
WAIT = 60_000  # ms
PHONE = {"width": 390, "height": 844}


def bring(page: Page, address: str) -> None:
    """Upload a piece and wait for its verdict."""
    page.goto(f"{address}/demo")
    settle(page)
    page.locator("input[type=file]").set_input_files(PIECE)
    page.wait_for_selector(VERDICT)


def ask_another(page: Page) -> None:
    """Choose a model of another library."""
    line = page.get_by_text("· change")
    before = line.inner_text()
    line.click()
    page.get_by_role("radio", name="scikit-learn / XGBoost").click()
    page.wait_for_url(re.compile("demo.library"))
    expect(line).not_to_have_text(before, timeout=WAIT)  # the address is quicker
    settle(page)


def go(page: Page, name: str) -> None:
    """Go to another page by the navigation."""
    page.get_by_role("link", name=name, exact=True).first.click()
    arrive(page, name)


def arrive(page: Page, name: str) -> None:
    """Wait until another page is drawn."""
    page.wait_for_function(f"document.title.startsWith('{name}')")
    settle(page)


def test_on_a_phone_the_verdict_is_on_the_first_screen(
    browse: Callable[..., BrowserContext], address: str
) -> None:
    """Where the music is and how to bring it, then the verdict: without a scroll."""
    page = browse(viewport=PHONE, is_mobile=True, has_touch=True).new_page()
    bring(page, address)
    top = 0.0
    for place in ("text=Where is the music?", "[data-testid=stFileUploader]", VERDICT):
        box = page.locator(place).first.bounding_box()
        assert box is not None
        assert top < box["y"]
        assert box["y"] + box["height"] <= PHONE["height"]
        top = box["y"]
    assert page.get_by_text("10 genres of GTZAN · change").count() == 1
    assert not page.get_by_label("Benchmark", exact=True).is_visible()


def test_something_moves_before_the_verdict(page: Page, address: str) -> None:
    """A skeleton stands where the verdict will be."""
    page.goto(f"{address}/demo")
    settle(page)
    page.evaluate(
        "new MutationObserver(() => { if (document.querySelector('[data-testid=stSkeleton]'))"
        " window.moved = true }).observe(document.body, {childList: true, subtree: true})"
    )
    page.locator("input[type=file]").set_input_files(PIECE)
    page.wait_for_selector(VERDICT)
    assert page.evaluate("window.moved")


def test_a_recording_and_its_model_survive_other_pages(page: Page, address: str) -> None:
    """Other pages, Back, Forward and another source: the verdict is there again."""
    bring(page, address)
    ask_another(page)
    page.locator(MODEL, has_text="Logistic regression on embeddings").wait_for()
    settle(page)
    there = page.inner_text(VERDICT)
    go(page, "Overview")
    page.go_back()
    arrive(page, "Demo")
    page.wait_for_selector(VERDICT)
    assert page.inner_text(VERDICT) == there
    page.go_forward()
    arrive(page, "Overview")
    go(page, "Teach")
    go(page, "Demo")
    page.wait_for_selector(VERDICT)
    settle(page)
    page.get_by_role("radio", name="Paste a link").click()
    page.get_by_role("button", name="Listen", exact=True).wait_for()
    settle(page)
    page.get_by_role("radio", name="Upload files").click()
    page.wait_for_selector(VERDICT)
    assert page.inner_text(VERDICT) == there
    assert page.get_by_text(PIECE.name).count() == 1
    settle(page)
    assert_sound(page)


def test_a_reload_says_what_is_lost(page: Page, address: str) -> None:
    """The choice of a model stays; the recording does not, and the page says so."""
    bring(page, address)
    ask_another(page)
    line = page.get_by_text("· change").inner_text()
    page.reload()
    page.get_by_text("comes from a visit with a recording").wait_for()
    settle(page)
    assert page.locator(VERDICT).count() == 0
    assert page.get_by_text("· change").inner_text() == line


def test_a_benchmark_is_kept_where_it_is_not_offered(page: Page, address: str) -> None:
    """*Teach* is about no benchmark; the page after it has the one from before."""
    page.goto(f"{address}/overview?benchmark=fma-five")
    settle(page)
    go(page, "Teach")
    assert page.get_by_label("Benchmark", exact=True).count() == 0
    go(page, "Overview")
    page.wait_for_function("document.title.includes('fma-five')")

"""What tests in a real browser share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from axe_playwright_python.sync_playwright import Axe

from dashboard.live.sources import EXAMPLES
from pipeline.evaluation.leaderboard import leaderboard

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from pipeline.artifacts.reader import Artifacts

VERDICT = "[data-testid=stMetricValue]"
PIECE = EXAMPLES / "metal-riff.mp3"
FAINT_WORDS = (Path(__file__).parents[1] / "browser/faint_words.js").read_text()


def best_network(artifacts: Artifacts) -> str:
    """The model that the demo offers first: the best one of the first format of model files."""
    formats = {name: card.format for name, card in artifacts.models.items()}
    ranked = leaderboard(artifacts, artifacts.headline)["model"]
    return next(name for name in ranked if formats[name] == min(formats.values()))


def settle(page: Page) -> None:
    """Wait until the page is drawn and nothing runs any more."""
    page.wait_for_selector("h1")
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")


def assert_sound(page: Page) -> None:
    """No error stands on the page."""
    for kind in ("stException", "stAlertContentError"):
        assert page.locator(f"[data-testid={kind}]").all_inner_texts() == []


def follow(page: Page, title: str, section: str) -> None:
    """Go to a page by the navigation."""
    if section:
        page.get_by_role("button", name=section, exact=True).click()
    page.get_by_role("menuitem" if section else "link", name=title).first.click()


def serious(page: Page, headings: bool) -> list[str]:
    """What axe-core (WCAG 2 A and AA, and good practice) finds serious, or headings out of order.

    Streamlit's own list of pages, which has headings among its items, is left out.
    """
    outside = {"exclude": [["[data-testid=stSidebarNav]"]]}
    found = Axe().run(page, context=outside).response["violations"]
    return [
        f"{violation['id']}: {node['html'][:200]}"
        for violation in found
        if violation["impact"] in {"serious", "critical"}
        or (headings and violation["id"] == "heading-order")
        for node in violation["nodes"]
    ]

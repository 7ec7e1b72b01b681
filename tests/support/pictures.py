"""Pictures of the README, as a visitor sees the pages first: ``make pictures``."""

from __future__ import annotations

import shutil

from playwright.sync_api import sync_playwright
from support.browsing import settle
from support.serving import ROOT, served

PAGES = {
    "overview": ("overview", 1000),
    "confusion": ("confusion", 1150),
    "demo": ("demo?demo.source=Pick+an+example&demo.open.time=true", 1450),
}  # with heights in pixels
DRAWN_MS = 3_000  # charts are drawn after the script has run


def main() -> None:
    """Take a picture of each page of a server of its own."""
    with served() as (address, _), sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"))
        for name, (path, height) in PAGES.items():
            page = browser.new_page(viewport={"width": 1280, "height": height})
            page.set_default_timeout(120_000)
            page.goto(f"http://{address}/{path}")
            settle(page)
            page.wait_for_timeout(DRAWN_MS)
            page.screenshot(path=ROOT / "docs/images" / f"{name}.png")


if __name__ == "__main__":
    main()

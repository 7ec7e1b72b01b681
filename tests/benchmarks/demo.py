"""What a person waits for in the demo, in a real browser beside a bare page of Streamlit.

``python -m benchmarks.demo``; it needs Chromium.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from support.browsing import VERDICT
from support.serving import SECONDS, processor_seconds, served, song, wait_until_idle
from support.streamlit_client import Visitor
from support.timing import goal, table

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

TIMES, VISITORS = 5, 20
QUIET_MS = 1_500  # a page that changes nothing for so long is done
BARE = """
import streamlit as st
st.title("Bare")
for file in st.file_uploader("File", accept_multiple_files=True):
    st.metric("Bytes", len(file.getvalue()))
"""
# Notes, in milliseconds since the file was chosen, when the number is painted and when the page
# changes for the last time.
WATCH = f"""
(() => {{
  const seen = (window.seen = {{}});
  addEventListener("change", (event) => {{
    if (event.target.type === "file") seen.chosen = performance.now();
  }}, true);
  new MutationObserver(() => {{
    if (seen.chosen === undefined) return;
    seen.last = performance.now();
    if (seen.shown === undefined && document.querySelector("{VERDICT}"))
      requestAnimationFrame(() => setTimeout(() => (seen.shown ??= performance.now())));
  }}).observe(document, {{
    subtree: true, childList: true, attributes: true, characterData: true
  }});
}})();
"""
DONE = f"""
() => seen.shown && performance.now() - seen.last > {QUIET_MS}
  && document.querySelector("[data-testid=stApp][data-test-script-state=notRunning]")
"""


def timed(context: BrowserContext, url: str, file: Path) -> tuple[float, float]:
    """Seconds from the choice of a file until a number stands there, and until all does."""
    page = context.new_page()
    page.add_init_script(WATCH)
    page.goto(url)
    page.wait_for_selector("h1")
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    page.wait_for_timeout(QUIET_MS)
    page.locator("input[type=file]").set_input_files(file)
    page.wait_for_function(DONE, timeout=60_000)
    seen = page.evaluate("seen")
    page.close()
    return (seen["shown"] - seen["chosen"]) / 1000, (seen["last"] - seen["chosen"]) / 1000


def together(address: str, pid: int, file: Path) -> tuple[list[float], float]:
    """Many visitors upload at once: seconds until each is sent a verdict, and of the processor.

    Visitors speak Streamlit's protocol: upload, run of the script and all that is sent to them
    count, a browser does not. The processor's seconds are the server's, for each visitor.
    """
    visitors = [Visitor(address, "demo") for _ in range(VISITORS)]
    before = processor_seconds(pid)
    with ThreadPoolExecutor(VISITORS) as pool:
        waited = list(pool.map(lambda visitor: visitor.upload(file, "metric"), visitors))
    spent = processor_seconds(pid) - before
    for visitor in visitors:
        visitor.close()
    return waited, spent / VISITORS


def section() -> str:
    """The measurements as a Markdown table."""
    from playwright.sync_api import sync_playwright

    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        file, bare = song(folder / "song.mp3"), folder / "bare.py"
        bare.write_text(BARE)
        demo_address, pid = stack.enter_context(served())
        bare_address, _ = stack.enter_context(served(bare))
        Visitor(demo_address, "demo").close()  # what recordings need is loaded for the first one
        wait_until_idle(pid)
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        rows = _alone(browser, f"http://{demo_address}/demo", f"http://{bare_address}", file)
        browser.close()
        waited, spent = together(demo_address, pid, file)
    first, middle, last = min(waited), statistics.median(waited), max(waited)
    rows += [
        [f"{VISITORS} visitors at once: first verdict", f"{first:.1f}", "", ""],
        ["the same, median", *goal(middle, 10, 1), ""],
        ["the same, last", f"{last:.1f}", "", ""],
        ["processor of the server for each of them", f"{spent:.2f}", "", ""],
    ]
    return f"""what a visitor waits for

A recording of {SECONDS} s as MP3, in Chromium on the machine of the server, in turns with a page
of Streamlit that has an uploader and a number.

{table(["", "demo, s", "goal, s", "bare page, s"], rows)}"""


def _alone(browser: Browser, demo: str, bare: str, file: Path) -> list[list[str]]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    for url in (demo, bare):
        timed(context, url, file)  # fills the browser's cache
    times = [(timed(context, demo, file), timed(context, bare, file)) for _ in range(TIMES)]
    (shown, done), (number, settled) = np.median(times, axis=0)
    return [
        ["file chosen to verdict, number", *goal(shown, 1.2), f"{number:.2f}"],
        ["file chosen to page done", *goal(done, 3), f"{settled:.2f}"],
    ]


if __name__ == "__main__":
    print(section())

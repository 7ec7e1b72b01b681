"""What a visitor of the pages waits for: ``python -m benchmarks.pages``; it needs Chromium."""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from support.serving import served, wait_until_idle
from support.streamlit_client import Visitor
from support.timing import goal, seconds, table

from dashboard.report import report
from pipeline.artifacts.reader import open_benchmark
from pipeline.registry import discover

if TYPE_CHECKING:
    from playwright.sync_api import Browser

TIMES, VISITS = 5, 3
BARE = """
import plotly.graph_objects as go
import streamlit as st
st.title("Bare")
st.plotly_chart(go.Figure(go.Bar(x=[1, 2, 3])))
"""
# Notes, in milliseconds since the address was entered, when the first words and the first chart
# are there.
WATCH = """
(() => {
  const seen = (window.seen = {});
  const note = (name) => requestAnimationFrame(() => setTimeout(() => {
    seen[name] ??= performance.now();
  }));
  new MutationObserver(() => {
    if (document.body?.innerText.trim()) note("words");
    if (document.querySelector(".js-plotly-plot .main-svg")) note("chart");
  }).observe(document, { subtree: true, childList: true, characterData: true });
})();
"""


def section() -> str:
    """The measurements in Markdown, the title first."""
    from playwright.sync_api import sync_playwright

    with ExitStack() as stack:
        bare = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "bare.py"
        bare.write_text(BARE)
        ours, pid = stack.enter_context(served())
        other, _ = stack.enter_context(served(bare))
        wait_until_idle(pid)
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        times = [(_visit(browser, ours), _visit(browser, other)) for _ in range(TIMES)]
        browser.close()
        wait_until_idle(pid)
        first, again = _from_page_to_page(ours)
    (words, chart), (bare_words, bare_chart) = np.median(times, axis=0)
    slowest = max(again, key=lambda page: again[page])
    coldest = max(first, key=lambda page: first[page])
    artifacts = open_benchmark("gtzan")
    made = statistics.median(seconds(report, artifacts) for _ in range(VISITS))
    rows = [
        ["first words of the overview, nothing in the browser's cache", *goal(words, 1),
         f"{bare_words:.1f}"],
        ["first chart of the overview", *goal(chart, 1.25 * bare_chart, 1), f"{bare_chart:.1f}"],
        ["page to page on the server, median", *goal(statistics.median(again.values()), 0.4), ""],
        [f"the slowest page, {slowest}", *goal(again[slowest], 0.4), ""],
        [f"the slowest page when nobody had opened it, {coldest}", *goal(first[coldest], 0.4), ""],
        ["report of the benchmark", *goal(made, 5, 1), ""],
    ]  # fmt: skip
    return f"""what a visitor waits for

In Chromium on the machine of the server, which has warmed up, in turns with a page of Streamlit
that has one chart.

{table(["", "dashboard, s", "goal, s", "bare page, s"], rows)}"""


def _visit(browser: Browser, address: str) -> tuple[float, float]:
    """Seconds until the first words and the first chart, in a browser that has seen neither."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.add_init_script(WATCH)
    page.goto(f"http://{address}")
    page.wait_for_function("window.seen.chart", timeout=60_000)
    seen = page.evaluate("seen")
    context.close()
    return seen["words"] / 1000, seen["chart"] / 1000


def _from_page_to_page(address: str) -> tuple[dict[str, float], dict[str, float]]:
    """Seconds until the server has sent each page, at the first time and later, by page."""
    pages = discover("dashboard.views", "VIEW")
    visitor = Visitor(address, "")
    rounds = []
    for _ in range(1 + VISITS):
        took = {}
        for name in pages:
            start = time.perf_counter()
            visitor.go(name)
            took[name] = time.perf_counter() - start
        rounds.append(took)
    visitor.close()
    first, *later = rounds
    return first, {name: statistics.median(took[name] for took in later) for name in pages}


if __name__ == "__main__":
    print(section())

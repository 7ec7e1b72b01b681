"""What a person waits for in the demo, in a real browser beside a bare page of Streamlit.

``python tests/bench_demo.py`` prints the table. It needs Chromium.
"""

from __future__ import annotations

import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile
from support.browsing import VERDICT
from support.streamlit_client import Visitor

from dashboard.live.sources import EXAMPLES
from pipeline.audio.decoding import decode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext

ROOT = Path(__file__).parents[1]
PIECE = EXAMPLES / "synth-pop.mp3"
SECONDS, SAMPLE_RATE = 30, 44_100
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


def song(folder: Path) -> Path:
    """An example piece as an MP3 of 30 s in stereo."""
    y = np.resize(decode(PIECE), SECONDS * SAMPLE_RATE)
    path = folder / "song.mp3"
    soundfile.write(path, np.stack([y, np.roll(y, 100)], axis=1), SAMPLE_RATE)
    return path


@contextmanager
def served(script: Path) -> Iterator[tuple[str, int]]:
    """Address of a page that a server of its own shows, and the number of its process."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)]
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    server = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL)
    try:
        _wait_for(f"http://localhost:{port}/_stcore/health")
        yield f"localhost:{port}", server.pid
    finally:
        server.terminate()
        server.wait()


def _wait_for(health: str) -> None:
    for _ in range(600):
        try:
            with urllib.request.urlopen(health):  # noqa: S310 - a server of ours
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"{health} does not answer.")


def wait_until_warm(pid: int) -> None:
    """Wait until a server has been idle for some seconds: nothing loads in the background."""
    idle = 0
    while idle < 4:
        before = processor_seconds(pid)
        time.sleep(1)
        idle = idle + 1 if processor_seconds(pid) - before < 0.05 else 0


def processor_seconds(pid: int) -> float:
    """Processor time that a process has had so far; Linux only."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


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
        file, bare = song(folder), folder / "bare.py"
        bare.write_text(BARE)
        demo_address, pid = stack.enter_context(served(ROOT / "dashboard" / "app.py"))
        bare_address, _ = stack.enter_context(served(bare))
        wait_until_warm(pid)
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        rows = _alone(browser, f"http://{demo_address}/demo", f"http://{bare_address}", file)
        browser.close()
        waited, spent = together(demo_address, pid, file)
    first, middle, last = min(waited), statistics.median(waited), max(waited)
    return f"""| {SECONDS} s of MP3 | demo, s | bare page, s |
| --- | ---: | ---: |
{rows}| {VISITORS} visitors at once: first verdict | {first:.1f} | |
| the same, median | {middle:.1f} | |
| the same, last | {last:.1f} | |
| processor of the server for each of them | {spent:.2f} | |
"""


def _alone(browser: Browser, demo: str, bare: str, file: Path) -> str:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    for url in (demo, bare):
        timed(context, url, file)  # fills the browser's cache
    times = [(timed(context, demo, file), timed(context, bare, file)) for _ in range(TIMES)]
    (shown, done), (number, settled) = np.median(times, axis=0)
    return (
        f"| file chosen to verdict, number | {shown:.2f} | {number:.2f} |\n"
        f"| file chosen to page done | {done:.2f} | {settled:.2f} |\n"
    )


if __name__ == "__main__":
    print(section())

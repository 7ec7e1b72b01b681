"""The demo in a real browser: upload, recorders, links, several files, and what is kept."""

from __future__ import annotations

import re
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import librosa
import numpy as np
import pandas as pd
import pytest
from support.browsing import PIECE, VERDICT, assert_sound, best_network, settle
from support.serving import served

from dashboard.live.sources import EXAMPLES
from pipeline.audio.decoding import decode, to_wav
from pipeline.audio.windows import SAMPLE_RATE
from pipeline.inference.predict import predict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import BrowserContext, Page

    from pipeline.artifacts.reader import Artifacts
    from pipeline.audio.windows import Samples

# One server and one browser for all of them.
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser-demo")]


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="Linux tells what is loaded")
def test_server_is_small_until_someone_comes(page: Page) -> None:
    """Tables are there without a visit; what asks models is with the first page.

    TensorFlow never is.
    """
    with served() as (address, server):
        wait_until_loaded("scipy/optimize", server)  # which fits temperatures
        assert not [name for name in ("onnxruntime", "sklearn") if name in loaded(server)]
        page.goto(f"http://{address}")
        settle(page)
        for name in ("onnxruntime", "sklearn"):
            wait_until_loaded(name, server)
        assert "tensorflow" not in loaded(server)


def wait_until_loaded(library: str, pid: int) -> None:
    """Wait until a process has a library in memory."""
    end = time.monotonic() + 120
    while library not in loaded(pid):
        assert time.monotonic() < end, f"nothing loads {library}"
        time.sleep(0.5)


def loaded(pid: int) -> str:
    """What a process has in memory."""
    return Path(f"/proc/{pid}/maps").read_text()


def test_upload_is_classified_as_on_the_command_line(
    page: Page, address: str, gtzan: Artifacts
) -> None:
    """A file that a visitor uploads gets the verdict that the library gives."""
    first = best_network(gtzan)
    page.goto(f"{address}/demo")
    settle(page)
    page.locator("input[type=file]").set_input_files(PIECE)
    page.wait_for_selector(VERDICT)
    assert page.inner_text(VERDICT).strip() == predict(PIECE, first, gtzan).genre
    assert_sound(page)


def test_silent_upload_gets_a_sentence(page: Page, address: str, tmp_path: Path) -> None:
    """Silence is not classified, and the page says why."""
    file = tmp_path / "silence.wav"
    file.write_bytes(to_wav(np.zeros(5 * 22_050, np.float32)))
    page.goto(f"{address}/demo")
    settle(page)
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_text("There is nothing to hear").first.wait_for()
    assert page.locator(VERDICT).count() == 0


def assert_classified(page: Page, artifacts: Artifacts) -> Samples:
    """The verdict is the library's about the bytes that were recorded, which it returns."""
    page.wait_for_selector(VERDICT, timeout=90_000)
    settle(page)
    assert_sound(page)
    # The player is there before its sound.
    source = page.locator(".player audio[src]:not([src=''])").evaluate("e => e.src")
    recorded = page.request.get(str(source)).body()
    expected = predict(recorded, best_network(artifacts), artifacts).genre
    assert page.inner_text(VERDICT).strip().strip("?") == expected
    y = decode(recorded)
    assert np.corrcoef(bands(y), bands(decode(PIECE)))[0, 1] > 0.8
    return y


def levels(y: Samples) -> np.ndarray:
    """RMS of each whole second."""
    seconds = y[: len(y) // SAMPLE_RATE * SAMPLE_RATE].reshape(-1, SAMPLE_RATE)
    return np.sqrt(np.mean(seconds**2, axis=1))


def bands(y: np.ndarray) -> np.ndarray:
    """Level in each mel band, in dB: what a piece sounds like on the whole."""
    return librosa.power_to_db(librosa.feature.melspectrogram(y=y).mean(axis=1))


def test_timed_recording_is_classified(listener: Page, address: str, gtzan: Artifacts) -> None:
    """One click records ten seconds, which get the library's verdict."""
    listener.goto(
        f"{address}/demo?demo.source=Record&demo.recorder=Ten+seconds&demo.open.time=true"
    )
    settle(listener)
    listener.frame_locator("iframe[title*=audio_recorder]").locator("svg").first.click()
    y = assert_classified(listener, gtzan)
    assert 8 <= len(y) / SAMPLE_RATE <= 13


def test_free_recording_is_classified(listener: Page, address: str, gtzan: Artifacts) -> None:
    """Streamlit's recorder goes on until it is stopped, and gets the library's verdict."""
    listener.goto(f"{address}/demo?demo.source=Record&demo.open.time=true")
    settle(listener)
    listener.get_by_role("button", name="Record", exact=True).click()
    stop = listener.get_by_role("button", name="Stop recording")
    stop.wait_for()  # it starts late where other tests keep the processor busy
    listener.wait_for_timeout(6_000)
    stop.click()
    y = assert_classified(listener, gtzan)
    assert 4 <= len(y) / SAMPLE_RATE <= 9
    # The browser takes nothing away of what sounds steadily, as its filters for speech do.
    first, *others = levels(y)
    assert np.median(others) == pytest.approx(first, rel=0.3)


def test_several_files_at_once(page: Page, address: str, gtzan: Artifacts, tmp_path: Path) -> None:
    """Each file has a row; a damaged one does not stop the rest; a row shows more; CSV has all."""
    damaged = tmp_path / "not <i>music</i>.mp3".replace("/", "")
    damaged.write_text("<html>")
    pieces = [PIECE, damaged, EXAMPLES / "string-quartet.mp3"]
    page.goto(f"{address}/demo")
    settle(page)
    page.locator("input[type=file]").set_input_files(pieces)
    page.get_by_text("Choose a row to see more of it").wait_for()
    settle(page)
    with page.expect_download() as taken:
        page.locator("[data-testid=stDownloadButton] button", has_text="CSV").first.click()
    table = pd.read_csv(taken.value.path()).set_index("name")
    model = best_network(gtzan)
    for path in (PIECE, pieces[2]):
        verdict = predict(path, model, gtzan)
        assert table.loc[path.name, "genre"] == verdict.genre
        assert table.loc[path.name, "confidence"] == pytest.approx(verdict.confidence, abs=1e-3)
    assert "no audio" in table.loc[damaged.name, "problem"]
    box = page.locator("[data-testid=stDataFrame] canvas").first.bounding_box()
    page.mouse.click(box["x"] + 15, box["y"] + 35 + 17)  # the box before the first row
    page.wait_for_selector(VERDICT)
    assert page.inner_text(VERDICT).strip("? \n") == table.loc[PIECE.name, "genre"]


@pytest.fixture
def pieces_site() -> Iterator[str]:
    """Address of a server of the example pieces."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(EXAMPLES))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_link_is_fetched_and_classified(
    page: Page, address: str, gtzan: Artifacts, pieces_site: str
) -> None:
    """An audio file behind an address gets the library's verdict."""
    page.goto(f"{address}/demo?demo.source=Paste+a+link")
    settle(page)
    page.get_by_role("textbox", name="Address of a song").fill(f"{pieces_site}/{PIECE.name}")
    page.get_by_role("button", name="Listen", exact=True).click()
    page.wait_for_selector(VERDICT)
    expected = predict(PIECE, best_network(gtzan), gtzan).genre
    assert page.inner_text(VERDICT).strip("? \n") == expected


def test_a_private_address_is_refused(page: Page, address: str) -> None:
    """A link into the server's own network is not followed, in words."""
    page.goto(f"{address}/demo?demo.source=Paste+a+link")
    settle(page)
    page.get_by_role("textbox", name="Address of a song").fill(
        "http://169.254.169.254/latest/meta-data"
    )
    page.get_by_role("button", name="Listen", exact=True).click()
    page.get_by_text("Only public addresses").wait_for()
    assert page.locator(VERDICT).count() == 0


def test_a_verdict_can_be_sent_as_a_link(
    browse: Callable[..., BrowserContext], page: Page, address: str, gtzan: Artifacts
) -> None:
    """Piece, model and how it is shown stand in the address: another visitor sees the same."""
    page.goto(f"{address}/demo?demo.source=Pick+an+example")
    settle(page)
    page.get_by_text("· change").click()
    page.get_by_role("radio", name="scikit-learn / XGBoost").click()
    page.get_by_text("Before calibration").first.click()
    page.wait_for_url(re.compile(r"demo\.raw=true"))
    settle(page)
    other = browse(color_scheme="dark").new_page()
    other.goto(page.url)
    other.wait_for_selector(VERDICT)
    settle(other)
    for text in (VERDICT, "[data-testid=stMetricLabel]"):
        assert other.inner_text(text) == page.inner_text(text)
    assert other.locator("[data-testid=stCheckbox] input").is_checked()
    assert gtzan.models["dummy_prior"].title not in other.inner_text("[data-testid=stMetricLabel]")


def test_history_is_gone_with_the_page(page: Page, address: str) -> None:
    """Verdicts are listed; a reload begins a new session that knows nothing of them."""
    page.goto(f"{address}/demo")
    settle(page)
    page.locator("input[type=file]").set_input_files(PIECE)
    page.get_by_text("Verdicts of this session (1)").wait_for()
    page.reload()
    settle(page)
    assert page.get_by_text("Verdicts of this session").count() == 0

"""The dashboard in a real browser: pages, deep links, upload, recorder, phone and both themes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import librosa
import numpy as np
import pytest

from dashboard.views.demo import EXAMPLES
from pipeline.audio import SAMPLE_RATE, decode, to_wav
from pipeline.evaluate import leaderboard
from pipeline.predict import predict
from pipeline.registry import discover

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Page

    from pipeline.artifacts import Artifacts

pytestmark = [pytest.mark.browser, pytest.mark.slow]

VIEWS = sorted(discover("dashboard.views", "VIEW").values(), key=lambda view: view.order)
PATHS = ["", *(view.name for view in VIEWS[1:])]
VERDICT = "[data-testid=stMetricValue]"
PIECE = EXAMPLES / "metal-riff.mp3"


def best_network(artifacts: Artifacts) -> str:
    """The model that the demo offers first."""
    board = leaderboard(artifacts, "artist")
    return str(board.loc[board["family"] == "Keras", "model"].iloc[0])


@pytest.fixture
def page(browse: Callable[..., BrowserContext]) -> Page:
    return browse().new_page()


def settle(page: Page) -> None:
    """Wait until the page is drawn and nothing runs any more."""
    page.wait_for_selector("h1")
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")


def assert_sound(page: Page) -> None:
    """No error stands on the page."""
    assert page.locator("[data-testid=stException]").count() == 0
    assert page.locator("[data-testid=stAlertContentError]").count() == 0


def test_each_page_is_reached_by_the_navigation(page: Page, address: str) -> None:
    """A visitor clicks through all pages and sees each one's title, without an error."""
    page.goto(address)
    for view in VIEWS:
        page.get_by_role("link", name=view.title).first.click()
        settle(page)
        title = "Genrescope" if view is VIEWS[0] else view.title
        page.get_by_role("heading", name=title, exact=True).wait_for()
        assert_sound(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PATHS)
def test_page_fits_a_phone(
    browse: Callable[..., BrowserContext], address: str, path: str, scheme: str
) -> None:
    """At 390 pixels nothing sticks out sideways, in either theme, and charts are drawn."""
    page = browse(viewport={"width": 390, "height": 844}, color_scheme=scheme).new_page()
    page.goto(f"{address}/{path}")
    settle(page)
    assert_sound(page)
    main = page.locator("[data-testid=stMain]")
    assert main.evaluate("e => e.scrollWidth - e.clientWidth") <= 1
    if path != "demo":
        page.wait_for_selector(".js-plotly-plot .main-svg")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_theme_follows_the_visitor(
    browse: Callable[..., BrowserContext], address: str, scheme: str
) -> None:
    """The page is bright for who likes it bright, and dark for who likes it dark."""
    page = browse(color_scheme=scheme).new_page()
    page.goto(address)
    settle(page)
    color = page.locator("[data-testid=stApp]").evaluate("e => getComputedStyle(e).backgroundColor")
    brightness = sum(int(part) for part in re.findall(r"\d+", color)[:3]) / 3
    assert (brightness > 128) == (scheme == "light")


def test_choices_stand_in_the_address(page: Page, address: str) -> None:
    """What is chosen can be sent as a link: another visitor sees the same."""
    page.goto(f"{address}/confusion")
    settle(page)
    page.get_by_role("radio", name="By row").click()
    page.wait_for_url(re.compile(r"confusion\.cells=By.row"))
    link = page.url
    page.goto("about:blank")
    page.goto(link)
    settle(page)
    page.get_by_text("the diagonal is recall").wait_for()


def test_upload_is_answered_as_on_the_command_line(
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


def test_recording_is_answered(
    browse: Callable[..., BrowserContext], address: str, gtzan: Artifacts, tmp_path: Path
) -> None:
    """A microphone plays a known piece: ten seconds of it arrive and get the library's verdict."""
    microphone = tmp_path / "microphone.wav"
    microphone.write_bytes(to_wav(decode(PIECE)))
    context = browse(
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={microphone}",
        permissions=["microphone"],
    )
    page = context.new_page()
    page.goto(f"{address}/demo?demo.source=Record")
    settle(page)
    recorder = page.frame_locator("iframe[title*=audio_recorder]")
    recorder.locator("svg").first.click()
    page.wait_for_selector(VERDICT, timeout=90_000)
    assert_sound(page)
    recorded = page.request.get(str(page.locator("audio").evaluate("e => e.src"))).body()
    first = best_network(gtzan)
    assert page.inner_text(VERDICT).strip() == predict(recorded, first, gtzan).genre
    y = decode(recorded)
    assert 8 <= len(y) / SAMPLE_RATE <= 13
    assert np.corrcoef(bands(y), bands(decode(PIECE)))[0, 1] > 0.8


def bands(y: np.ndarray) -> np.ndarray:
    """Level in each mel band, in dB: what a piece sounds like on the whole."""
    return librosa.power_to_db(librosa.feature.melspectrogram(y=y).mean(axis=1))

"""The dashboard in a real browser: pages, deep links, upload, recorder, phone and both themes."""

from __future__ import annotations

import os
import re
import time
from contextlib import suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import librosa
import numpy as np
import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe

from dashboard.live.sources import EXAMPLES
from pipeline.audio import SAMPLE_RATE, decode, to_wav
from pipeline.evaluate import answers, leaderboard
from pipeline.predict import predict
from pipeline.registry import discover

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import BrowserContext, Page

    from pipeline.artifacts import Artifacts
    from pipeline.audio import Samples

# One server and one browser for all of them.
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]

VIEWS = sorted(discover("dashboard.views", "VIEW").values(), key=lambda view: view.order)
PATHS = ["", *(view.name for view in VIEWS[1:])]
VERDICT_PAGE = "demo?demo.source=Pick+an+example"
BRIGHTNESS = (
    "getComputedStyle(document.querySelector('[data-testid=stApp]'))"
    ".backgroundColor.match(/\\d+/g).slice(0, 3).reduce((a, b) => a + Number(b) / 3, 0)"
)
FAINT_WORDS = (Path(__file__).parent / "faint_words.js").read_text()
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


def follow(page: Page, title: str, section: str) -> None:
    """Go to a page by the navigation."""
    if section:
        page.get_by_role("button", name=section, exact=True).click()
    page.get_by_role("menuitem" if section else "link", name=title).first.click()


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="Linux tells what is loaded")
def test_server_warms_up_before_anyone_comes(started: tuple[str, int]) -> None:
    """TensorFlow, which loads longest, is there without a visit: nobody waits for it.

    It is the first test here, so that nobody has come yet.
    """
    _, group = started
    end = time.monotonic() + 120
    while not any("tensorflow" in libraries for libraries in loaded(group)):
        assert time.monotonic() < end, "nothing loads TensorFlow"
        time.sleep(0.5)


def loaded(group: int) -> Iterator[str]:
    """What each process of a group has in memory."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ended meanwhile
            if os.getpgid(int(process.name)) == group:
                yield (process / "maps").read_text()


def test_each_page_is_reached_by_the_navigation(page: Page, address: str) -> None:
    """A visitor clicks through all pages and sees each one's title, without an error."""
    page.goto(address)
    settle(page)
    for view in VIEWS:
        follow(page, view.title, view.section)
        settle(page)
        title = {"overview": "Genrescope", "robustness": "Robustness"}.get(view.name, view.title)
        page.get_by_role("heading", name=title, exact=True).wait_for()
        assert_sound(page)


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
    if path not in {"demo", "data"}:
        page.wait_for_selector(".js-plotly-plot .main-svg")
    assert not serious(page)
    assert not page.evaluate(FAINT_WORDS)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"{BRIGHTNESS} < 128")
    assert not serious(page)


def serious(page: Page) -> list[str]:
    """What axe-core (WCAG 2 A and AA, and good practice) finds serious or critical.

    Streamlit's own list of pages, which has headings among its items, is left out.
    """
    outside = {"exclude": [["[data-testid=stSidebarNav]"]]}
    found = Axe().run(page, context=outside).response["violations"]
    return [
        f"{violation['id']}: {node['html'][:200]}"
        for violation in found
        if violation["impact"] in {"serious", "critical"}
        for node in violation["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_theme_follows_the_visitor(
    browse: Callable[..., BrowserContext], address: str, scheme: str
) -> None:
    """The page is bright for who likes it bright, and dark for who likes it dark; both can read."""
    page = browse(color_scheme=scheme).new_page()
    page.goto(address)
    settle(page)
    assert (page.evaluate(BRIGHTNESS) > 128) == (scheme == "light")
    page.wait_for_selector(".js-plotly-plot .xtick text")
    assert not page.evaluate(FAINT_WORDS)


def test_choices_stand_in_the_address(page: Page, address: str) -> None:
    """What is chosen can be sent as a link: another visitor sees the same."""
    page.goto(f"{address}/confusion")
    settle(page)
    page.get_by_role("radio", name="Of true").click()
    page.wait_for_url(re.compile(r"confusion\.cells=Of.true"))
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


def test_a_click_on_a_cell_lists_its_tracks(page: Page, address: str, gtzan: Artifacts) -> None:
    """The clicked cell is named in words and in the address; a link to it shows the same."""
    model = leaderboard(gtzan, gtzan.strictest)["model"].iloc[0]
    table = answers(gtzan, model, gtzan.strictest)
    truth, said = gtzan.classes[-1], gtzan.classes[-1]  # a cell that is not shown at first
    n = int(((table["genre"] == truth) & (table["predicted"] == said)).sum())
    page.goto(f"{address}/confusion")
    settle(page)
    page.wait_for_selector(".js-plotly-plot .scatterlayer .point", state="attached")
    plot = page.locator(".js-plotly-plot .nsewdrag").first
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    cell = box["width"] / len(gtzan.classes), box["height"] / len(gtzan.classes)
    page.mouse.click(box["x"] + box["width"] - cell[0] / 2, box["y"] + box["height"] - cell[1] / 2)
    sentence = f"{n} of {int((table['genre'] == truth).sum())} {truth} tracks were called {said}"
    page.get_by_text(sentence).first.wait_for()
    page.wait_for_url(re.compile(rf"confusion\.truly={truth}"))
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
    board = leaderboard(gtzan, gtzan.strictest)
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
    asked: list[str] = []
    offline.on("request", lambda request: asked.append(request.url))
    offline.goto(file.as_uri())
    offline.wait_for_selector(".js-plotly-plot .main-svg")
    assert offline.locator(".js-plotly-plot").count() > 10
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []


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


@pytest.fixture(scope="session")
def microphone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What Chromium's fake microphone plays over and over: a known piece."""
    file = tmp_path_factory.mktemp("microphone") / "piece.wav"
    file.write_bytes(to_wav(decode(PIECE)))
    return file


@pytest.fixture
def listener(browse: Callable[..., BrowserContext], microphone: Path) -> Page:
    """A page whose microphone plays a known piece."""
    context = browse(
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={microphone}",
        permissions=["microphone"],
    )
    return context.new_page()


def assert_heard(page: Page, artifacts: Artifacts) -> Samples:
    """The verdict is the library's about the bytes that were recorded, which it returns."""
    page.wait_for_selector(VERDICT, timeout=90_000)
    settle(page)
    assert_sound(page)
    source = page.locator("[data-testid=stAudio]").last.evaluate("e => e.src")
    recorded = page.request.get(str(source)).body()
    said = predict(recorded, best_network(artifacts), artifacts).genre
    assert page.inner_text(VERDICT).strip().strip("?") == said
    y = decode(recorded)
    assert np.corrcoef(bands(y), bands(decode(PIECE)))[0, 1] > 0.8
    return y


def levels(y: Samples) -> np.ndarray:
    """RMS of each whole second."""
    seconds = y[: len(y) // SAMPLE_RATE * SAMPLE_RATE].reshape(-1, SAMPLE_RATE)
    return np.sqrt(np.mean(seconds**2, axis=1))


def test_timed_recording_is_answered(listener: Page, address: str, gtzan: Artifacts) -> None:
    """One click records ten seconds, which get the library's verdict."""
    listener.goto(f"{address}/demo?demo.source=Record&demo.recorder=Ten+seconds")
    settle(listener)
    listener.frame_locator("iframe[title*=audio_recorder]").locator("svg").first.click()
    y = assert_heard(listener, gtzan)
    assert 8 <= len(y) / SAMPLE_RATE <= 13


def test_free_recording_is_answered(listener: Page, address: str, gtzan: Artifacts) -> None:
    """Streamlit's recorder goes on until it is stopped, and gets the library's verdict."""
    listener.goto(f"{address}/demo?demo.source=Record")
    settle(listener)
    listener.get_by_role("button", name="Record", exact=True).click()
    stop = listener.get_by_role("button", name="Stop recording")
    stop.wait_for()  # it starts late where other tests keep the processor busy
    listener.wait_for_timeout(6_000)
    stop.click()
    y = assert_heard(listener, gtzan)
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
        said = predict(path, model, gtzan)
        assert table.loc[path.name, "genre"] == said.genre
        assert table.loc[path.name, "confidence"] == pytest.approx(said.confidence, abs=1e-3)
    assert "no audio" in table.loc[damaged.name, "problem"]
    box = page.locator("[data-testid=stDataFrame] canvas").first.bounding_box()
    page.mouse.click(box["x"] + 15, box["y"] + 35 + 17)  # the box before the first row
    page.wait_for_selector(VERDICT)
    assert page.inner_text(VERDICT).strip("? \n") == table.loc[PIECE.name, "genre"]


def test_a_click_on_the_timeline_plays_from_there(page: Page, address: str) -> None:
    """Sound and picture share an axis: who clicks on the last third hears it."""
    page.goto(f"{address}/demo?demo.source=Pick+an+example")
    settle(page)
    player = page.locator("[data-testid=stAudio]")
    assert player.evaluate("e => e.paused")
    plot = page.locator(".js-plotly-plot").nth(1)
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    page.mouse.click(box["x"] + 0.85 * box["width"], box["y"] + 0.3 * box["height"])
    page.wait_for_function("() => document.querySelector('[data-testid=stAudio]').currentTime >= 6")


def test_a_link_is_fetched_and_answered(
    page: Page, address: str, gtzan: Artifacts, served: str
) -> None:
    """An audio file behind an address gets the library's verdict."""
    page.goto(f"{address}/demo?demo.source=Paste+a+link")
    settle(page)
    page.get_by_role("textbox", name="Address of a song").fill(f"{served}/{PIECE.name}")
    page.get_by_role("button", name="Listen", exact=True).click()
    page.wait_for_selector(VERDICT)
    said = predict(PIECE, best_network(gtzan), gtzan).genre
    assert page.inner_text(VERDICT).strip("? \n") == said


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


@pytest.fixture
def served() -> Iterator[str]:
    """Address of a server of the example pieces."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(EXAMPLES))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_verdict_can_be_sent_as_a_link(
    browse: Callable[..., BrowserContext], page: Page, address: str, gtzan: Artifacts
) -> None:
    """Piece, model and how it is shown stand in the address: another visitor sees the same."""
    page.goto(f"{address}/demo?demo.source=Pick+an+example")
    settle(page)
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
    """What was asked is listed; a reload begins a new session that knows nothing of it."""
    page.goto(f"{address}/demo")
    settle(page)
    page.locator("input[type=file]").set_input_files(PIECE)
    page.get_by_text("Heard in this session (1)").wait_for()
    page.reload()
    settle(page)
    assert page.get_by_text("Heard in this session").count() == 0


def bands(y: np.ndarray) -> np.ndarray:
    """Level in each mel band, in dB: what a piece sounds like on the whole."""
    return librosa.power_to_db(librosa.feature.melspectrogram(y=y).mean(axis=1))

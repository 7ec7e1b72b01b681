"""The player in a real browser: it plays on, seeks by every hand, and is legible to everyone."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from support.browsing import PIECE, VERDICT, assert_sound, follow, settle

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Locator, Page, Request

# One server and one browser for all of them.
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser-demo")]

EXAMPLE = "demo?demo.source=Pick+an+example&demo.open.time=true"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
PRESSES = """e => {
  for (const key of ["ArrowRight", "End", "ArrowLeft"])
    e.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
}"""
IS_HEARD = "e => !e.paused && !e.ended"
PAUSES = """e => {
  e.loop = true;
  e.pauses = 0;
  for (const name of ["pause", "emptied"]) e.addEventListener(name, () => e.pauses++);
}"""


@pytest.fixture
def audio(page: Page, address: str) -> Locator:
    """What plays an example piece on the page of its verdict; it counts its interruptions."""
    open_example(page, address)
    found = page.locator("audio")
    found.evaluate(PAUSES)
    return found


def open_example(page: Page, address: str) -> None:
    """The page of a verdict, with the player in sight."""
    page.goto(f"{address}/{EXAMPLE}")
    page.wait_for_selector(VERDICT)
    settle(page)
    page.get_by_role("button", name="Play", exact=True).scroll_into_view_if_needed()


def time_of(audio: Locator) -> float:
    """Where it plays, in seconds."""
    return float(audio.evaluate("e => e.currentTime"))


def arrive(page: Page, audio: Locator, place: float) -> None:
    """Wait until it stands there."""
    is_there = "([e, place]) => !e.seeking && Math.abs(e.currentTime - place) < 0.1"
    page.wait_for_function(is_there, arg=[audio.element_handle(), place])


def click(page: Page, part: str, share: float) -> None:
    """Click on a part of the player, so far from its left."""
    box = page.locator(part).bounding_box()
    page.mouse.click(box["x"] + share * box["width"], box["y"] + box["height"] / 2)


def head(page: Page) -> float:
    """Where the playhead stands, as a share of the width."""
    return float(page.locator(".head").evaluate("e => parseFloat(e.style.left) / 100"))


def test_the_playhead_follows_the_music(page: Page, address: str) -> None:
    """It runs over both pictures. Nothing comes from another host, and no script takes the sound.

    The browser asks for parts of it as it plays.
    """
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))
    open_example(page, address)
    audio, before = page.locator("audio"), len(asked)
    page.get_by_role("button", name="Play", exact=True).click()
    page.get_by_role("button", name="Pause", exact=True).wait_for()
    page.wait_for_function("audio => audio.currentTime > 1", arg=audio.element_handle())
    page.get_by_role("button", name="Pause", exact=True).click()
    seconds = float(audio.evaluate("e => e.duration"))
    assert head(page) == pytest.approx(time_of(audio) / seconds, abs=0.02)
    pictures = [page.locator(part).bounding_box() for part in (".mel", ".genres", ".head")]
    top, bottom, line = ((box["y"], box["y"] + box["height"]) for box in pictures)
    assert line[0] <= top[0]
    assert line[1] >= bottom[1]
    sound = [request for request in asked if request.url == audio.evaluate("e => e.src")]
    assert {request.resource_type for request in sound} == {"media"}
    assert all("range" in request.headers for request in sound)
    assert {urlsplit(request.url).hostname for request in asked[before:]} <= {"localhost"}


def test_a_click_seeks_and_the_music_goes_on(page: Page, audio: Locator) -> None:
    """On either picture, by dragging, and by the button of a genre's strongest passage."""
    page.get_by_role("button", name="Play", exact=True).click()
    for part, share in ((".mel", 0.6), (".genres", 0.2)):
        click(page, part, share)
        assert -0.01 < time_of(audio) / float(audio.evaluate("e => e.duration")) - share < 0.2
        assert audio.evaluate(IS_HEARD)
    box = page.locator(".genres").bounding_box()
    page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 10, steps=3)
    page.mouse.up()
    assert head(page) == pytest.approx(0.5, abs=0.2)
    passage = page.get_by_role("button", name="Play what sounds most like").nth(1)
    start = passage.locator("small").inner_text().split(" · ")[0]
    passage.click()
    minutes, seconds = map(int, start.split(":"))
    assert 60 * minutes + seconds <= time_of(audio) < 60 * minutes + seconds + 3
    assert audio.evaluate(IS_HEARD)
    assert audio.evaluate("e => e.pauses") == 0


def test_keys_play_and_seek(page: Page, audio: Locator) -> None:
    """Space, arrows, Home and End work, and a reader of the screen is told the place."""
    slider = page.get_by_role("slider", name="Position")
    slider.focus()
    seconds = float(audio.evaluate("e => e.duration"))
    places = {"ArrowRight": 5, "End": seconds, "ArrowLeft": seconds - 5, "Home": 0}
    for key, place in places.items():
        page.keyboard.press(key)
        arrive(page, audio, place)
    slider.evaluate(PRESSES)  # quicker than the browser seeks
    arrive(page, audio, seconds - 5)
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("[role=slider][aria-valuenow='5'][aria-valuetext^='0:05 of 0:0']")
    assert "%" in slider.get_attribute("aria-valuetext")  # the likeliest genre there
    page.keyboard.press(" ")
    page.get_by_role("button", name="Pause", exact=True).wait_for()
    page.keyboard.press(" ")
    page.get_by_role("button", name="Play", exact=True).wait_for()
    assert page.evaluate("scrollY") == 0


def test_reruns_do_not_stop_the_music(page: Page, audio: Locator) -> None:
    """What is chosen elsewhere on the page draws it anew, and another model hears the recording."""
    page.get_by_role("button", name="Play", exact=True).click()
    page.get_by_text("· change").click()
    for choice in ("Smooth", "Waveform", "scikit-learn / XGBoost"):
        page.get_by_role("radio", name=choice).click()
        page.wait_for_timeout(500)  # the rerun begins
        settle(page)
        assert audio.evaluate(IS_HEARD)
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(500)
    assert audio.evaluate(IS_HEARD)
    assert audio.evaluate("e => e.pauses") == 0
    assert_sound(page)


def test_playing_causes_no_rerun(page: Page, audio: Locator) -> None:
    """The server hears nothing of what is pressed."""
    runs = "document.querySelector('[data-testid=stApp]').dataset.testScriptState"
    page.evaluate(
        "app => new MutationObserver(() => (window.reran = true))"
        ".observe(app, { attributeFilter: ['data-test-script-state'] })",
        page.locator("[data-testid=stApp]").element_handle(),
    )
    page.get_by_role("button", name="Play", exact=True).click()
    click(page, ".genres", 0.5)
    page.get_by_role("button", name="Play what sounds most like").first.click()
    page.wait_for_function("audio => audio.currentTime > 1", arg=audio.element_handle())
    assert page.evaluate(runs) == "notRunning"
    assert page.evaluate("window.reran") is None


def test_the_music_ends_with_its_page(page: Page, audio: Locator) -> None:
    """Who goes to another page hears it no longer, also after choices that drew the page anew."""
    page.get_by_role("button", name="Play", exact=True).click()
    page.get_by_role("radio", name="Smooth").click()
    page.wait_for_timeout(500)  # the rerun begins
    settle(page)
    page.evaluate("audio => (window.left = audio)", audio.element_handle())
    assert page.evaluate("!window.left.paused")
    follow(page, "Overview", "")
    page.wait_for_function("window.left.paused && !window.left.hasAttribute('src')")


def test_the_server_forgets_the_sound_of_a_page_that_was_left(page: Page, address: str) -> None:
    """It can be had while the visitor is there, and not for longer."""
    page.goto(f"{address}/demo?demo.open.time=true")
    settle(page)
    own = PIECE.read_bytes() + b"of nobody else"
    file = {"name": "own.mp3", "mimeType": "audio/mpeg", "buffer": own}
    page.locator("input[type=file]").set_input_files(file)
    page.wait_for_selector(VERDICT)
    settle(page)
    source = str(page.locator("audio").evaluate("e => e.src"))
    assert page.request.get(source).body() == own
    follow(page, "Overview", "")
    page.get_by_role("heading", name="Genrescope", exact=True).wait_for()
    settle(page)
    assert page.request.get(source).status == 404


def test_it_is_played_by_touch_on_a_phone(
    browse: Callable[..., BrowserContext], address: str
) -> None:
    """A tap seeks, a swipe scrolls, nothing sticks out, and axe finds nothing in both themes."""
    page = browse(**PHONE, color_scheme="light").new_page()
    open_example(page, address)
    audio = page.locator("audio")
    page.get_by_role("button", name="Play", exact=True).tap()
    page.get_by_role("button", name="Pause", exact=True).wait_for()
    box = page.locator(".genres").bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + 20)
    assert head(page) == pytest.approx(0.5, abs=0.2)
    assert audio.evaluate(IS_HEARD)
    assert page.locator(".plot").evaluate("e => getComputedStyle(e).touchAction") == "pan-y"
    main = page.locator("[data-testid=stMain]")
    assert main.evaluate("e => e.scrollWidth - e.clientWidth") <= 1
    page.get_by_text("other genres").tap()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_timeout(500)
        found = Axe().run(page, context={"include": [[".stBidiComponent"]]}).response
        assert found["violations"] == []


def test_a_format_that_browsers_do_not_know_is_played_decoded(
    page: Page, address: str, tmp_path: Path
) -> None:
    """An upload as AIFF, say, is heard all the same."""
    file = tmp_path / "piece.aiff"
    file.write_bytes(PIECE.read_bytes())
    page.goto(f"{address}/demo?demo.open.time=true")
    settle(page)
    page.locator("input[type=file]").set_input_files(file)
    page.wait_for_selector(VERDICT)
    settle(page)
    audio = page.locator("audio")
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function("audio => audio.currentTime > 0.5", arg=audio.element_handle())
    assert str(audio.evaluate("e => e.src")).endswith(".wav")

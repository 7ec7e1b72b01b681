"""The page Teach in a real browser: keys, learning, undo, and what a reload finds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.browsing import PIECE, VERDICT, assert_sound, settle
from support.teaching_pages import WRONG

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser-demo")]


def is_asked(page: Page, track_id: str) -> None:
    """Wait until a track is asked about."""
    page.get_by_role("heading", name=track_id, exact=True).wait_for()
    settle(page)


def test_keys_label_teach_and_undo(page: Page, address: str) -> None:
    """A key labels the disputed track and the page goes on; U takes it back, also after a reload.

    Typing the name of a new genre presses no key.
    """
    page.goto(f"{address}/teach")
    settle(page)
    page.get_by_text("of 21 tracks are answered right").wait_for()
    page.reload()  # the folder was heard, so the most doubtful track of all is asked
    is_asked(page, WRONG)
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function(
        "audio => audio.currentTime > 0.5", arg=page.locator("audio").element_handle()
    )
    page.keyboard.press("2")  # bass
    page.get_by_text("now 100%").wait_for()
    page.get_by_role("heading", name="What you said (1)").wait_for()
    page.reload()
    page.get_by_role("heading", name="What you said (1)").wait_for()
    settle(page)
    assert page.get_by_role("heading", name=WRONG, exact=True).count() == 0
    new = page.get_by_role("textbox", name="Another genre")
    new.press_sequentially("drum 12")
    new.press("Enter")
    page.get_by_text("drum 12 (1)").wait_for()
    page.get_by_role("heading", name="What you said (2)").wait_for()
    settle(page)
    page.locator("h1").click()  # out of the text
    for left in ("What you said (1)", None):
        page.get_by_text("Learning …").wait_for(state="detached")
        settle(page)
        page.keyboard.press("u")
        if left:
            page.get_by_role("heading", name=left).wait_for()
            settle(page)
    is_asked(page, WRONG)
    assert page.get_by_role("heading", name="What you said").count() == 0
    assert_sound(page)


def test_a_wrong_verdict_becomes_a_clip_of_the_visit(page: Page, address: str) -> None:
    """A new genre is written in the demo, and a link leads to the page Teach, on the same visit."""
    page.goto(f"{address}/demo")
    settle(page)
    page.locator("input[type=file]").set_input_files(PIECE)
    page.wait_for_selector(VERDICT)
    settle(page)
    page.get_by_role("button", name="Wrong? Say what it is").click()
    genre = page.get_by_role("combobox", name="Genre")
    genre.fill("shoegaze")
    genre.press("Enter")
    page.get_by_role("button", name="Teach", exact=True).click()
    page.get_by_text("shoegaze is known after 7 more.").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Go on teaching").click()
    page.get_by_role("radio", name="Clips of this visit").click()
    page.get_by_text("shoegaze (1)").wait_for()
    assert_sound(page)

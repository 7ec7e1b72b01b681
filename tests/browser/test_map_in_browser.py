"""The map in a real browser: a click plays, a box chooses, a finger scrolls and taps."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from support.browsing import VERDICT, assert_sound, follow, settle
from support.serving import served

from dashboard.views.sections.map_choice import N_NEAR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pandas as pd
    from playwright.sync_api import BrowserContext, Page

    from pipeline.artifacts.reader import Artifacts

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser-map")]

PLACE = """([x, y]) => {
    const plot = document.querySelector('.js-plotly-plot'), layout = plot._fullLayout
    const box = plot.getBoundingClientRect()
    return [box.left + layout.xaxis._offset + layout.xaxis.l2p(x),
            box.top + layout.yaxis._offset + layout.yaxis.l2p(y)]
}"""
DRAWN = ".js-plotly-plot .scatterlayer .point"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module")
def site(gtzan_root: Path) -> Iterator[str]:
    """A dashboard that has GTZAN's recordings."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GENRESCOPE_AUDIO", str(gtzan_root))
        with served() as (address, _):
            yield f"http://{address}"


@pytest.fixture(scope="module")
def tracks(gtzan: Artifacts) -> pd.DataFrame:
    """The tracks on the map that is shown at first, with their stored places."""
    table = gtzan.summary(gtzan.summarised("map")[0], "map")
    table = table.merge(gtzan.tracks[["track_id", "artist", "title", "genre"]], on="track_id")
    return table.rename(columns={"tsne_1": "x", "tsne_2": "y"})


def opened(page: Page, site: str, query: str = "") -> Page:
    """The map, drawn."""
    page.goto(f"{site}/map{query}")
    settle(page)
    page.wait_for_selector(DRAWN, state="attached")
    return page


def on_screen(page: Page, track: pd.Series) -> tuple[float, float]:
    """Where a track lies on the screen, scrolled there first."""
    page.locator(".js-plotly-plot").first.scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    x, y = page.evaluate(PLACE, [float(track["x"]), float(track["y"])])
    return x, y


def alone(tracks: pd.DataFrame) -> pd.Series:
    """The track whose nearest neighbour on the map is farthest: no other dot is under it."""
    at = tracks[["x", "y"]].to_numpy(float)
    apart = np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1)) + np.diag([np.inf] * len(at))
    return tracks.iloc[int(apart.min(axis=1).argmax())]


def test_a_click_plays_the_track(page: Page, site: str, tracks: pd.DataFrame) -> None:
    """Its name, its sound and its neighbours appear; a link to it shows the same, and is silent."""
    opened(page, site)
    track = alone(tracks)
    page.mouse.click(*on_screen(page, track))
    page.get_by_text(f"({track['track_id']})").wait_for()
    audio = page.locator("audio")
    audio.wait_for(state="attached")
    page.wait_for_function("audio => audio.currentTime > 0", arg=audio.element_handle())
    page.get_by_text(f"Of its {N_NEAR} nearest tracks").wait_for()
    page.wait_for_url(re.compile(f"map.tracks={track['track_id']}"))
    link = page.url
    page.goto("about:blank")
    page.goto(link)
    settle(page)
    page.get_by_text(f"({track['track_id']})").wait_for()
    audio.wait_for(state="attached")
    assert audio.evaluate("audio => audio.paused")
    assert_sound(page)


@pytest.mark.parametrize("kind", ["Box", "Lasso"])
def test_what_is_drawn_around_becomes_the_slice(
    page: Page, browse: Callable[..., BrowserContext], site: str, tracks: pd.DataFrame, kind: str
) -> None:
    """By mouse: as many tracks as lie inside are listed, and other pages show them alone."""
    opened(page, site, f"?map.pointer={kind}")
    low, high = (tracks[["x", "y"]].quantile(share) for share in (0.35, 0.65))
    inside = tracks[tracks["x"].between(low["x"], high["x"])]
    inside = inside[inside["y"].between(low["y"], high["y"])]
    corners = [(low, low), (high, low), (high, high), (low, high), (low, low)]
    places = [page.evaluate(PLACE, [float(a["x"]), float(b["y"])]) for a, b in corners]
    page.locator(".js-plotly-plot").first.scroll_into_view_if_needed()
    draw(page, [places[0], places[2]] if kind == "Box" else places)
    page.get_by_text(re.compile(r"\d+ tracks are chosen")).wait_for()
    n = int(re.search(r"\d+", page.get_by_text("tracks are chosen").inner_text())[0])
    assert n == pytest.approx(len(inside), abs=2)  # dots on the line
    page.get_by_role("heading", name=f"{n} chosen tracks").wait_for()
    settle(page)
    page.get_by_role("button", name="Make them the slice").click()
    page.get_by_role("link", name="These tracks are the slice").click()
    page.get_by_role("heading", name="Slices", exact=True).wait_for()
    page.get_by_text(f"Only {n} chosen tracks: {n} of").wait_for()
    settle(page)
    other = browse().new_page()
    other.goto(page.url)
    other.get_by_text(f"Only {n} chosen tracks: {n} of").wait_for()


def draw(page: Page, places: list[tuple[float, float]]) -> None:
    """Drag the mouse along some places."""
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=8)
    page.mouse.up()


def test_a_finger_scrolls_over_the_map_and_taps(
    browse: Callable[..., BrowserContext], site: str, tracks: pd.DataFrame
) -> None:
    """A drag moves the page as anywhere; a tap chooses the track below it; nothing sticks out."""
    context = browse(**PHONE)
    page = opened(context.new_page(), site)
    track = alone(tracks)
    main = page.locator("[data-testid=stMain]")
    on_screen(page, track)
    before = main.evaluate("e => e.scrollTop")
    drag_finger(context, page, 195, 500, 150)
    page.wait_for_function(
        "before => document.querySelector('[data-testid=stMain]').scrollTop > before + 60",
        arg=before,
    )
    page.touchscreen.tap(*on_screen(page, track))
    page.get_by_text(f"({track['track_id']})").wait_for()
    page.wait_for_url(re.compile(f"map.tracks={track['track_id']}"))
    settle(page)
    assert main.evaluate("e => e.scrollWidth - e.clientWidth") <= 1
    assert_sound(page)


def drag_finger(context: BrowserContext, page: Page, x: float, y: float, up: int) -> None:
    """Move a finger so many pixels upwards."""
    device = context.new_cdp_session(page)
    touch = "Input.dispatchTouchEvent"
    device.send(touch, {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for moved in range(0, up + 1, 10):
        device.send(touch, {"type": "touchMove", "touchPoints": [{"x": x, "y": y - moved}]})
        page.wait_for_timeout(16)
    device.send(touch, {"type": "touchEnd", "touchPoints": []})


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everyone_can_read_what_was_chosen(
    browse: Callable[..., BrowserContext], site: str, tracks: pd.DataFrame, scheme: str
) -> None:
    """With one track and with several, axe finds nothing serious, and headings are in order."""
    page = browse(color_scheme=scheme).new_page()
    for ids in (tracks["track_id"].iloc[:1], tracks["track_id"].iloc[:9]):
        opened(page, site, f"?map.tracks={','.join(ids)}")
        found = Axe().run(page).response["violations"]
        assert [
            violation["id"]
            for violation in found
            if violation["impact"] in {"serious", "critical"} or violation["id"] == "heading-order"
        ] == []


def test_ones_own_recording_lies_on_the_map(page: Page, site: str) -> None:
    """After a verdict in the demo, one click leads to the map that has a star for it."""
    page.goto(f"{site}/demo?demo.source=Pick+an+example")
    page.wait_for_selector(VERDICT)
    settle(page)
    follow(page, "Map", "Music")
    page.get_by_role("button", name="1 of your recordings is on the map of").click()
    page.get_by_role("heading", name="Your recordings").wait_for()
    page.get_by_text("A star stands at the mean place of the 5 tracks").wait_for()
    settle(page)
    assert page.locator(".js-plotly-plot .textpoint", has_text=".mp3").count() == 1
    assert_sound(page)


def test_a_row_of_a_table_plays_its_track(page: Page, site: str) -> None:
    """A click in front of a row brings the player; without a click there is none."""
    page.goto(f"{site}/genres?genres.genre=rock")
    settle(page)
    page.get_by_role("heading", name="Hardest tracks").scroll_into_view_if_needed()
    settle(page)
    table = page.locator(
        "[data-testid=stDataFrame]", has=page.locator("[aria-label$=': 20 tracks']")
    )
    assert page.locator("audio").count() == 0
    first = {"x": 18, "y": 52}  # its box
    table.locator(".dvn-scroller").click(position=first)
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function(
        "audio => audio.currentTime > 0", arg=page.locator("audio").element_handle()
    )
    assert_sound(page)

"""Links that are refused, and what visitors are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.web_site import LIVE_LIST, ONE_PIECE

from pipeline.errors import AudioError
from pipeline.untrusted import links
from pipeline.untrusted.links import Limits, fetch

if TYPE_CHECKING:
    from support.web_site import Server

pytestmark = pytest.mark.usefixtures("nothing_stays")


# What is refused


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("file:///etc/passwd", "file: links are not opened"),
        ("ftp://example.org/a.mp3", "ftp: links are not opened"),
        ("javascript:alert(1)", "javascript: links are not opened"),
        ("https://me:pass@example.org/a.mp3", "Remove what stands before the @"),
        ("https://me@example.org/a.mp3", "Remove what stands before the @"),
        ("https://example.org/" + "a" * 2_000, "2020 characters, and at most 2000"),
        ("https://exa mple.org/", "is not a link"),
        ("https://example.org/a\r\nHost: b", "is not a link"),
        ("https://[::1", "is not a link"),
        ("https://example.org:99999/", "is not a link"),
        ("https:///a.mp3", "is not a link"),
        ("never gonna", "is not a link"),
    ],
)
def test_what_is_no_link_to_the_web_is_refused(url: str, words: str) -> None:
    """Other schemes, credentials and nonsense are refused before anything is opened."""
    with pytest.raises(AudioError, match=words):
        fetch(url)


@pytest.mark.parametrize(
    ("typed", "opened"),
    [
        ("www.example.org/a", "https://www.example.org/a"),
        ("//example.org", "https://example.org"),
        ("example.org:8000/a", "https://example.org:8000/a"),
        ("HTTP://example.org/", "http://example.org/"),
    ],
)
def test_missing_scheme_is_https(typed: str, opened: str) -> None:
    """What people type is completed."""
    assert links.checked(typed).geturl() == opened


def test_links_can_be_turned_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """GENRESCOPE_LINKS=off turns links off."""
    assert links.enabled()
    monkeypatch.setenv("GENRESCOPE_LINKS", "off")
    assert not links.enabled()
    with pytest.raises(AudioError, match="GENRESCOPE_LINKS=off"):
        fetch("https://example.org/a.mp3")


def test_switch_for_tests_names_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Anything else than networks in it is an error."""
    monkeypatch.setenv("GENRESCOPE_PRIVATE_LINKS", "on")
    with pytest.raises(AudioError, match=r"'on', which is no network\. Write it like"):
        fetch("https://example.org/a.mp3")


@pytest.mark.usefixtures("let_through")
@pytest.mark.parametrize(("status", "words"), [(403, "refuses"), (404, "has nothing")])
def test_site_refuses(site: Server, status: int, words: str) -> None:
    """What a site answers instead of a file is said."""
    site.pages["/a"] = (status, {}, b"")
    with pytest.raises(AudioError, match=rf"{words} .*\({status}\)"):
        fetch(site.at("/a"))


@pytest.mark.usefixtures("let_through")
@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<html><p>Hello</html>", "No music was found on this page"),
        (LIVE_LIST.format("/a").encode(), "played live"),
        (ONE_PIECE.format("/ts").encode(), "MPEG-TS"),
    ],
    ids=["no sound", "live", "mpeg-ts"],
)
def test_page_without_sound_that_can_be_used(site: Server, body: bytes, words: str) -> None:
    """Each kind of page that gives nothing has its sentence."""
    site.give((b"G" + bytes(187)) * 9, "/ts")
    with pytest.raises(AudioError, match=words):
        fetch(site.give(body, "/page"))


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("ERROR: [a] Unable to download webpage: HTTP Error 401: No (caused by", "an account"),
        ("ERROR: [a] Unable to download webpage: HTTP Error 429: Slow (caused by", "an hour"),
        ("ERROR: [a] Unable to download webpage: HTTP Error 503: No (caused by", "trouble (503)"),
        ("ERROR: [a] Unable to download webpage: HTTP Error 418: Tea (caused by", "error (418)"),
        ("ERROR: [youtube] x: Private video. Sign in if you've been granted access", "an account"),
        ("ERROR: [youtube] x: Sign in to confirm your age. This video may be inappr", "the age"),
        (
            "ERROR: [youtube] x: Sign in to confirm you\u2019re not a bot. Use --cookies",
            "to people",
        ),
        ("ERROR: [youtube] x: Video unavailable. This video has been removed", "any more"),
        ("ERROR: [youtube] x: Premieres in 3 hours", "played live"),
        ("ERROR: [vimeo] 1: This video is only available for registered users", "an account"),
        ("ERROR: This video is not available from your location due to geo restric", "country"),
        ("ERROR: [DRM] The requested site is known to use DRM protection", "copying"),
        ("ERROR: [tv] x: Requested format is not available. Use --list-formats", "no sound"),
        ("ERROR: [tv] x: No video formats found!; please report this issue on", "no sound"),
        (
            "\x1b[0;31mERROR:\x1b[0m [tv] x: KeyError('a'); please report this /home/me",
            "not be read",
        ),
    ],
)
def test_messages_are_put_into_words(message: str, words: str) -> None:
    """Nothing of yt-dlp's own words is shown."""
    sentence = links.explained({"error": message}, "example.org", Limits())
    assert words in sentence
    assert not {"report", "ERROR", "\x1b", "/home", "{", "--"} & set(sentence.split())
    assert sentence.endswith(".")


def test_unknown_name() -> None:
    """A site that does not exist is said not to."""
    with pytest.raises(AudioError, match=r"address of nowhere\.invalid cannot be found"):
        fetch("nowhere.invalid/a.mp3")

"""Names from outside are shown as they are written, and no page elsewhere becomes one of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from streamlit import config
from streamlit.testing.v1 import AppTest
from streamlit.web.server.starlette.starlette_websocket import _is_origin_allowed
from support.demo_pages import noisy_tone
from support.odd_benchmarks import MARKUP
from support.pages import VIEWS, open_page
from support.partial_benchmarks import part_of
from support.teaching_pages import open_teach, quick_ears, tone

from dashboard import hosts
from dashboard.components import plain
from dashboard.live import own_folder, sources, taught
from pipeline.untrusted import links

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline.artifacts.reader import Artifacts

HOSTILE = "*loud* [here](x) <b>$a$`"  # what a folder may be called
IN_MARKDOWN = (
    *("markdown", "caption", "info", "warning", "error", "success"),
    *("title", "header", "subheader", "metric", "button", "checkbox", "toggle", "expander"),
)


def in_markdown(page: AppTest) -> str:
    """All texts and labels of a page that browsers show as Markdown."""
    elements = [element for kind in IN_MARKDOWN for element in page.get(kind)]
    words = [getattr(e, name, "") for e in elements for name in ("value", "label")]
    return "\n".join(map(str, words))


@pytest.mark.parametrize("odd", ["markup_in_names"], indirect=True)
@pytest.mark.parametrize("name", VIEWS)
def test_markup_in_names_of_genres_and_models_is_not_rendered(name: str, odd: Artifacts) -> None:
    """On no page does it stand in a text without being escaped."""
    assert odd.classes[0] == f"a {MARKUP}"
    assert MARKUP.strip()[:40] not in in_markdown(open_page(name, odd))


def answers(folder: str, hostile: str) -> None:
    """A page with the answers of a model and of what was taught, in the genre of that name."""
    from types import SimpleNamespace as Some

    import numpy as np
    import pandas as pd
    from support.pages import opened

    from dashboard.live import taught, verdict
    from dashboard.live.recording import Recording
    from pipeline.evaluation.decision import Record

    shares = pd.Series({hostile: 0.9, "other": 0.1})
    given = Some(model="m0", genre=hostile, confidence=0.9, second=("other", 0.1))
    given.probabilities = given.raw = shares
    record = Record(8, 9, 0, same_genre=True, same_length=False, instead=hostile)
    verdict.show(opened(folder), given, Some(kind="sure", outside="", record=record))
    head = Some(classes_=[hostile, "other"], predict_proba=lambda X: np.array([[0.9, 0.1]]))
    taught.heard = lambda recording: np.zeros(3)
    taught.answer(Recording("a", b"a"), Some(now=Some(head=head)))


def test_markup_in_the_genre_of_an_answer_is_not_rendered(
    plain_benchmark: Artifacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither where a model answers nor where what was taught does."""
    monkeypatch.setattr(taught, "heard", taught.heard)  # which the page replaces
    page = AppTest.from_function(answers, args=(str(plain_benchmark.folder), HOSTILE)).run()
    assert not page.exception
    assert [metric.value for metric in page.metric] == [plain(HOSTILE)] * 2
    assert HOSTILE not in in_markdown(page)


def test_markup_in_a_fetched_title_is_not_rendered(
    gtzan: Artifacts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a site calls a song stands on the page, and is no link, no element and no formula."""
    fetched = links.Fetched(name=HOSTILE, data=noisy_tone(4), url="https://x.org", cut=False)
    monkeypatch.setattr(sources.links, "fetch", lambda url, progress: fetched)
    page = open_page("demo", part_of(gtzan, ("svc",), tmp_path), demo__source="Paste a link")
    page.text_input(key="demo.link").set_value("https://x.org")
    next(b for b in page.button if b.label == "Listen").click()
    page.run()
    assert not page.exception
    assert any(HOSTILE in table.value.to_string() for table in page.dataframe)
    assert HOSTILE not in in_markdown(page)


@pytest.fixture
def music(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder whose name, genres, artists and files are markup."""
    folder = tmp_path / HOSTILE
    for genre, hz in ((f"a {HOSTILE}", 100), (f"b {HOSTILE}", 3_000)):
        for n in range(10):
            place = folder / genre / f"{n // 2} {HOSTILE}" / f"{n} {HOSTILE}.flac"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(tone(hz * (1 + n / 25)))
    (folder / f"a {HOSTILE}" / f"broken {HOSTILE}.flac").write_bytes(b"")
    monkeypatch.setenv("GENRESCOPE_COLLECTION", str(folder))
    monkeypatch.setenv("GENRESCOPE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("GENRESCOPE_HOME", str(tmp_path / "home"))
    own_folder.forget()
    with quick_ears():
        yield folder
    own_folder.forget()


def test_markup_in_names_of_folders_and_files_is_not_rendered(
    music: Path, plain_benchmark: Artifacts
) -> None:
    """A folder to label: genres, artists and tracks are named as they are written on the disk."""
    shown = in_markdown(open_teach(plain_benchmark))
    assert plain(HOSTILE) in shown
    assert HOSTILE not in shown


@pytest.fixture
def plain_benchmark(request: pytest.FixtureRequest) -> Artifacts:
    """The benchmark that a page is opened with."""
    return request.getfixturevalue("plain")


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """A server whose names a test may set."""
    before = config.get_option(hosts.OPTION)
    yield monkeypatch
    config.set_option(hosts.OPTION, before)


def comes_through(host: str) -> bool:
    """Whether a page under a name may speak to the server under that name."""
    return _is_origin_allowed(f"http://{host}", host)


def test_a_name_that_was_bound_to_this_machine_does_not_reach_ones_own_folder(
    names: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A page elsewhere whose name leads here is refused; this machine's own names are not."""
    names.setenv("GENRESCOPE_COLLECTION", str(tmp_path))
    hosts.keep_to_own_names()
    assert not comes_through("rebound.example:8501")
    assert not comes_through("localhost.rebound.example:8501")
    for host in ("localhost:8501", "127.0.0.1:8501", "[::1]:8501"):
        assert comes_through(host)


def test_names_that_were_set_are_kept(names: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Who labels a folder behind a name of their own sets ``server.allowedHosts``."""
    names.setenv("GENRESCOPE_COLLECTION", str(tmp_path))
    config.set_option(hosts.OPTION, ["music.example"])
    hosts.keep_to_own_names()
    assert comes_through("music.example")
    assert not comes_through("localhost:8501")


def test_a_server_for_others_answers_under_any_name(names: pytest.MonkeyPatch) -> None:
    """Which names it has is not known here."""
    names.delenv("GENRESCOPE_COLLECTION", raising=False)
    hosts.keep_to_own_names()
    assert comes_through("genres.example")

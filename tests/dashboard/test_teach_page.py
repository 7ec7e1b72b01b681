"""The page Teach on one's own machine: a folder of music, labelled track by track."""

from __future__ import annotations

import json
import os
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import pytest
from support.pages import open_page, table_with, texts
from support.teaching_pages import WRONG, collection, open_teach, quick_ears

from dashboard.live import own_folder
from pipeline.audio.decoding import tags
from pipeline.teaching import corrections, embeddings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamlit.testing.v1 import AppTest

    from pipeline.artifacts.reader import Artifacts


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where embeddings are kept, so that each track is heard once."""
    return tmp_path_factory.mktemp("kept")


@pytest.fixture
def music(tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The server is started with a folder, and a home of its own."""
    folder = collection(tmp_path / "music")
    monkeypatch.setenv("GENRESCOPE_COLLECTION", str(folder))
    monkeypatch.setenv("GENRESCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GENRESCOPE_CACHE", str(kept))
    with quick_ears():
        yield folder


def labels(page: AppTest, genre: str) -> AppTest:
    """Press the button of a genre."""
    page.button(key=f"teach.genre {genre}").click().run()
    assert not page.exception
    return page


def asked(page: AppTest) -> str:
    """The track that the page asks about."""
    return str(page.session_state["teach.track"])


def snapshot(folder: Path) -> dict[Path, tuple[int, int]]:
    """Size and time of everything below a folder."""
    return {p: (p.stat().st_size, p.stat().st_mtime_ns) for p in folder.rglob("*")}


def steps(folder: Path) -> list[dict[str, object]]:
    """What was written down."""
    file = corrections.place(folder.parent / "home", folder)
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_a_wrong_label_is_asked_first_and_put_right(music: Path, plain: Artifacts) -> None:
    """The page says what disputes it; a click labels it, goes on, and teaches the head anew."""
    page = open_teach(plain)
    assert asked(page) == WRONG
    assert "disputes it: **bass**" in texts(page)
    assert "of 21 tracks are answered right" in texts(page)
    before = own_folder.current().collection.learnt
    page = labels(page, "bass")
    assert asked(page) != WRONG
    after = own_folder.current().collection.learnt
    assert before.now.accuracy.value < after.now.accuracy.value == 1
    assert after.first is before.now
    assert "of 21 tracks, now **100%" in texts(page)
    row = table_with(page, "old", "new").iloc[0]
    assert (row["track_id"], row["old"], row["new"]) == (WRONG, "whistle", "bass")


def test_labels_lie_beside_the_music_and_are_there_after_a_restart(
    music: Path, plain: Artifacts
) -> None:
    """One line a step below the home; the folder is as it was; another visit goes on."""
    before = snapshot(music)
    labels(open_teach(plain), "bass")
    assert [(s["track_id"], s["old"], s["new"]) for s in steps(music)] == [
        (WRONG, "whistle", "bass")
    ]
    assert snapshot(music) == before
    own_folder.forget()
    page = open_teach(plain)
    assert table_with(page, "old", "new")["track_id"].tolist() == [WRONG]
    assert asked(page) != WRONG
    assert "at first" in texts(page)


def test_undo_takes_any_step_back(music: Path, plain: Artifacts) -> None:
    """The first of two is taken back: its track has its old label, and is asked again."""
    page = labels(labels(open_teach(plain), "bass"), "whistle")
    page.selectbox(key="teach.step 2").set_value(0).run()
    page.button(key="teach.undo").click().run()
    assert asked(page) == WRONG
    assert own_folder.current().collection.overlay.labels()[WRONG] == "whistle"
    assert len(table_with(page, "old", "new")) == 1
    assert [s["undoes"] for s in steps(music)] == [None, None, 0]


def test_a_new_genre_is_free_and_not_yet_known(music: Path, plain: Artifacts) -> None:
    """It gets a button, is spelled as it was at first, and waits for eight tracks."""
    page = open_teach(plain)
    for spelling in ("Shoegaze", "shoegaze"):
        page.text_input(key="teach.new").set_value(spelling).run()
    assert not page.exception
    assert page.button(key="teach.genre Shoegaze")
    assert "Not yet known, with fewer than 8 tracks: Shoegaze (2)." in texts(page)
    assert set(table_with(page, "old", "new")["new"]) == {"Shoegaze"}


def test_a_name_that_no_genre_can_have_is_refused(music: Path, plain: Artifacts) -> None:
    """In a sentence; the same track is asked."""
    page = open_teach(plain)
    page.text_input(key="teach.new").set_value("genre").run()
    assert "No genre can be called 'genre'" in page.warning[0].value
    assert asked(page) == WRONG


def test_the_first_nine_genres_have_keys(music: Path, plain: Artifacts) -> None:
    """Keys 1 and 2, in an order that stays; S skips, and U takes back."""
    page = labels(open_teach(plain), "bass")
    keys = {button.label: button.proto.shortcut for button in page.button}
    assert (keys["whistle"], keys["bass"]) == ("1", "2")
    assert (keys["Skip"].lower(), keys["Undo"].lower()) == ("s", "u")


def test_what_is_skipped_is_asked_at_the_end(music: Path, plain: Artifacts) -> None:
    """It gets no label, and another track is asked."""
    page = open_teach(plain)
    page.button(key="teach.skip").click().run()
    assert asked(page) != WRONG
    assert not table_titles(page)
    page.session_state["teach.skipped"] = list(own_folder.current().tracks)
    page.run()
    page.button(key="teach.again").click().run()
    assert asked(page) == WRONG


def test_a_file_that_is_gone_is_said_and_skipped(music: Path, plain: Artifacts) -> None:
    """The track that is asked about was deleted: a sentence names it, and the next one is asked."""
    page = open_teach(plain)
    (music / WRONG).unlink()
    page.run()
    assert not page.exception
    [said] = (warning.value.replace("\\", "") for warning in page.warning)
    assert f"{WRONG} cannot be read any more: No such file or directory." in said
    page.button(key="teach.skip").click().run()
    assert not page.warning
    assert asked(page) != WRONG


def table_titles(page: AppTest) -> list[str]:
    """Headings about steps."""
    return [h.value for h in page.header if "What you said" in h.value]


def test_a_file_that_cannot_be_heard_is_listed(music: Path, plain: Artifacts) -> None:
    """With its reason; the others are labelled all the same."""
    (music / "bass/broken.flac").write_bytes(b"no sound")
    page = open_teach(plain)
    left_out = table_with(page, "file", "why")
    assert left_out["file"].tolist() == ["bass/broken.flac"]
    assert asked(page) == WRONG


def test_listening_can_be_stopped_and_goes_on(
    music: Path, plain: Artifacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was heard by then stays and can be labelled; the rest waits for a click."""
    gate, of_files = Event(), embeddings.of_files

    def slowly(paths: list[Path], cache: Path) -> Iterator[object]:
        for found in of_files(paths, cache):
            yield found
            gate.wait(60)

    monkeypatch.setattr(embeddings, "of_files", slowly)
    page = open_page("teach", plain)
    page.button(key="teach.stop").click().run()
    gate.set()
    page = open_teach(plain)
    waiting = len(own_folder.current().waiting)  # one track was heard, or two
    assert waiting in {19, 20}
    assert f"Stopped; {waiting} of 21 tracks wait." in texts(page)
    assert asked(page) == "bass/bass 0/0.flac"
    page.button(key="teach.go").click().run()
    assert "wait." not in texts(open_teach(plain))
    assert len(own_folder.current().collection) == 21


def test_copies_get_the_labels_as_tags(music: Path, plain: Artifacts, tmp_path: Path) -> None:
    """Of the tracks that were labelled, in a folder outside; inside it is refused."""
    page = labels(open_teach(plain), "bass")
    assert texts(page).count("Stay on this page until it is done.") == 2
    before = snapshot(music)
    page.text_input(key="teach.copies").set_value(str(music / "copies")).run()
    page.button(key="teach.tag").click().run()
    assert "Choose a folder outside" in texts(page)
    page.text_input(key="teach.copies").set_value(str(tmp_path / "copies")).run()
    page.button(key="teach.tag").click().run()
    assert not page.exception
    assert "1 of 1" in texts(page)
    copies = [path for path in (tmp_path / "copies").rglob("*") if path.is_file()]
    assert copies == [tmp_path / "copies" / WRONG]
    assert tags(copies[0])["genre"] == "bass"
    assert snapshot(music) == before
    page = labels(page, "whistle")  # as if it had been left before the last of two was written
    page.button(key="teach.tag").click().run()
    assert "2 of 2" in texts(page)
    assert len([path for path in (tmp_path / "copies").rglob("*") if path.is_file()]) == 2


def test_a_folder_that_is_not_there_is_one_sentence(
    plain: Artifacts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page says so, and draws nothing else."""
    monkeypatch.setenv("GENRESCOPE_COLLECTION", str(tmp_path / "none"))
    page = open_page("teach", plain)
    assert "needs a folder, which" in page.warning[0].value


def test_damaged_labels_are_named_and_not_overwritten(music: Path, plain: Artifacts) -> None:
    """The file and its line."""
    file = corrections.place(Path(os.environ["GENRESCOPE_HOME"]), music)
    file.parent.mkdir(parents=True)
    file.write_text("{half\n")
    page = open_page("teach", plain)
    assert "is no correction" in page.warning[0].value
    assert file.read_text() == "{half\n"

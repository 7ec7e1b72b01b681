"""Teaching on a server for others: clips of one visit, from the demo and from the page Teach."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import skops.io
from support.demo_pages import noisy_tone, upload
from support.pages import open_page, table_with, texts
from support.teaching_pages import quick_ears, tone
from support.writes import watched

from dashboard.live.clips import Clips
from dashboard.live.recording import Recording
from dashboard.live.session import SESSION, Session
from dashboard.live.taught import TITLE
from pipeline.artifacts.model_files import packed
from pipeline.artifacts.places import home
from pipeline.errors import AudioError
from pipeline.teaching import embeddings
from pipeline.untrusted import decoding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from streamlit.testing.v1 import AppTest

    from pipeline.artifacts.reader import Artifacts


@pytest.fixture(autouse=True)
def visit(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A server that was started without a folder."""
    monkeypatch.delenv("GENRESCOPE_COLLECTION", raising=False)
    with quick_ears():
        yield


def bring(page: AppTest, *files: tuple[str, bytes]) -> AppTest:
    """Drop files on the page Teach."""
    for name, data in files:
        page.file_uploader(key="teach.files").upload(name, data, "audio/flac")
    page.run()
    assert not page.exception
    return page


def hertz(genre: str, n: int) -> float:
    """Pitch of a clip of a genre."""
    return {"bass": 100, "whistle": 3_000}[genre] * (1 + n / 20)


CLIPS = [(f"{genre} {n}.flac", hertz(genre, n)) for genre in ("bass", "whistle") for n in range(8)]


def label_all(page: AppTest) -> None:
    """Say of each clip what its name says."""
    for _ in CLIPS:
        name = page.session_state["teach.track"]
        page.text_input(key="teach.new").set_value(name.partition(" ")[0]).run()
        assert not page.exception


@pytest.fixture
def page(plain: Artifacts) -> AppTest:
    """Sixteen clips, each with a label: eight of each genre."""
    found = bring(open_page("teach", plain), *((name, tone(hz)) for name, hz in CLIPS))
    label_all(found)
    return found


def test_clips_are_labelled_learnt_and_tested(page: AppTest) -> None:
    """Two genres of eight are told apart on clips that were not learnt; the model can be taken."""
    assert "of 16 tracks are answered right" in texts(page) or "of 16." in texts(page)
    lesson = page.session_state[SESSION].taught.collection.learn().now
    assert lesson.accuracy.value == 1
    head = skops.io.loads(packed(lesson.head))
    X = embeddings.of_recording(tone(120))
    assert head.predict(X[None]).tolist() == ["bass"]
    table = table_with(page, "old", "new")
    assert dict(table["new"].value_counts()) == {"bass": 8, "whistle": 8}
    assert "Every track was asked about" in page.success[0].value


def test_a_clip_that_cannot_be_heard_is_a_sentence(plain: Artifacts) -> None:
    """The others are there all the same, and copies count once."""
    files = [("a.flac", tone(200)), ("b.flac", tone(200)), ("c.flac", b"no sound")]
    page = bring(open_page("teach", plain), *files)
    assert "c.flac: " in page.warning[0].value.replace("\\", "")
    assert len(page.session_state[SESSION].taught.collection) == 1
    page.file_uploader(key="teach.files").set_value([]).run()
    assert not page.warning  # it was about a file that is no longer there


def test_a_visit_holds_so_much_sound(monkeypatch: pytest.MonkeyPatch) -> None:
    """More is refused with what to do, before it is heard; what is there stays."""
    monkeypatch.setattr("dashboard.live.clips.MAX_MEGABYTES", 0.001)
    mine, heard = Clips(), []

    def hear(recording: Recording) -> np.ndarray:
        heard.append(recording.name)
        return np.zeros(3, np.float32)

    mine.add(Recording("a", b"x" * 900), hear)
    with pytest.raises(AudioError, match="MB of sound are held for a visit"):
        mine.add(Recording("b", b"y" * 900), hear)
    assert heard == ["a"]
    assert len(mine.collection) == 1


def test_without_a_folder_nothing_is_written_to_disk(
    plain: Artifacts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither clips nor labels, while they are brought, heard, labelled, taken back and learnt."""
    monkeypatch.setenv("GENRESCOPE_HOME", str(tmp_path))
    page = open_page("teach", plain)
    decoding.warm_up()
    with watched() as written:
        bring(page, *((name, tone(hz)) for name, hz in CLIPS))
        label_all(page)
        page.button(key="teach.undo").click().run()
        packed(page.session_state[SESSION].taught.collection.learn().now.head)
    assert not page.exception
    assert written == []
    assert not list(home().glob("labels/*"))
    assert not [button.label for button in page.button if "copies" in button.label.lower()]


def test_a_wrong_verdict_is_put_right_in_the_demo(two_models: Artifacts) -> None:
    """The clip joins those of the visit with the label, once; a second label counts."""
    data, (first, second, *_) = noisy_tone(4), two_models.classes
    page = put_right(upload(two_models, ("n.wav", data)), data, first)
    assert f"It is {first} now, one of 1 clips. {first} is known after 7 more." in said(page)
    mine = page.session_state[SESSION].taught
    assert mine.collection.overlay.labels() == {"n.wav": first}
    put_right(page, data, second)
    assert mine.collection.overlay.labels() == {"n.wav": second}
    assert len(mine.collection) == 1


def put_right(page: AppTest, data: bytes, genre: str) -> AppTest:
    """Say in the demo what a clip is."""
    key = Recording("", data).digest[:12]
    page.selectbox(key=f"demo.taught.genre.{key}").set_value(genre).run()
    page.button(key=f"demo.taught.teach.{key}").click().run()
    assert not page.exception
    return page


def said(page: AppTest) -> str:
    """Words without the marks that keep Markdown from reading them."""
    return texts(page).replace("\\", "")


def test_what_was_taught_answers_in_the_demo(two_models: Artifacts, page: AppTest) -> None:
    """It is offered beside the models, hears a new clip, and says how good it is."""
    demo = open_page("demo", two_models)
    assert TITLE not in demo.segmented_control(key="demo.library").options
    demo.session_state[SESSION] = Session(taught=page.session_state[SESSION].taught)
    demo.run()
    demo.segmented_control(key="demo.library").set_value(TITLE).run()
    for name in ("new.flac", "copy.flac"):  # the same sound, which is answered once
        demo.file_uploader(key="demo.file.0").upload(name, tone(3_210), "audio/flac")
    demo.run()
    assert not demo.exception
    [metric] = demo.metric
    assert (metric.label, metric.value) == (TITLE, "whistle")
    assert "of 16 labelled tracks are answered right" in texts(demo)


def test_forgetting_forgets_what_was_taught(two_models: Artifacts, page: AppTest) -> None:
    """With everything else of the visit."""
    demo = upload(two_models, ("n.wav", noisy_tone(4)))
    demo.session_state[SESSION].taught = page.session_state[SESSION].taught
    demo.button(key="demo.forget").click().run()
    assert not demo.exception
    assert demo.session_state[SESSION].taught is None

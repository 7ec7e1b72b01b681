"""The demo: several recordings at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from support.demo_pages import choice_of, noisy_tone, table_of, upload
from support.pages import choose_row, open_page, texts

from dashboard.live.recording import Recording
from dashboard.live.session import SESSION, Session
from pipeline.inference.predict import predict

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

    from pipeline.artifacts.reader import Artifacts


def test_several_files_make_a_table(two_models: Artifacts, track: tuple[str, bytes]) -> None:
    """Each file has a row; the one that is no music has a sentence and does not stop the rest."""
    files = [("a.wav", track[1]), ("b.wav", b"<html>"), ("c.wav", noisy_tone(4))]
    page = upload(two_models, *files, **choice_of(two_models, "mlp"))
    table = table_of(page, "problem")
    assert table["name"].tolist() == ["a.wav", "b.wav", "c.wav"]
    assert table["shown"].iloc[0].strip("?") == predict(track[1], "mlp", two_models).genre
    assert "no audio" in table["problem"].iloc[1]
    assert pd.isna(table["shown"].iloc[1])
    assert table["second"].iloc[2] in two_models.classes
    assert not page.metric


def test_an_album_can_be_stopped_and_goes_on(two_models: Artifacts) -> None:
    """Stopped, what was found stays and the others wait; going on classifies those only."""
    files = [(f"{i}.wav", noisy_tone(3, i)) for i in range(3)]
    page = open_page("demo", two_models, **choice_of(two_models, "mlp"))
    page.session_state[SESSION] = stopped(*files)
    bring(page, *files)
    assert "3 of 3 wait" in texts(page)
    page.button(key="demo.go").click().run()
    assert not page.exception
    assert table_of(page, "problem")["shown"].notna().all()


def stopped(*files: tuple[str, bytes]) -> Session:
    """A session in which the classification of an album was stopped at once."""
    return Session(stopped=True, brought={"upload": [Recording(*file) for file in files]})


def bring(page: AppTest, *files: tuple[str, bytes]) -> None:
    """Drop files on the page."""
    for name, data in files:
        page.file_uploader(key="demo.file.0").upload(name, data, "audio/wav")
    page.run()
    assert not page.exception


def test_another_album_is_not_stopped(two_models: Artifacts) -> None:
    """Whoever stopped one and brings another one sees that one classified."""
    page = open_page("demo", two_models, **choice_of(two_models, "mlp"))
    page.session_state[SESSION] = stopped(("a.wav", noisy_tone(3)), ("b.wav", noisy_tone(3, 1)))
    bring(page, ("c.wav", noisy_tone(3, 2)), ("d.wav", noisy_tone(3, 3)))
    assert table_of(page, "problem")["shown"].notna().all()


def test_a_row_is_chosen_among_those_that_are_shown(two_models: Artifacts) -> None:
    """When a filter shows others, none is chosen, instead of the one in the same place."""
    files = [(f"{i}.wav", noisy_tone(3, i)) for i in range(3)]
    page = upload(two_models, *files, **choice_of(two_models, "mlp"))
    known = page.session_state[SESSION].album
    for genre, row in zip("xxy", known.values(), strict=True):
        row["shown"] = genre
    choose_row(page, "demo.album", 0)
    assert page.metric
    page.pills(key="demo.only").set_value(["y"]).run()
    assert not page.exception
    assert table_of(page, "problem")["name"].tolist() == ["2.wav"]
    assert not page.metric


def test_names_are_text(two_models: Artifacts) -> None:
    """Markup in a file's name stays what it is."""
    name = "<script>alert(1)</script> **bold** [x](http://y).wav"
    page = upload(two_models, (name, noisy_tone(4)), ("other.wav", noisy_tone(4, 1)))
    assert name in table_of(page, "problem")["name"].tolist()
    assert not any("<script>" in block.value for block in page.markdown)

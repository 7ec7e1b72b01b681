"""A track of a benchmark, played from the file that the server has."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import streamlit as st

from dashboard.player import component
from dashboard.player.sound import sound_of_file, waveform_of_file
from pipeline.errors import AudioError

if TYPE_CHECKING:
    from pathlib import Path

THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}


def play(path: Path | None, key: str, at_once: bool = False) -> None:
    """Play a file of the server; see `dashboard.player.component.play`.

    Where there is none, who runs the server is told the cure. Visitors could do nothing about it.
    """
    if path is not None:
        _play(path, key, at_once)
    elif urlsplit(str(st.context.url)).hostname in THIS_MACHINE:
        st.caption(
            "The recordings of this benchmark are not on this machine. To play them, start the"
            " dashboard with GENRESCOPE_AUDIO=FOLDER, the folder of the dataset."
        )


def _play(path: Path, key: str, at_once: bool) -> None:
    try:
        waveform = waveform_of_file(path)
        component.play(sound_of_file(path), waveform, key, at_once=at_once)
    except AudioError as error:
        st.warning(str(error))

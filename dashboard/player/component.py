"""The player on a page: a component of plain JavaScript around wavesurfer.js.

Playing causes no rerun, and no rerun stops the music while `key` stays the same.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st
from streamlit.runtime import Runtime

from dashboard.player.sound import PLAYED_SECONDS

if TYPE_CHECKING:
    from dashboard.player.over_time import Spectrogram
    from dashboard.player.sound import Sound
    from pipeline.audio.peaks import Waveform

HERE = Path(__file__).parent
ROUTE = "/player"  # where the server has what is in `VENDOR`; player.js asks for it there
VENDOR = HERE / "vendor"


def _source(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


_player = st.components.v2.component(
    "player", html=_source("player.html"), css=_source("player.css"), js=_source("player.js")
)


def play(
    sound: Sound,
    waveform: Waveform,
    key: str,
    genres: dict[str, Any] | None = None,
    spectrogram: Spectrogram | None = None,
    at_once: bool = False,
) -> None:
    """Offer a sound to be played from anywhere.

    Parameters
    ----------
    waveform
        What is drawn; its peaks may be left out where there is a spectrogram.
    key
        Names the player on its page. With another sound it goes on playing, if it was.
    genres
        See `dashboard.player.over_time.genres`.
    spectrogram
        Drawn instead of the waveform.
    at_once
        Whether it starts by itself, after a click that asked for this sound.
    """
    data: dict[str, Any] = {
        "name": sound.name,
        "src": address(sound.data, sound.kind, key),
        "seconds": waveform.seconds,
        "peaks": waveform.peaks,
        "genres": genres,
        "atOnce": at_once,
    }
    if spectrogram is not None:
        picture = address(spectrogram.picture(), "image/png", f"{key} picture")
        ticks, end = spectrogram.ticks(), spectrogram.seconds
        data["mel"] = {"src": picture, "ticks": ticks, "seconds": end}
    _player(key=key, data=data)
    if sound.decoded and waveform.seconds > PLAYED_SECONDS:
        st.caption(
            "Browsers cannot play this kind of file. It is decoded for them, and only its first"
            f" {PLAYED_SECONDS // 60} minutes can be heard."
        )


def address(data: bytes | str, kind: str, place: str) -> str:
    """Where the browser finds bytes, or a file of the server, while its visitor is on the page.

    Streamlit holds them as it does those of `st.audio`: it gives any part that a browser asks for,
    and forgets them when no visitor's page shows them any more. It has no public function for
    that.

    Parameters
    ----------
    place
        Name on the page; other data there take the place of what was there.
    """
    if not Runtime.exists():  # a script without a server
        return ""
    return Runtime.instance().media_file_mgr.add(data, kind, f"player {place}")

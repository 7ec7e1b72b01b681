"""What runs in the browser for the microphone: a listener that goes on, and a countdown.

Plain HTML, CSS and JavaScript, which Streamlit mounts in the page; nothing is built or fetched.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer


def _component(name: str) -> ComponentRenderer:
    """The component whose files have a name."""
    html, css, js = (
        (Path(__file__).parent / f"{name}.{kind}").read_text() for kind in ("html", "css", "js")
    )
    return st.components.v2.component(f"genrescope_{name}", html=html, css=css, js=js)


# Listens, see `dashboard.live.listening` for what it sends and takes.
LISTENER = _component("listener")
# Counts down the `seconds` of the timed recorder on the same page.
COUNTDOWN = _component("countdown")

"""A page that is loaded anew: its address holds choices and links, but no sound."""

from __future__ import annotations

import streamlit as st

from dashboard.live import session

HELD = session.widget("held")  # in the address: how many recordings the visit had


def note() -> None:
    """Write into the address how many recordings there are; say so if it tells of lost ones."""
    mine = session.current()
    held = sum(len(recordings) for recordings in mine.brought.values())
    asked = st.query_params.get(HELD, "")
    if held:
        st.query_params[HELD], mine.held = str(held), True
    elif asked and not (mine.held or mine.clips or mine.emptied):
        _say(asked)
    elif asked:
        del st.query_params[HELD]


def _say(asked: str) -> None:
    """Recordings are gone, whoever opens the address."""
    several = asked.isdecimal() and int(asked) > 1
    what, them = (f"{asked} recordings", "them") if several else ("a recording", "it")
    st.info(
        f"This address comes from a visit with {what}. The server keeps no sound after a visit, so"
        f" bring {them} again. All choices are as they were.",
        icon=":material/history_toggle_off:",
    )

"""Names in the address that are not there, such as a model of another benchmark."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST = 60  # characters that are repeated of a name


def asked(titles: Iterable[str], key: str) -> list[str]:
    """What the address asks for in vain, until something else is chosen.

    It is kept in the session, since Streamlit takes it out of the address.

    Parameters
    ----------
    titles
        What there is.
    key
        Of the widget that chooses among them, and of its part of the address.
    """
    known = {*titles}
    wrong = [title for title in st.query_params.get_all(key) if title and title not in known]
    if wrong:
        st.session_state[_kept(key)] = [title[:LONGEST] for title in wrong]
    return [title for title in st.session_state.get(_kept(key), []) if title not in known]


def forget(key: str) -> None:
    """Say no more of it: something else was chosen."""
    st.session_state.pop(_kept(key), None)


def _kept(key: str) -> str:
    return f"{key}.unknown"

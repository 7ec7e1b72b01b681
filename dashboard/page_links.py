"""Links from one page to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from collections.abc import Iterable

PAGES = "pages"  # in the session: pages that are there, by name


def note(pages: Iterable[st.Page]) -> None:
    """Remember the pages of this run of the script."""
    st.session_state[PAGES] = {page.url_path: page for page in pages}


def page_link(name: str, label: str) -> None:
    """A link to another page, on which the visit goes on; nothing where there is no such page."""
    page = st.session_state.get(PAGES, {}).get(name)
    if page is not None:
        st.page_link(page, label=label, icon=":material/arrow_forward:")

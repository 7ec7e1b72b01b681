"""Links from one page to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

if TYPE_CHECKING:
    from collections.abc import Iterable

PAGES, LAST = "pages", "page.last"  # in the session: pages that are there, by name; the last one


def note(pages: Iterable[st.Page]) -> None:
    """Remember the pages of this run of the script."""
    st.session_state[PAGES] = {page.url_path: page for page in pages}


def page_link(name: str, label: str) -> None:
    """A link to another page, on which the visit goes on; nothing where there is no such page."""
    page = st.session_state.get(PAGES, {}).get(name)
    if page is not None:
        st.page_link(page, label=label, icon=":material/arrow_forward:")


def came_back(page: st.Page) -> bool:
    """Whether Back or Forward of the browser led to a page from another, in this run.

    Streamlit then sets widgets to what the address says, from which it took their values when the
    page was left. The next run finds them in the session.
    """
    before, st.session_state[LAST] = st.session_state.get(LAST), page.url_path
    run = get_script_run_ctx()
    return before not in {None, page.url_path} and run is not None and run.is_history_navigation

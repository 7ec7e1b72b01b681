"""Parts of the page below a verdict: folded until someone looks, and computed after verdicts."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import streamlit as st

from dashboard.live import session
from dashboard.live.turns import EXPLANATIONS, PATIENCE_SECONDS, VERDICTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamlit.elements.lib.mutable_expander_container import ExpanderContainer

    from pipeline.progress import Progress


def folded(label: str, name: str, icon: str, opened: bool = False) -> ExpanderContainer:
    """A part that a visitor can open, which stays open for other recordings; see its ``open``.

    Call it in a fragment, so that opening it draws nothing else anew.
    """
    key = session.widget("open", name)
    return st.expander(
        label, expanded=opened, key=key, icon=icon, on_change="rerun", bind="query-params"
    )


@contextmanager
def computing(words: str) -> Iterator[Progress]:
    """Compute in turn, with progress on the page; to report it is to let verdicts go first.

    Streamlit ends a script that reports while its visitor has gone on.
    """
    place = st.empty()

    def progress(task: str, done: float, total: float | None) -> None:
        place.progress(done / total if total else 0.0, f"{words} …")
        VERDICTS.wait_until_empty(PATIENCE_SECONDS)

    with EXPLANATIONS.turn(lambda ahead: progress("Wait", 0, None)):
        progress("Begin", 0, None)
        yield progress
    place.empty()

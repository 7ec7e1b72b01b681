"""Parts of the page below a verdict: folded until someone looks, and computed after verdicts."""

from __future__ import annotations

from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec

import streamlit as st

from dashboard import components
from dashboard.live import session
from dashboard.live.turns import EXPLANATIONS, PATIENCE_SECONDS, VERDICTS, place_in_words
from pipeline.errors import PipelineError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from streamlit.elements.lib.mutable_expander_container import ExpanderContainer

    from pipeline.progress import Progress

P = ParamSpec("P")


def guarded(draw: Callable[P, object]) -> Callable[P, None]:
    """What goes wrong in a part of a page is said in its place, and the rest is drawn."""

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            draw(*args, **kwargs)
        except PipelineError as error:
            st.warning(components.plain(str(error)), icon=":material/error:")

    return drawn


def part(draw: Callable[P, object]) -> Callable[P, None]:
    """A `guarded` fragment: when it is drawn anew alone, nothing around it catches an error."""
    drawn: Callable[P, None] = st.fragment(guarded(draw))
    return drawn


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

    def waiting(ahead: int) -> None:
        place.progress(0.0, place_in_words(ahead))

    with EXPLANATIONS.turn(waiting, session.visitor()) as give_way:

        def progress(task: str, done: float, total: float | None) -> None:
            give_way()
            place.progress(done / total if total else 0.0, f"{words} …")
            VERDICTS.wait_until_empty(PATIENCE_SECONDS)

        progress("Begin", 0, None)
        yield progress
    place.empty()

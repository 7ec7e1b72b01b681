"""Who answers in the demo: benchmark, library and model, folded away behind one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import choices, components, pickers, state
from dashboard.live import session, taught
from dashboard.live.parts import folded

if TYPE_CHECKING:
    from pipeline.artifacts.reader import Artifacts

LIBRARY, MODEL = session.widget("library"), session.widget("model")
AGAIN = session.widget("again")  # in the session: a model that is to be chosen


def choose(artifacts: Artifacts, taught_one: bool) -> str | None:
    """Say who answers, and offer others; None: what the visitor taught, or nobody can.

    Parameters
    ----------
    taught_one
        Whether the visitor taught a model that can be asked.
    """
    groups = libraries(artifacts)
    _choose_again(groups)
    titles = {title: title for title in [*groups, *[taught.TITLE] * taught_one]}
    model = _to_come(artifacts, groups, titles) if titles else None
    opened = not titles or bool(choices.asked(artifacts.titles.values(), MODEL))
    with folded(_line(artifacts, model, bool(titles)), "who", ":material/tune:", opened):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            pickers.benchmark(state.benchmarks())
            pickers.images()
        if not titles:
            return None
        group = components.segments("Library", titles, LIBRARY)
        if group not in groups:
            return None
        return components.model_picker(artifacts, groups[group], MODEL)


def _to_come(
    artifacts: Artifacts, groups: dict[str, list[str]], titles: dict[str, str]
) -> str | None:
    """What will be chosen below."""
    group = choices.to_come(titles, LIBRARY)
    names = groups.get(group, [])
    return choices.to_come({n: artifacts.titles[n] for n in names}, MODEL) if names else None


def _line(artifacts: Artifacts, model: str | None, answers: bool) -> str:
    """Who answers, in one line."""
    benchmark = components.plain(artifacts.manifest.title)
    if not answers:
        return f"{benchmark} · change"
    if model is None:
        return f"{taught.TITLE} · change"
    title = components.plain(artifacts.titles[model])
    return f"{title}, {len(artifacts.classes)} genres of {benchmark} · change"


def choose_again(benchmark: str, model: str) -> None:
    """Let a model of a benchmark answer the next time that the page is drawn."""
    st.session_state.update({pickers.BENCHMARK: benchmark, AGAIN: model})


def _choose_again(groups: dict[str, list[str]]) -> None:
    model = st.session_state.pop(AGAIN, None)
    for group, names in groups.items():
        if model in names:
            st.session_state.update({LIBRARY: group, MODEL: model})


def libraries(artifacts: Artifacts) -> dict[str, list[str]]:
    """Models that answer, by the library that trained them, the best first.

    Those whose files have one format are together.
    """
    board = state.leaderboard(artifacts, artifacts.headline)
    cards = {n: artifacts.models[n] for n in board["model"] if n in artifacts.answering}
    groups: dict[str, list[str]] = {}
    for form in sorted({str(card.format) for card in cards.values()}):
        names = [name for name, card in cards.items() if card.format == form]
        title = " / ".join(sorted({str(cards[name].library) for name in names}, key=str.lower))
        groups[title] = names
    return groups

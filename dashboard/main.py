"""The script of each visit: the page that the address names."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import components, deep_links, page_links, pickers, state, warm_up
from pipeline import memory
from pipeline.artifacts.places import ROOT
from pipeline.errors import PipelineError
from pipeline.registry import discover

if TYPE_CHECKING:
    from dashboard.views import View
    from pipeline.artifacts.reader import Artifacts


ICON = Path(__file__).with_name("icon.svg")  # browsers would fetch a Material symbol from its host


def main() -> None:
    """Open the artifacts, or say how to build them, and run the page that the address names."""
    st.set_page_config(page_title="Genrescope", page_icon=ICON, layout="wide")
    names = state.benchmarks()
    if not names:
        st.error(
            f"No artifacts in {ROOT}. Build some: `make artifacts`, or without any data "
            "`python -m pipeline build synthetic`."
        )
        return
    pickers.begin()
    try:
        _run_page(names, state.artifacts(pickers.benchmark_to_come(names)))
    except PipelineError as error:
        pickers.offer_others(names)
        st.error(components.plain(str(error)))


def _run_page(names: list[str], artifacts: Artifacts) -> None:
    views = _views()
    pages = _pages(views, artifacts)
    page = st.navigation(pages, position="top")
    if page_links.came_back(page):
        st.rerun()
    page_links.note(each for section in pages.values() for each in section)
    pickers.bar(names, artifacts, next(v for v in views if v.title == page.title))
    deep_links.renew()
    page.run()
    memory.give_back()
    warm_up.page_is_drawn()


def _views() -> list[View]:
    """All pages, in the order of the navigation."""
    return sorted(discover("dashboard.views", "VIEW").values(), key=lambda view: view.order)


def _pages(views: list[View], artifacts: Artifacts) -> dict[str, list[st.Page]]:
    """Pages by the section of the navigation; those that do not apply have an address only."""
    sections: dict[str, list[st.Page]] = {}
    for view in views:
        page = st.Page(
            partial(_draw, view, artifacts),
            title=view.title,
            icon=view.icon,
            url_path=view.name,
            default=view is views[0],
            visibility="visible" if view.applies(artifacts) else "hidden",
        )
        sections.setdefault(view.section, []).append(page)
    return sections


def _draw(view: View, artifacts: Artifacts) -> None:
    st.set_page_config(page_title=f"{view.title} · {artifacts.manifest.benchmark} · Genrescope")
    protocol = pickers.protocol_to_come(artifacts)
    for sentence in artifacts.broken.values() if view.compares else ():
        st.warning(components.plain(sentence))
    pickers.narrow(artifacts, protocol, view)
    view.render(artifacts, protocol)


if __name__ == "__main__":
    main()

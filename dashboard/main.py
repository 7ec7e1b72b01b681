"""The script of each visit: the page that the address names."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import components, deep_links, page_links, pickers, state, warm_up
from pipeline import memory
from pipeline.artifacts.places import ROOT
from pipeline.errors import ArtifactsError
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
    try:
        artifacts = state.artifacts(pickers.benchmark_to_come(names))
    except ArtifactsError as error:
        pickers.benchmark(names)  # others may be whole
        st.error(str(error))
        return
    try:
        _run_page(names, artifacts)
    except ArtifactsError as error:
        st.error(str(error))


def _run_page(names: list[str], artifacts: Artifacts) -> None:
    views = _views(artifacts)
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


def _views(artifacts: Artifacts) -> list[View]:
    """What a benchmark has to show, in the order of the navigation."""
    every: list[View] = sorted(discover("dashboard.views", "VIEW").values(), key=lambda v: v.order)
    return [view for view in every if view.applies(artifacts)]


def _pages(views: list[View], artifacts: Artifacts) -> dict[str, list[st.Page]]:
    """Pages by the section of the navigation that lists them."""
    sections: dict[str, list[st.Page]] = {}
    for view in views:
        page = st.Page(
            partial(_draw, view, artifacts),
            title=view.title,
            icon=view.icon,
            url_path=view.name,
            default=view is views[0],
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

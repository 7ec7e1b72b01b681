"""Entry point: ``streamlit run dashboard/app.py``."""

from functools import partial

import streamlit as st

from dashboard import components, state
from dashboard.views import View
from pipeline.artifacts import ROOT, available
from pipeline.errors import ArtifactsError
from pipeline.registry import discover

FIRST = "gtzan"  # the benchmark that is shown at first, if it was built


def main() -> None:
    """Open the artifacts, or say how to build them, and run the page that the address names."""
    st.set_page_config(page_title="Genrescope", page_icon=":material/graphic_eq:", layout="wide")
    state.warm_up()
    names = sorted(available(), key=lambda name: name != FIRST)
    if not names:
        st.error(
            f"No artifacts in {ROOT}. Build some: `make artifacts`, or without any data "
            "`python -m pipeline build synthetic`."
        )
        return
    st.navigation(_pages(names), position="top").run()


def _pages(names: list[str]) -> dict[str, list[st.Page]]:
    """Pages by the section of the navigation that lists them."""
    views: list[View] = sorted(discover("dashboard.views", "VIEW").values(), key=lambda v: v.order)
    sections: dict[str, list[st.Page]] = {}
    for view in views:
        page = st.Page(
            partial(_render, view, names),
            title=view.title,
            icon=view.icon,
            url_path=view.name,
            default=view is views[0],
        )
        sections.setdefault(view.section, []).append(page)
    return sections


def _render(view: View, names: list[str]) -> None:
    """Draw what every page begins with, and the page."""
    try:
        artifacts, protocol = components.pickers(names)
        view.render(artifacts, protocol)
    except ArtifactsError as error:
        st.error(str(error))


if __name__ == "__main__":
    main()

"""Entry point: ``streamlit run dashboard/app.py``."""

from functools import partial

import streamlit as st

from dashboard import state
from dashboard.views import View
from pipeline.artifacts import ROOT, Artifacts, available
from pipeline.errors import ArtifactsError
from pipeline.registry import discover

FIRST = "gtzan"  # the benchmark that is shown at first, if it was built


def main() -> None:
    """Open the artifacts, or say how to build them, and run the page that the address names."""
    st.set_page_config(page_title="Genrescope", page_icon=":material/graphic_eq:", layout="wide")
    state.warm_up()
    names = available()
    if not names:
        st.error(
            f"No artifacts in {ROOT}. Build some: `make artifacts`, or without any data "
            "`python -m pipeline build synthetic`."
        )
        return
    views: list[View] = sorted(discover("dashboard.views", "VIEW").values(), key=lambda v: v.order)
    name = _benchmark_picker(names) if len(names) > 1 else names[0]
    pages = [
        st.Page(
            partial(_render, view, name),
            title=view.title,
            icon=view.icon,
            url_path=view.name,
            default=view is views[0],
        )
        for view in views
    ]
    st.navigation(pages, position="top").run()


def _benchmark_picker(names: list[str]) -> str:
    names = sorted(names, key=lambda name: name != FIRST)
    return str(st.selectbox("Benchmark", names, key="benchmark", bind="query-params"))


def _render(view: View, benchmark: str) -> None:
    try:
        artifacts: Artifacts = state.artifacts(benchmark)
        view.render(artifacts)
    except ArtifactsError as error:
        st.error(str(error))


if __name__ == "__main__":
    main()

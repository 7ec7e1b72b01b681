"""Pages of the dashboard opened without a browser, and what stands on them."""

from __future__ import annotations

import base64
import functools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from streamlit.testing.v1 import AppTest

from pipeline.artifacts.reader import open_folder
from pipeline.registry import discover

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.artifacts.reader import Artifacts

VIEWS = sorted(discover("dashboard.views", "VIEW"))
TIMEOUT_SECONDS = 120


@functools.cache
def opened(folder: str) -> Artifacts:
    """Artifacts in a folder, opened once, as in the app."""
    return open_folder(Path(folder))


def render(name: str, folder: str, protocol: str | None = None) -> None:
    """Draw one page, as the app does."""
    from support.pages import opened

    from dashboard import deep_links, pickers
    from pipeline.registry import lookup

    deep_links.renew()
    artifacts = opened(folder)
    view = lookup("dashboard.views", "VIEW", name)
    protocol = protocol or artifacts.headline
    pickers.keep_slice()
    pickers.slice_picker(artifacts, protocol)
    pickers.narrow(artifacts, protocol, view)
    view.render(artifacts, protocol)


def open_page(
    name: str, artifacts: Artifacts, protocol: str | None = None, **query: str | list[str]
) -> AppTest:
    """Open a page with an address; ``__`` in a key stands for a point."""
    page = AppTest.from_function(
        render, args=(name, str(artifacts.folder), protocol), default_timeout=TIMEOUT_SECONDS
    )
    for key, value in query.items():
        page.query_params[key.replace("__", ".")] = value
    page.run()
    assert not page.exception
    return page


def texts(page: AppTest) -> str:
    """Everything that is written on a page."""
    kinds = (page.markdown, page.caption, page.info, page.warning, page.success, page.title)
    elements = [element for kind in kinds for element in kind]
    return "\n".join(str(element.value) for element in elements)


def table_with(page: AppTest, *columns: str) -> pd.DataFrame:
    """The first table of a page that has these columns."""
    return next(t.value for t in page.dataframe if set(columns) <= set(t.value.columns))


def choose_row(page: AppTest, key: str, row: int) -> AppTest:
    """Choose a row of the table that a page calls so."""
    full = next(t.proto.id for t in page.dataframe if f"-{key} " in t.proto.id)
    name = f"{key} {full.rpartition(' ')[2]}"
    page.session_state[name] = {"selection": {"rows": [row], "columns": [], "cells": []}}
    page.run()
    assert not page.exception
    return page


def figure(page: AppTest, number: int = 0) -> dict[str, Any]:
    """A chart of a page, as Plotly's JSON."""
    spec: dict[str, Any] = json.loads(page.get("plotly_chart")[number].proto.spec)
    return spec


def values(coded: Any) -> np.ndarray:
    """Numbers of a trace, which Plotly may write as base64."""
    if isinstance(coded, dict):
        return np.frombuffer(base64.b64decode(coded["bdata"]), np.dtype(coded["dtype"]))
    return np.array(coded, dtype=float)

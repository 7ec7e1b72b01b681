"""Predictions that a visitor brings: compared in this visit only, never written to disk."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple

import streamlit as st

from dashboard import components
from pipeline.artifacts.prediction_files import checked
from pipeline.artifacts.prediction_tables import table_of_bytes
from pipeline.artifacts.splits import has_split, how_to_train, split
from pipeline.errors import PredictionsError

if TYPE_CHECKING:
    from pipeline.artifacts.imported import Imported
    from pipeline.artifacts.reader import Artifacts

MAX_MEGABYTES = 5  # ten thousand tracks and ten genres take less
MAX_MODELS = 4  # that can be told apart
FILE, HELD, NEW, MODELS = "compare.file", "compare.held", "compare.new", "compare.models"
MODEL = "your upload"  # no import can have this name


class _File(NamedTuple):
    name: str
    data: bytes


def beside(artifacts: Artifacts, protocol: str) -> Artifacts:
    """The artifacts with what the visitor uploaded, if it fits the protocol."""
    possible = has_split(artifacts, protocol)
    if possible:
        with st.expander("Compare a model of your own", icon=":material/upload_file:"):
            _offer(artifacts, protocol)
    found = _held(artifacts, protocol) if possible else None
    if found is None:
        _choose([])
        return artifacts
    if st.session_state.pop(NEW, False):
        _choose([MODEL])
    return artifacts.beside({MODEL: found})


def _held(artifacts: Artifacts, protocol: str) -> Imported | None:
    """What the visitor uploaded; None without it, or if it does not fit, which is then said."""
    file: _File | None = st.session_state.get(HELD)
    if file is None:
        return None
    try:
        built = f"{artifacts.folder} {artifacts.manifest.created}"
        found = _checked(artifacts, built, protocol, file)
    except PredictionsError as error:
        st.warning(components.plain(str(error)))
        return None
    _said(found, file)
    return found


def _choose(first: list[str]) -> None:
    """Put the uploaded model in front of those that are chosen, or take it away."""
    chosen = st.session_state.get(MODELS)
    if first or (chosen and MODEL in chosen):
        others = [name for name in chosen or [] if name != MODEL]
        st.session_state[MODELS] = [*first, *others[: MAX_MODELS - len(first)]]


def _offer(artifacts: Artifacts, protocol: str) -> None:
    """What to predict, and where to put the predictions."""
    st.caption(
        f"Download the tracks and folds of this protocol. {how_to_train(artifacts, protocol)} Then"
        " upload a CSV or Parquet file of `track_id`, `fold` and a probability for each genre, or"
        " the genre alone in a column `predicted`. It is held in memory for this visit, shown to"
        " nobody else, and never written to disk."
    )
    st.download_button(
        "Tracks and folds",
        lambda: split(artifacts, protocol).to_csv(index=False),
        file_name=f"{artifacts.manifest.benchmark}-{protocol}-split.csv",
        mime="text/csv",
        key="compare.split",
        on_click="ignore",
        icon=":material/download:",
    )
    st.file_uploader(
        "Predictions (CSV or Parquet)",
        ["csv", "parquet"],
        key=FILE,
        on_change=_take,
        max_upload_size=MAX_MEGABYTES,
    )


def _take() -> None:
    """Hold what was uploaded, or drop what was removed."""
    given = st.session_state[FILE]
    if given is None:
        _drop()
    else:
        st.session_state[HELD] = _File(given.name, given.getvalue())
        st.session_state[NEW] = True


def _drop() -> None:
    st.session_state.pop(HELD, None)


@st.cache_resource(scope="session", max_entries=4, show_spinner="Checking …")
def _checked(_artifacts: Artifacts, built: str, protocol: str, file: _File) -> Imported:
    table = table_of_bytes(file.data, file.name)
    return checked(table, _artifacts, protocol, PurePath(file.name).stem, held=True)


def _said(found: Imported, file: _File) -> None:
    """That predictions are held, what they lack, and a way to drop them."""
    lacks = "".join(
        sentence
        for sentence, there in (
            (" It has no folds, so it is not tested against others.", found.folds_unknown),
            (" It has no probabilities.", found.genres_only),
        )
        if there
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(components.plain(f"{file.name} is compared in this visit.{lacks}"))
        st.button("Remove it", key="compare.drop", icon=":material/close:", on_click=_drop)

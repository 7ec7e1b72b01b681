"""Where the tags of a library and a model disagree, the surest first."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import components, units
from dashboard.live import own_library
from dashboard.views import View
from pipeline.errors import PipelineError

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.artifacts.reader import Artifacts
    from pipeline.library.models import Model

MOST = 500  # rows
KIND = {
    **{"sure": "sure", "leaning": "leaning"},
    **{"unknown": "does not know", "none_of_these": "none of these"},
}


def render(artifacts: Artifacts, protocol: str) -> None:
    """Draw the page, which is about no benchmark."""
    components.header("Library", "Which genres in my tags would a model not give?")
    place = own_library.named()
    if place is None:
        st.info(
            "On your own machine, scan your music with `python -m pipeline library scan FOLDER`,"
            " and start the dashboard with `GENRESCOPE_LIBRARY=FILE`, the file that the scan names."
        )
        return
    try:
        library = own_library.compared(place)
    except PipelineError as error:
        st.warning(components.plain(str(error)))
        return
    st.markdown(_words(library.model, library.counts))
    if library.disagree.empty:
        st.success("No tag disagrees with what was heard.", icon=":material/check:")
        return
    _table(library.disagree)


def _words(model: Model, n: dict[str, int]) -> str:
    """How many files agree, disagree, have no genre, or were not heard."""
    return (
        f"Of {units.counted(sum(n.values()), 'file')}, **{n['disagree']:,}** have another genre in"
        f" their tags than {components.plain(model.name)} of {components.plain(model.benchmark)}"
        f" hears. {n['agree']:,} agree, {n['untagged']:,} have no genre, and {n['unheard']:,} could"
        " not be read or were not heard yet."
    )


def _table(found: pd.DataFrame) -> None:
    """The surest disagreements; a chosen file is played."""
    shown = found.head(MOST)
    folder = _folder(shown["file"].tolist())
    st.caption(
        f"The {units.counted(len(shown), 'file')} of which the model is surest, below"
        f" {components.plain(folder)}. A tag may name a genre that the model does not know, so it"
        " is not wrong because it stands here. Choose a row to hear it."
        " `python -m pipeline library propose --replace` lists all."
    )
    cells = {"kind": shown["kind"].map(KIND), "file": shown["file"].str.removeprefix(folder)}
    row = components.table(
        shown.drop(columns="path").assign(**cells),
        "library.files",
        f"{len(shown)} files whose tags and verdicts differ",
        file=st.column_config.TextColumn("File", pinned=True),
        old="In the tags",
        new="Heard",
        kind="How sure",
        confidence=components.share("Confidence"),
    )
    if row is not None:
        own_library.play(shown["path"].iloc[row])


def _folder(files: list[str]) -> str:
    """What the paths of all files begin with, up to a folder's name."""
    # By characters, as `commonpath` fails for files of several drives.
    head, separator, _ = os.path.commonprefix(files).rpartition(os.sep)  # noqa: RUF071
    return head + separator


VIEW = View(
    name="library",
    title="Library",
    icon=":material/library_music:",
    order=16,
    render=render,
    section="Music",
    narrows=False,
    is_of_benchmark=False,
    applies=lambda artifacts: own_library.named() is not None,
)

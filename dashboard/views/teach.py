"""Label music track by track, and see how good what is learnt from it becomes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard import components
from dashboard.live import own_folder, session, taught
from dashboard.live.parts import guarded
from dashboard.live.recording import Recording
from dashboard.views import View
from dashboard.views.sections import labelling, teaching_export
from pipeline.audio.formats import EXTENSIONS
from pipeline.errors import PipelineError

if TYPE_CHECKING:
    from dashboard.live.collection import Collection
    from pipeline.artifacts.reader import Artifacts

POLL_SECONDS = 1.0
FOLDER, VISIT = "folder", "visit"


def render(artifacts: Artifacts, protocol: str) -> None:
    """Draw the page, which is about no benchmark."""
    components.header("Teach", "What is your music? Say it, and see what can be learnt from it.")
    try:
        folder = own_folder.current()
    except PipelineError as error:
        st.warning(components.plain(str(error)))
        return
    if folder is not None and _where(folder) == FOLDER:
        _progress(folder)
        _teach(folder.collection)
        teaching_export.of_folder(folder)
        _left_out(folder)
    else:
        _bring()
        mine = taught.clips()
        _teach(mine.collection)
        teaching_export.of_clips(mine)


def _where(folder: own_folder.OwnFolder) -> str:
    """The folder, or what was brought on this visit, if there is both."""
    name = components.plain(folder.folder.name or str(folder.folder))
    titles = {FOLDER: name, VISIT: "Clips of this visit"}
    mine = session.current().taught
    return components.segments("Collection", titles, "teach.where") if mine else FOLDER


def _teach(collection: Collection) -> None:
    """Ask about one track; then how good it is, and what was said."""
    if not len(collection):
        return
    learnt = collection.learn()
    labelling.ask(collection, learnt)
    labelling.how_good(collection, learnt)
    labelling.steps(collection)
    if collection.is_learning:
        _wait(collection)


# ------------------------------------------------------------------------------------ where it is


def _bring() -> None:
    """Take files from the visitor's machine."""
    files = st.file_uploader(
        "Your music",
        type=list(EXTENSIONS),
        accept_multiple_files=True,
        key="teach.files",
        help="Files are held in memory for this visit, and never written to disk.",
    )
    st.caption(
        "Bring eight tracks or more of each genre, or label clips in the Demo. They are held for"
        " this visit only. On your own machine, start the dashboard with"
        " `GENRESCOPE_COLLECTION=FOLDER` to label a folder, and labels are kept."
    )
    mine = taught.clips()
    brought = {each.digest: each for each in (Recording(f.name, f.getvalue()) for f in files)}
    mine.add_all(list(brought.values()), taught.heard)
    for why in (mine.refused[digest] for digest in brought if digest in mine.refused):
        st.warning(components.plain(why), icon=":material/hearing_disabled:")


@st.fragment(run_every=POLL_SECONDS)
@guarded
def _progress(folder: own_folder.OwnFolder) -> None:
    """How many tracks were heard, and a button that stops; the page is drawn anew at the end."""
    waiting, n = len(folder.waiting), len(folder.tracks)
    if folder.is_listening:
        st.session_state["teach.heard"] = False
        st.progress((n - waiting) / max(n, 1), f"Listening: {n - waiting} of {n} tracks")
        st.button("Stop", key="teach.stop", icon=":material/stop:", on_click=folder.stop)
        if len(folder.collection) and not st.session_state.get("teach.begun"):
            st.session_state["teach.begun"] = True
            st.rerun()
    elif waiting:
        st.caption(f"Stopped; {waiting} of {n} tracks wait.")
        st.button("Go on", key="teach.go", on_click=folder.listen)
    elif not st.session_state.get("teach.heard"):
        st.session_state["teach.heard"] = True
        st.rerun()


@st.fragment(run_every=POLL_SECONDS)
@guarded
def _wait(collection: Collection) -> None:
    """Draw the page anew when what is being learnt is there."""
    st.caption("Learning …")
    collection.learn()
    if not collection.is_learning:
        st.rerun()


def _left_out(folder: own_folder.OwnFolder) -> None:
    """Files that cannot be labelled, and why."""
    if folder.left_out or folder.notes:
        with st.expander(f"Left out ({len(folder.left_out)})", icon=":material/block:"):
            for note in folder.notes:
                st.caption(components.plain(note))
            table = pd.DataFrame(list(folder.left_out.items()), columns=["file", "why"])
            components.table(table, alt=f"{len(table)} files", file="File", why="Why")


VIEW = View(
    name="teach",
    title="Teach",
    icon=":material/school:",
    order=15,
    render=render,
    narrows=False,
    is_of_benchmark=False,
)

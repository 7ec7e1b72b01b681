"""What was taught leaves the page: corrections, the model, a benchmark, tags of copies."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import components
from pipeline.artifacts import model_files
from pipeline.artifacts.places import ROOT, cache, home
from pipeline.errors import PipelineError
from pipeline.inference import tagging
from pipeline.teaching import relabelled

if TYPE_CHECKING:
    from dashboard.live.clips import Clips
    from dashboard.live.collection import Collection
    from dashboard.live.own_folder import OwnFolder


STAY = "Stay on this page until it is done. If you leave, press the button again, and it goes on."


def of_clips(mine: Clips) -> None:
    """Downloads only: on a server for others nothing is written."""
    if len(mine.collection):
        with st.container(horizontal=True):
            _downloads(mine.collection)


def of_folder(folder: OwnFolder) -> None:
    """Downloads, a benchmark beside the shipped ones, and tags of copies."""
    if not len(folder.collection):
        return
    st.header("Use it elsewhere")
    with st.container(horizontal=True):
        _downloads(folder.collection)
    with st.expander("Make a benchmark of it", icon=":material/leaderboard:"):
        _benchmark(folder)
    with st.expander("Write labels into tags of copies", icon=":material/sell:"):
        _tags(folder)


def _downloads(collection: Collection) -> None:
    """The corrections as a table, and the head as a file that can run no code."""
    table = collection.overlay.table()
    if not table.empty:
        text = table.drop(columns="step").to_csv(index=False)
        components.download("Corrections (CSV)", text, "corrections.csv")
    learnt = collection.learnt
    if learnt is not None and learnt.now.head is not None:
        st.download_button(
            "Model (.skops)",
            partial(model_files.packed, learnt.now.head),
            file_name="taught.skops",
            key="teach.model",
            on_click="ignore",
            type="tertiary",
            icon=":material/download:",
            help="A pipeline of scikit-learn that takes the mean embedding of a track, of the"
            " feature set three_networks.",
        )


def _benchmark(folder: OwnFolder) -> None:
    """Teach the folder with the labels of now; what is interrupted goes on where it stopped."""
    st.caption(
        "All pages then show it, with its learning curve, and the demo and `classify` ask it. Every"
        f" file is heard again first, to find copies. {STAY}"
    )
    name = st.text_input("Name", "mine", key="teach.name")
    if not st.button("Make it", key="teach.make"):
        return
    bar = st.progress(0.0, "Begin …")

    def progress(task: str, done: float, total: float | None) -> None:
        bar.progress(min(done / total, 1.0) if total else 0.0, task)

    labels = folder.collection.overlay.labels()
    try:
        relabelled.benchmark(folder.folder, labels, name, home(), ROOT, cache(), progress)
    except PipelineError as error:
        st.warning(components.plain(str(error)))
    else:
        st.success(f"{name} is there. Choose it as the benchmark, at the top of the page.")
    finally:
        bar.empty()


def _tags(folder: OwnFolder) -> None:
    """Copies of the tracks that were labelled here, with the genre in their tags."""
    target = st.text_input(
        "Folder for the copies",
        key="teach.copies",
        placeholder=str(Path.home() / "tagged"),
        help="Outside of the collection, whose files stay as they are.",
    )
    st.caption(STAY)
    if st.button("Write copies", key="teach.tag", disabled=not target):
        said = _tagged(folder, Path(target).expanduser())
        for sentence in said:
            st.caption(components.plain(sentence))


def _tagged(folder: OwnFolder, target: Path) -> list[str]:
    """Write the copies; what happened, a sentence each."""
    try:
        tagging.copies([folder.folder], target)  # refuses a place among the recordings
    except PipelineError as error:
        return [str(error)]
    labels, chosen = folder.collection.overlay.labels(), sorted(folder.collection.labelled())
    bar, problems = st.progress(0.0, "Writing …"), []
    for n, track_id in enumerate(chosen, start=1):
        source = folder.tracks[track_id].path
        try:
            tagging.write(source, labels[track_id], target / source.relative_to(folder.folder))
        except PipelineError as error:
            problems.append(f"{track_id}: {error}")
        bar.progress(n / len(chosen), f"{n} of {len(chosen)} copies")
    bar.empty()
    return [f"Copies in {target}: {len(chosen) - len(problems)} of {len(chosen)}.", *problems]

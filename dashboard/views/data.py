"""The data, its faults, and how numbers were computed from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard import components, state
from dashboard.views import View

if TYPE_CHECKING:
    from pipeline.artifacts.reader import Artifacts

METHODS = """
* **Predictions.** For each fold of a protocol, each model is trained anew on the training tracks,
  with its parameters chosen by cross-validation among them, and predicts the genres of the test
  tracks. Only these predictions are stored; every score on every page is computed from them.
* **Intervals** of a score leave out each artist in turn (jackknife), because tracks by one artist
  are alike. Their form is Wilson's for the effective number of tracks, with Student's t.
* **p-values** come from a sign-flip test over artists, corrected for the number of pairs by the
  largest statistic of each of 4,000 draws (max-T; Westfall & Young 1993). Intervals of differences
  are simultaneous and agree with the verdict.
* **Calibration** divides log probabilities by a temperature that is fitted on other folds (Guo et
  al. 2017). The expected calibration error uses ten bins of equal width.
* **Importances** are computed on test tracks, except impurity.
"""


def render(artifacts: Artifacts, protocol: str) -> None:
    """Draw the page."""
    manifest = artifacts.manifest
    components.header(
        "About the data", f"{manifest.title}: what is in it, and what is wrong with it."
    )
    _card(artifacts)
    st.subheader("Genres")
    _genres(artifacts)
    st.subheader("Known faults and caveats")
    st.markdown("\n".join(f"* {note}" for note in manifest.notes))
    _faults(artifacts)
    _left_out(artifacts)
    st.subheader("How models were tested")
    for facts in manifest.protocols.values():
        st.markdown(f"**{facts.title}** ({_folds(facts.folds)}). {facts.description}")
    st.subheader("How numbers are computed")
    st.markdown(METHODS)
    st.subheader("Features")
    _dictionary(artifacts)
    st.subheader("Where this comes from")
    _origin(artifacts)


def _folds(n: int) -> str:
    return "1 fold" if n == 1 else f"{n} folds"


def _card(artifacts: Artifacts) -> None:
    tracks, manifest = artifacts.tracks, artifacts.manifest
    with st.container(horizontal=True):
        st.metric("Tracks", f"{len(tracks):,}")
        st.metric("Genres", len(artifacts.classes))
        st.metric("Artists", f"{tracks['artist'].nunique():,}")
        if "seconds" in tracks:
            st.metric("Hours of sound", f"{tracks['seconds'].sum() / 3600:.1f}")
    st.markdown(f"**Licence.** {manifest.licence}")
    st.markdown(f"**Citation.** {manifest.citation}")


def _genres(artifacts: Artifacts) -> None:
    """Tracks, artists and lengths by genre."""
    tracks = artifacts.tracks
    table = tracks.groupby("genre").agg(tracks=("track_id", "size"), artists=("artist", "nunique"))
    most = tracks.groupby("genre")["artist"].agg(lambda artists: artists.value_counts().iloc[0])
    table = table.assign(share=table["tracks"] / len(tracks), most=most / table["tracks"])
    if "seconds" in tracks:
        length = tracks.groupby("genre")["seconds"]
        table = table.assign(median=length.median(), shortest=length.min(), longest=length.max())
    components.table(
        table.reset_index(),
        alt="Tracks, artists and lengths of each genre",
        genre=st.column_config.TextColumn("Genre", pinned=True),
        tracks="Tracks",
        artists="Artists",
        share=components.share("Share", "Of all tracks."),
        most=components.share("By one artist", "Share of the genre's most frequent artist."),
        median=components.number("Median s", "%.1f"),
        shortest=components.number("Shortest s", "%.1f"),
        longest=components.number("Longest s", "%.1f"),
    )


def _faults(artifacts: Artifacts) -> None:
    """Tracks with a fault that an audit found."""
    faulty = artifacts.tracks[artifacts.tracks["fault"].astype(bool)]
    if faulty.empty:
        return
    with st.expander(f"{len(faulty)} tracks with a known fault"):
        components.table(
            faulty[["track_id", "genre", "artist", "title", "fault"]],
            alt="Tracks with a known fault",
            **components.TRACK_COLUMNS,
        )


def _left_out(artifacts: Artifacts) -> None:
    left_out = artifacts.manifest.left_out
    if left_out:
        with st.expander(f"{len(left_out)} recordings were left out"):
            table = pd.DataFrame({"track_id": left_out.keys(), "reason": left_out.values()})
            components.table(table, alt="Recordings that were left out", reason="Why")


def _dictionary(artifacts: Artifacts) -> None:
    """The meaning of every column of a feature set."""
    sets = artifacts.manifest.features
    titles = {name: facts["title"] for name, facts in sets.items()}
    chosen = components.choose("Feature set", titles, "data.features")
    seconds = sets[chosen]["window_seconds"]
    window = f"windows of {seconds:g} s" if seconds else "whole recordings"
    st.caption(f"{len(sets[chosen]['columns']):,} columns, computed from {window}.")
    names = sets[chosen]["columns"]
    meaning = [artifacts.meaning(chosen, name) for name in names]
    components.table(
        pd.DataFrame({"feature": names, "meaning": meaning}),
        alt=f"Columns of {titles[chosen]}",
        feature=st.column_config.TextColumn("Feature", pinned=True),
        meaning="Meaning",
    )


def _origin(artifacts: Artifacts) -> None:
    """Origin of the files, and whether they are those that the manifest describes."""
    manifest = artifacts.manifest
    st.markdown(
        f"Built {manifest.created} by commit `{manifest.commit or 'unknown'}`,"
        f" {len(manifest.files)} files."
    )
    with st.spinner("Comparing files with the manifest …"):
        problems = state.problems(artifacts)
    if problems:
        st.error("\n".join(problems))
    else:
        st.success("Every file is the one that the manifest describes (SHA-256).")
    versions = pd.DataFrame(manifest.versions.items(), columns=["package", "version"])
    with st.expander("Versions that built it"):
        components.table(versions, alt="Versions of packages", package="Package", version="Version")


VIEW = View(
    name="data",
    title="About the data",
    icon=":material/database:",
    order=10,
    render=render,
    section="Music",
)

"""The data, its faults, and how numbers were computed from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard import components, playlists, state
from dashboard.units import among_largest, exact_percent
from dashboard.views import View
from pipeline.audio.windows import WINDOW_SECONDS
from pipeline.evaluation import artists, volume
from pipeline.evaluation.leaderboard import majority_share

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.artifacts.reader import Artifacts

METHODS = """
* **Predictions.** For each fold of a protocol, each model is trained anew on the training tracks,
  and predicts the genres of the test tracks. Parameters that have several candidates are chosen by
  cross-validation among the training tracks; the others were set by hand. Only these predictions
  are stored; every score on every page is computed from them.
* **Intervals** of a score leave out each artist in turn (jackknife), because tracks by one artist
  are alike. Their form is Wilson's for the effective number of tracks, with Student's t.
* **p-values** come from a sign-flip test over artists, corrected for the number of pairs by the
  largest statistic of each of 4,000 draws (max-T; Westfall & Young 1993). Intervals of differences
  are simultaneous and agree with the verdict.
* **Loudness.** Every window of 3 s is brought to -14 LUFS (ITU-R BS.1770) before anything is
  computed, in training and for visitors alike.
* **Calibration** divides log probabilities by a temperature that is fitted on other folds, or
  on other artists where there is one fold (Guo et al. 2017), for recordings of one window, of two
  to four, and of more. The expected calibration error uses ten bins of equal width.
* **Leaks** are differences of accuracy on the same tracks, which all count the same.
* **Suspected labels** are those that confident learning finds (Northcutt, Jiang & Chuang 2021) in
  the mean calibrated probabilities of models that were not trained on the track.
* **Importances** are computed on test tracks, except impurity.
"""


def render(artifacts: Artifacts, protocol: str) -> None:
    """Draw the page."""
    manifest = artifacts.manifest
    components.header(
        "About the data", f"{manifest.title}: what is in it, and what is wrong with it."
    )
    _card(artifacts)
    st.header("Genres")
    _genres(artifacts)
    _loudness(artifacts)
    st.header("Known faults and caveats")
    st.markdown("\n".join(f"* {note}" for note in manifest.notes))
    _faults(artifacts)
    _left_out(artifacts)
    st.header("How models were tested")
    for name, facts in manifest.protocols.items():
        st.markdown(f"**{facts.title}.** {facts.description} {_tested(artifacts, name)}")
    st.header("How numbers are computed")
    st.markdown(METHODS)
    st.header("Features")
    _dictionary(artifacts)
    st.header("Where this comes from")
    _origin(artifacts)


def _tested(artifacts: Artifacts, protocol: str) -> str:
    """How many folds are tested, and how many of the tracks."""
    facts = artifacts.manifest.protocols[protocol]
    n = max(card.n_predictions.get(protocol, 0) for card in artifacts.models.values())
    folds = "One fold is tested" if facts.folds == 1 else f"{facts.folds} folds are tested"
    if facts.unit == "window":
        return f"{folds}: {n:,} windows."
    if facts.role == "elsewhere":
        return f"{n:,} tracks of another collection are tested."
    of = len(artifacts.tracks)
    return f"{folds}: all {n:,} tracks." if n == of else f"{folds}: {n:,} of {of:,} tracks."


def _card(artifacts: Artifacts) -> None:
    tracks, manifest = artifacts.tracks, artifacts.manifest
    unknown, n_known = artists.unknown(tracks), artists.n_known(tracks)
    with st.container(horizontal=True):
        st.metric("Tracks", f"{len(tracks):,}")
        st.metric("Genres", len(artifacts.classes))
        st.metric("Known artists", f"{n_known:,}")
        if "seconds" in tracks:
            st.metric("Hours of sound", f"{tracks['seconds'].sum() / 3600:.1f}")
    st.markdown(" ".join(_sentences(tracks, n_known, tracks.loc[unknown, "artist"])))
    st.markdown(f"**Licence.** {manifest.licence}")
    st.markdown(f"**Citation.** {manifest.citation}")


def _sentences(tracks: pd.DataFrame, n_known: int, unknown: pd.Series) -> Iterator[str]:
    """What a reader of scores should know of the tracks."""
    if len(unknown):
        yield (
            f"There are {n_known:,} known artists and {len(unknown):,} tracks of unknown artists,"
            f" which count as {unknown.nunique():,} artists."
        )
    if "seconds" in tracks:
        short = (tracks["seconds"] < WINDOW_SECONDS).sum()
        yield (
            f"The median length is {tracks['seconds'].median():.1f} s; {short:,} of"
            f" {len(tracks):,} tracks are shorter than a window of {WINDOW_SECONDS:g} s."
        )
    counts, share = tracks["genre"].value_counts(), exact_percent(majority_share(tracks))
    first = f"{components.plain(counts.index[0])}, {among_largest(counts)},"
    answer = first if counts.nunique() > 1 else "the same one of these equally large genres"
    yield f"Always answering {answer} is right for {share} of the tracks."


def _loudness(artifacts: Artifacts) -> None:
    """What the volume of recordings would tell a model, and what is left of it."""
    levels = volume.levels(artifacts)
    if levels is None:
        return
    st.header("Loudness")
    most = levels.iloc[0]
    genre = components.plain(str(most["genre"]))
    text = (
        f"Recordings of **{genre}** have a median level of {most['median']:.0f} dB, the others of"
        f" {most['others']:.0f} dB. The level alone would tell {genre} with an AUC of"
        f" {most['auc']:.2f} (0.5 is chance), which is about how it was recorded and not about"
        " music. So every window is brought to one loudness before a model sees it."
    )
    if most["auc_left"] == most["auc_left"]:  # not NaN
        text += (
            f" What is left in the energy of the signal has an AUC of {most['auc_left']:.2f}, since"
            " bass has much energy and is not heard as loud. The page *Robustness* shows that"
            " turning recordings down changes nothing."
        )
    st.markdown(text)


def _genres(artifacts: Artifacts) -> None:
    """Tracks, artists and lengths by genre."""
    tracks = artifacts.tracks
    table = tracks.groupby("genre").agg(tracks=("track_id", "size"), artists=("artist", "nunique"))
    most = tracks.groupby("genre")["artist"].agg(lambda artists: artists.value_counts().iloc[0])
    table = table.assign(share=table["tracks"] / len(tracks), most=most / table["tracks"])
    if "seconds" in tracks:
        length = tracks.groupby("genre")["seconds"]
        table = table.assign(median=length.median(), shortest=length.min(), longest=length.max())
    here = bool(state.recordings(artifacts))
    row = components.table(
        table.reset_index(),
        "data.genres" if here else None,
        "Tracks, artists and lengths of each genre",
        genre=st.column_config.TextColumn("Genre", pinned=True),
        tracks="Tracks",
        artists="Artists",
        share=components.share("Share", "Of all tracks."),
        most=components.share("By one artist", "Share of the genre's most frequent artist."),
        median=components.number("Median s", "%.1f"),
        shortest=components.number("Shortest s", "%.1f"),
        longest=components.number("Longest s", "%.1f"),
    )
    if here:
        _playlist(artifacts, None if row is None else str(table.index[row]))


def _playlist(artifacts: Artifacts, genre: str | None) -> None:
    """The tracks of a genre to take away, where their recordings are here."""
    if genre is None:
        st.caption("Choose a row to take the tracks of a genre away as a playlist.")
        return
    tracks = artifacts.tracks
    ids = tracks.loc[tracks["genre"] == genre, "track_id"].tolist()
    st.markdown(f"**{components.plain(genre)}:** {len(ids):,} tracks.")
    playlists.offer(artifacts, ids, genre)


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
    order=11,
    render=render,
    narrows=False,
    section="Music",
)

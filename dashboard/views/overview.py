"""Front page: what this is, and which model leads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import components, figures, state
from dashboard.views import View
from pipeline.evaluate import commonest

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.artifacts import Artifacts


def render(artifacts: Artifacts) -> None:
    """Draw the page."""
    components.header(
        "Genrescope",
        "Models that name the genre of music, compared on tracks they never heard, and ready to "
        "try on yours.",
    )
    protocols = artifacts.manifest.protocols
    boards = {p["title"]: state.leaderboard(artifacts, name) for name, p in protocols.items()}
    floors = {p["title"]: _floor(artifacts, name) for name, p in protocols.items()}
    _figures(artifacts)
    st.subheader("Which model is best?")
    for protocol, board in boards.items():
        st.markdown(f"**{protocol}** ({board['n'].iloc[0]} tracks): {_in_words(board)}")
    components.chart(
        figures.leaderboard(boards, floors),
        "Accuracy of each model with its 95 % interval under each protocol.",
    )
    st.caption(
        "Dots: share of tracks answered right. Whiskers: 95 % interval, by resampling artists."
        " Where whiskers overlap a lot, the order is chance."
    )
    for protocol, board in boards.items():
        with st.expander(f"Table: {protocol}", expanded=protocol == next(iter(boards))):
            _table(board)
    st.subheader("How these numbers came about")
    for facts in protocols.values():
        st.markdown(f"**{facts['title']}.** {facts['description']}")
    st.caption(_provenance(artifacts))


def _figures(artifacts: Artifacts) -> None:
    tracks = artifacts.tracks
    with st.container(horizontal=True):
        st.metric("Tracks", f"{len(tracks):,}")
        st.metric("Genres", len(artifacts.classes))
        st.metric("Artists", f"{tracks['artist'].nunique():,}")
        st.metric("Models", len(artifacts.models))


def _in_words(board: pd.DataFrame) -> str:
    """The leader, and how far the order can be trusted."""
    leader = board.iloc[0]
    rivals = board.iloc[1:].loc[board["high"].iloc[1:] >= leader["accuracy"], "title"].tolist()
    sentence = (
        f"{leader['title']} leads with {leader['accuracy']:.0%} right "
        f"({leader['low']:.0%} to {leader['high']:.0%}); it tells {leader['best_genre']} best and "
        f"{leader['worst_genre']} worst."
    )
    if rivals:
        others = "every other model" if len(rivals) == len(board) - 1 else ", ".join(rivals)
        sentence += (
            f" That lies within the interval of {others}, so the order among them may be chance."
        )
    return sentence


def _floor(artifacts: Artifacts, protocol: str) -> float:
    """What always answering the commonest genre would score."""
    return commonest(state.answers(artifacts, next(iter(artifacts.models)), protocol))


def _table(board: pd.DataFrame) -> None:
    components.table(
        board.drop(columns=["model", "n"]),
        title=st.column_config.TextColumn("Model", pinned=True),
        family="Library",
        features="Features",
        accuracy=components.share("Accuracy", "Share of tracks answered right."),
        low=components.share("from", "Lower end of the 95 % interval."),
        high=components.share("to", "Upper end of the 95 % interval."),
        macro_f1=components.share(
            "Macro-F1", "Mean of the genres' F1: each genre counts the same."
        ),
        best_genre=st.column_config.TextColumn("Best genre", help="Highest F1."),
        worst_genre=st.column_config.TextColumn("Worst genre", help="Lowest F1."),
    )


def _provenance(artifacts: Artifacts) -> str:
    manifest = artifacts.manifest
    commit = f", commit {manifest.commit[:10]}" if manifest.commit else ""
    return f"{manifest.title}. {manifest.citation} Built {manifest.created[:10]}{commit}."


VIEW = View(
    name="overview", title="Overview", icon=":material/leaderboard:", order=0, render=render
)

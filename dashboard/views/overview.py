"""Front page: what this is, and which model leads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
    floors = {
        p["title"]: _floor(artifacts, name, boards[p["title"]]) for name, p in protocols.items()
    }
    units = {p["title"]: f"{p['unit']}s" for p in protocols.values()}
    _figures(artifacts)
    st.subheader("Which model is best?")
    for protocol, board in boards.items():
        st.markdown(f"**{protocol}** ({board['n'].iloc[0]} {units[protocol]}): {_in_words(board)}")
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


def _floor(artifacts: Artifacts, protocol: str, board: pd.DataFrame) -> float:
    """What always answering the commonest genre would score."""
    return commonest(state.answers(artifacts, board["model"].iloc[0], protocol))


def _table(board: pd.DataFrame) -> None:
    components.table(
        board.drop(columns=["model"]),
        title=st.column_config.TextColumn("Model", pinned=True),
        family="Library",
        features="Features",
        accuracy=components.share("Accuracy", "Share of tracks answered right."),
        low=components.share("from", "Lower end of the 95 % interval."),
        high=components.share("to", "Upper end of the 95 % interval."),
        macro_f1=components.share(
            "Macro-F1", "Mean of the genres' F1: each genre counts the same."
        ),
        n=st.column_config.NumberColumn("n", help="How many tracks or windows were asked about."),
        macro_f1_low=components.share("from", "Lower end of its 95 % interval."),
        macro_f1_high=components.share("to", "Upper end of its 95 % interval."),
        balanced_accuracy=components.share("Balanced", "Mean of the genres' recall."),
        top2=components.share("Top 2", "The truth is among the two likeliest."),
        top3=components.share("Top 3", "The truth is among the three likeliest."),
        log_loss=_number("Log loss", "Mean of -ln of the truth's probability."),
        brier=_number("Brier", "Squared distance of the probabilities from the truth."),
        ece=_number("ECE", "How far confidence is from the share that is right, on average."),
        ece_calibrated=_number("ECE, calibrated", "The same after temperature scaling."),
        best_genre=st.column_config.TextColumn("Best genre", help="Highest F1."),
        worst_genre=st.column_config.TextColumn("Worst genre", help="Lowest F1."),
    )


def _number(label: str, help: str) -> Any:
    return st.column_config.NumberColumn(label, format="%.3f", help=help)


def _provenance(artifacts: Artifacts) -> str:
    manifest = artifacts.manifest
    commit = f", commit {manifest.commit[:10]}" if manifest.commit else ""
    return f"{manifest.title}. {manifest.citation} Built {manifest.created[:10]}{commit}."


VIEW = View(
    name="overview", title="Overview", icon=":material/leaderboard:", order=0, render=render
)

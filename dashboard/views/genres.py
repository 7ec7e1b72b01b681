"""One genre at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import components, state
from dashboard.figures import features as drawings
from dashboard.views import View
from pipeline.evaluate import unanimous_errors

if TYPE_CHECKING:
    from pipeline.artifacts import Artifacts

HARDEST = 20
TOP = 12


def render(artifacts: Artifacts, protocol: str) -> None:
    """Draw the page."""
    components.header("Genres", "How well is a genre told, and what is it mistaken for?")
    components.protocol_note(artifacts, protocol)
    names = {genre: genre for genre in artifacts.classes}
    genre = components.choose("Genre", names, "genres.genre")
    models = state.contenders(artifacts, protocol)
    _scores(artifacts, protocol, genre, models)
    tables = {model: state.answers(artifacts, model, protocol) for model in models}
    _mistakes(tables, genre)
    _hardest(artifacts, protocol, genre, tables)
    _suspects(artifacts, protocol, genre, tables)
    _profile(artifacts, genre)


def _scores(artifacts: Artifacts, protocol: str, genre: str, models: list[str]) -> None:
    rows = [
        {"title": artifacts.models[model].title}
        | state.per_genre(artifacts, model, protocol).loc[genre].to_dict()
        for model in models
    ]
    table = pd.DataFrame(rows).sort_values("f1", ascending=False)
    asked = int(table["support"].max())
    if not asked:
        st.info(f"No {genre} track is asked about under this protocol.")
        return
    best, name = table.iloc[0], components.plain(genre)
    st.markdown(
        f"{asked} {name} tracks were asked about. **{components.plain(best['title'])}** tells the"
        f" genre best: it finds {best['recall']:.0%} of them, and {best['precision']:.0%} of what"
        f" it calls {name} is."
    )
    components.table(
        table.drop(columns="support"),
        alt=f"Scores of each model on {genre}",
        title=st.column_config.TextColumn("Model", pinned=True),
        precision=components.share("Precision", f"Of what is called {genre}, the share that is."),
        recall=components.share("Recall", f"Of {genre}, the share that is found."),
        f1=components.share("F1", "Harmonic mean of the two."),
        wrong=components.share("% wrong", f"Of {genre}, the share that is called otherwise."),
    )


def _mistakes(tables: dict[str, pd.DataFrame], genre: str) -> None:
    """What the genre is called instead, and what is called it, over all models."""
    answers = pd.concat(tables)
    wrong = answers[~answers["right"]]
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Mistaken for")
        _ranked(wrong[wrong["genre"] == genre], "predicted", int((answers["genre"] == genre).sum()))
    with right:
        st.subheader("Taken for it")
        _ranked(
            wrong[wrong["predicted"] == genre], "genre", int((answers["predicted"] == genre).sum())
        )


def _ranked(rows: pd.DataFrame, column: str, of: int) -> None:
    if rows.empty:
        st.success("Nothing.")
        return
    counts = rows[column].value_counts()
    table = pd.DataFrame({"genre": counts.index, "answers": counts.to_numpy()})
    components.table(
        table.assign(share=table["answers"] / of),
        alt="Genres by how often they are confused with the chosen one",
        genre="Genre",
        answers=st.column_config.NumberColumn("Answers", help="Over all models but the floors."),
        share=components.share("Share"),
    )


def _hardest(
    artifacts: Artifacts, protocol: str, genre: str, tables: dict[str, pd.DataFrame]
) -> None:
    """Tracks of the genre that fewest models get right."""
    st.subheader("Hardest tracks")
    every = pd.concat([table[table["genre"] == genre] for table in tables.values()])
    keys = ["track_id", "window", "artist", "title"]
    right = (
        every.groupby(keys, as_index=False, dropna=False)["right"]
        .agg(["sum", "size"])
        .reset_index()
    )
    hard = right.sort_values(["sum", "track_id"]).head(HARDEST)
    st.caption(f"The {len(hard)} that fewest of {len(tables)} models call {genre}.")
    hard = hard.assign(
        models=[f"{s} of {n}" for s, n in zip(hard["sum"], hard["size"], strict=True)]
    )
    components.tracks(artifacts, protocol, hard[[*keys, "models"]], [*tables][:2], "genres.hardest")


def _suspects(
    artifacts: Artifacts, protocol: str, genre: str, tables: dict[str, pd.DataFrame]
) -> None:
    """Tracks of the genre that all models call the same other one."""
    st.subheader("Is the label wrong?")
    # Models that learn from other features answer about other tracks: compare those of most.
    most = max(len(table) for table in tables.values())
    tables = {model: table for model, table in tables.items() if len(table) == most}
    suspects = unanimous_errors(tables)
    suspects = suspects[suspects["genre"] == genre]
    st.caption(
        f"Tracks labelled {genre} that all {len(tables)} models call one and the same other genre,"
        " the surest first. Faults that an audit of the dataset found are marked."
    )
    components.tracks(artifacts, protocol, suspects.drop(columns="genre"), [], "genres.suspects")


def _profile(artifacts: Artifacts, genre: str) -> None:
    """Features in which the genre lies farthest from all tracks."""
    if not artifacts.summarised("distributions"):
        return
    st.subheader("What sets it apart")
    features = str(components.set_picker(artifacts, "distributions", "genres.features"))
    values = _apart(artifacts, features, genre)
    top = values.reindex(values.abs().sort_values(ascending=False).index).head(TOP)
    components.chart(
        drawings.profile(top, "standard deviations from the mean of all tracks"),
        f"The {len(top)} features in which {genre} differs most.",
        f"profile-{genre}",
        top.rename("deviations").rename_axis("feature").reset_index(),
    )


def _apart(artifacts: Artifacts, features: str, genre: str) -> pd.Series:
    table: Any = artifacts.summary(features, "distributions")
    of = {name: table[table["genre"] == name].set_index("feature") for name in ("", genre)}
    spread = of[""]["std"].replace(0, np.nan)
    return ((of[genre]["mean"] - of[""]["mean"]) / spread).dropna()


VIEW = View(
    name="genres",
    title="Genres",
    icon=":material/category:",
    order=7,
    render=render,
    section="Music",
)

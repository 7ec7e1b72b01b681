"""Models side by side, genre by genre."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard import components, figures, state
from dashboard.views import View

if TYPE_CHECKING:
    from pipeline.artifacts import Artifacts

METRICS = {
    "f1": ("F1", "Harmonic mean of precision and recall."),
    "precision": ("Precision", "Of the tracks called this genre, the share that truly is."),
    "recall": ("Recall", "Of the genre's tracks, the share that was called so."),
    "wrong": ("% wrong", "Of the genre's tracks, the share that was called something else."),
}


def render(artifacts: Artifacts) -> None:
    """Draw the page."""
    components.header("Compare", "Which genres does each model tell, and which does it miss?")
    protocol = components.protocol_picker(artifacts)
    asked = state.leaderboard(artifacts, protocol)["model"].tolist()
    models = components.models_picker(artifacts, asked, "compare.models")
    if not models:
        st.info("Choose one model or more.")
        return
    labels = {name: label for name, (label, _) in METRICS.items()}
    metric = components.segments("Score", labels, "compare.score")
    label, explanation = METRICS[metric]
    st.caption(explanation)
    scores = {model: state.per_genre(artifacts, model, protocol) for model in models}
    titles = components.titles(artifacts)
    components.chart(
        figures.per_genre({model: table[metric] for model, table in scores.items()}, label, titles),
        f"{label} of each genre for {len(models)} models.",
    )
    st.subheader("All scores")
    _table(pd.concat(scores, names=["model"]).reset_index(), titles)


def _table(scores: pd.DataFrame, titles: dict[str, str]) -> None:
    columns = {name: components.share(label, help) for name, (label, help) in METRICS.items()}
    components.table(
        scores.assign(model=scores["model"].map(titles))[["genre", "model", *METRICS, "support"]],
        genre=st.column_config.TextColumn("Genre", pinned=True),
        model="Model",
        support=st.column_config.NumberColumn(
            "Tracks", help="How many tracks of the genre were asked about."
        ),
        **columns,
    )


VIEW = View(
    name="compare", title="Compare", icon=":material/compare_arrows:", order=1, render=render
)

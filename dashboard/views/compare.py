"""Two to four models side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from dashboard import components, state
from dashboard.figures import matrices, scores
from dashboard.views import View
from pipeline.evaluate import agreement, disagreements

if TYPE_CHECKING:
    from pipeline.artifacts import Artifacts

MOST = 4
METRICS = {
    "f1": ("F1", "Harmonic mean of precision and recall."),
    "precision": ("Precision", "Of the tracks called this genre, the share that truly is."),
    "recall": ("Recall", "Of the genre's tracks, the share that was called so."),
    "wrong": ("% wrong", "Of the genre's tracks, the share that was called something else."),
}


def render(artifacts: Artifacts, protocol: str) -> None:
    """Draw the page."""
    components.header("Compare", "Where do models differ, and which of them is right?")
    components.protocol_note(artifacts, protocol)
    asked = state.asked(artifacts, protocol)
    models = components.models_picker(artifacts, asked, "compare.models", MOST)
    if not models:
        st.info("Choose one model or more.")
        return
    _genres(artifacts, protocol, models)
    if len(models) < 2:
        st.info("Choose a second model to see differences.")
        return
    _pairs(artifacts, protocol, models)
    _disagreements(artifacts, protocol, models)


def _genres(artifacts: Artifacts, protocol: str, models: list[str]) -> None:
    """One score of each genre as a chart, all of them as a table."""
    st.subheader("Genre by genre")
    labels = {name: label for name, (label, _) in METRICS.items()}
    metric = components.segments("Score", labels, "compare.score")
    label, explanation = METRICS[metric]
    st.caption(explanation)
    tables = {model: state.per_genre(artifacts, model, protocol) for model in models}
    titles = artifacts.titles
    frame = pd.concat(tables, names=["model"]).reset_index()
    components.chart(
        scores.per_genre({model: table[metric] for model, table in tables.items()}, label, titles),
        f"{label} of each genre for {len(models)} models.",
        f"{metric}-by-genre",
        frame,
    )
    with st.expander("All scores of each genre"):
        _table(frame, titles)


def _table(frame: pd.DataFrame, titles: dict[str, str]) -> None:
    columns = {name: components.share(label, help) for name, (label, help) in METRICS.items()}
    components.table(
        frame.assign(model=frame["model"].map(titles))[["genre", "model", *METRICS, "support"]],
        alt="Precision, recall, F1 and errors of each genre",
        genre=st.column_config.TextColumn("Genre", pinned=True),
        model="Model",
        support=st.column_config.NumberColumn(
            "Tracks", help="How many tracks of the genre were asked about."
        ),
        **columns,
    )


def _pairs(artifacts: Artifacts, protocol: str, models: list[str]) -> None:
    """Differences in accuracy, and whether they are more than chance."""
    st.subheader("Is one better?")
    every = state.compare(artifacts, tuple(state.asked(artifacts, protocol)), protocol)
    pairs = every[every["model_a"].isin(models) & every["model_b"].isin(models)]
    titles = artifacts.titles
    for pair in pairs.itertuples():
        st.markdown(_in_words(pair, titles))
    components.chart(
        scores.differences(pairs, titles),
        "Difference in accuracy of each two models with 95 % intervals.",
        "differences",
        pairs,
    )
    st.caption(
        "Whiskers: 95 % interval by resampling artists. Blue: significant by McNemar's test (mid-p,"
        f" corrected for all {len(every)} pairs of models; Holm). The test counts tracks that only"
        " one of the two has right and takes tracks for independent; the interval does not."
    )
    shown = pairs.assign(model_a=pairs["model_a"].map(titles), model_b=pairs["model_b"].map(titles))
    components.table(shown, alt="McNemar's test of each two models", **PAIR_COLUMNS)


def _in_words(pair: Any, titles: dict[str, str]) -> str:
    a, b = titles[pair.model_a], titles[pair.model_b]
    if pair.difference < 0:
        a, b = b, a
    if not pair.significant:
        return f"{a} cannot be told from {b} (p = {pair.p_holm:.2g})."
    return f"**{a}** is better than {b} by {abs(pair.difference):.1%} (p = {pair.p_holm:.2g})."


PAIR_COLUMNS: dict[str, Any] = {
    "model_a": st.column_config.TextColumn("A", pinned=True),
    "model_b": "B",
    "only_a": st.column_config.NumberColumn("Only A right"),
    "only_b": st.column_config.NumberColumn("Only B right"),
    "difference": components.share("A − B"),
    "low": components.share("from"),
    "high": components.share("to"),
    "p": components.number("p", "%.2g"),
    "p_holm": components.number("p, corrected", "%.2g"),
    "significant": "Significant",
}


def _disagreements(artifacts: Artifacts, protocol: str, models: list[str]) -> None:
    """How often models say the same, and the tracks where they do not."""
    st.subheader("Where they disagree")
    tables = {model: state.answers(artifacts, model, protocol) for model in models}
    titles = artifacts.titles
    same = agreement(tables).rename(index=titles, columns=titles)
    components.chart(
        matrices.agreement(same),
        "Share of tracks that each two models call the same.",
        "agreement",
        same.rename_axis("model").reset_index(),
    )
    tracks = disagreements(tables)
    right = {m: int((tracks[m] == tracks["genre"]).sum()) for m in models}
    st.markdown(
        f"They disagree about {len(tracks):,} of {_common(tables):,}. Right about these: "
        + ", ".join(f"{titles[m]} {n:,}" for m, n in right.items())
        + f"; none of them {int((tracks['right'] == 0).sum()):,}."
    )
    st.caption("First those that split the models evenly. Calibrated probabilities.")
    facts = [name for name in ("track_id", "window", "genre", "artist", "title") if name in tracks]
    components.tracks(artifacts, protocol, tracks[facts], models, "compare.tracks")


def _common(tables: dict[str, pd.DataFrame]) -> int:
    """How many tracks, or windows, all of them answered."""
    keys = [set(zip(table["track_id"], table["window"], strict=True)) for table in tables.values()]
    return len(set.intersection(*keys))


VIEW = View(
    name="compare",
    title="Compare",
    icon=":material/compare_arrows:",
    order=2,
    render=render,
    section="Models",
)

"""Two to four models side by side."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from dashboard import components, state, units
from dashboard.figures import matrices, scores
from dashboard.report import card_name, model_card
from dashboard.views import View
from dashboard.views.sections import upload
from pipeline.evaluation.comparison import agreement, comparable, disagreements

if TYPE_CHECKING:
    from pipeline.artifacts.reader import Artifacts

METRICS = {
    "f1": ("F1", "Harmonic mean of precision and recall."),
    "precision": ("Precision", "Of the tracks predicted as this genre, the share that truly is."),
    "recall": ("Recall", "Of the genre's tracks, the share that was recognised."),
    "wrong": ("Error rate", "Of the genre's tracks, the share that was misclassified."),
}


def render(artifacts: Artifacts, protocol: str) -> None:
    """Draw the page."""
    components.header("Compare", "Where do models differ, and which of them is right?")
    components.protocol_note(artifacts, protocol)
    artifacts = upload.beside(artifacts, protocol)
    tested = state.tested_models(artifacts, protocol)
    models = components.models_picker(artifacts, tested, upload.MODELS, upload.MAX_MODELS)
    if not models:
        st.info("Choose one model or more.")
        return
    _genres(artifacts, protocol, models)
    _cards(artifacts, models)
    if len(models) < 2:
        st.info("Choose a second model to see differences.")
        return
    _pairs(artifacts, protocol, models)
    _disagreements(artifacts, protocol, models)


def _genres(artifacts: Artifacts, protocol: str, models: list[str]) -> None:
    """One score of each genre as a chart, all of them as a table."""
    st.header("Genre by genre")
    labels = {name: label for name, (label, _) in METRICS.items()}
    metric = components.segments("Score", labels, "compare.score")
    label, explanation = METRICS[metric]
    st.caption(explanation)
    tables = {model: state.per_genre(artifacts, model, protocol) for model in models}
    titles = artifacts.titles
    frame = pd.concat(tables, names=["model"]).reset_index()
    components.chart(
        scores.per_genre({model: table[metric] for model, table in tables.items()}, label, titles),
        f"{label} of each genre. {_extremes(tables, metric, titles)}",
        f"{metric}-by-genre",
        frame,
    )
    with st.expander("All scores of each genre"):
        _table(frame, titles)


def _extremes(tables: dict[str, pd.DataFrame], metric: str, titles: dict[str, str]) -> str:
    """The genres with each model's highest and lowest score, in words."""
    known = {model: table[metric].dropna() for model, table in tables.items()}
    return " ".join(
        f"{titles[model]}: highest in {values.idxmax()} ({units.percent(values.max())}), lowest in"
        f" {values.idxmin()} ({units.percent(values.min())})."
        for model, values in known.items()
        if len(values)
    )


def _cards(artifacts: Artifacts, models: list[str]) -> None:
    """A model card of each, to take away."""
    with st.container(horizontal=True):
        for model in (name for name in models if artifacts.models[name].verified):
            components.download(
                f"Model card: {components.plain(artifacts.titles[model])}",
                partial(model_card, artifacts, model),
                card_name(artifacts, model),
                "What it learnt from, how it was tested under every protocol, and what it cannot"
                " do, as Markdown in the form of the Hugging Face Hub.",
            )


def _table(frame: pd.DataFrame, titles: dict[str, str]) -> None:
    columns = {name: components.share(label, help) for name, (label, help) in METRICS.items()}
    components.table(
        frame.assign(model=frame["model"].map(titles))[["genre", "model", *METRICS, "support"]],
        alt="Precision, recall, F1 and errors of each genre",
        genre=st.column_config.TextColumn("Genre", pinned=True),
        model="Model",
        support=st.column_config.NumberColumn("Tracks", help="Number of test tracks of the genre."),
        **columns,
    )


def _pairs(artifacts: Artifacts, protocol: str, models: list[str]) -> None:
    """Differences in accuracy, and whether they are significant."""
    st.header("Is one model better?")
    every = state.compare(artifacts, tuple(state.tested_models(artifacts, protocol)), protocol)
    pairs = every[every["model_a"].isin(models) & every["model_b"].isin(models)]
    titles = artifacts.titles
    untested = set(models) - set(comparable(artifacts, models, protocol))
    for name in sorted(untested):
        title = components.plain(titles[name])
        st.info(f"{title} is not tested against others: its folds are unknown.")
    if pairs.empty:
        return
    for pair in pairs.itertuples():
        st.markdown(_in_words(pair, titles))
    components.chart(
        scores.differences(pairs, titles),
        "Difference in accuracy of each two models with simultaneous 95% intervals. "
        + units.spoken(" ".join(_in_words(pair, titles) for pair in pairs.itertuples())),
        "differences",
        pairs,
    )
    st.caption(
        "Blue: significant by a sign-flip test over artists, corrected for all"
        f" {len(every)} pairs of models (max-T; Westfall & Young 1993). Whiskers: simultaneous 95%"
        " intervals by the same test. They agree with the verdict: an interval excludes 0 exactly"
        " if the pair is significant."
    )
    if pairs["low"].isna().any():
        st.info("There are too few artists for intervals of differences.")
    names = {side: pairs[side].map(titles) for side in ("model_a", "model_b")}
    points = units.in_points(pairs[["difference", "low", "high"]])
    shown = pairs.assign(**names, **points)
    components.table(shown, alt="Test of each two models", **PAIR_COLUMNS)


def _in_words(pair: Any, titles: dict[str, str]) -> str:
    a, b = (components.plain(titles[name]) for name in (pair.model_a, pair.model_b))
    if pair.difference < 0:
        a, b = b, a
    if not pair.significant:
        return f"{a} is not significantly different from {b} ({units.p_value(pair.p_adjusted)})."
    ahead = units.unsigned_points(pair.difference)
    return f"**{a}** is better than {b} by {ahead} ({units.p_value(pair.p_adjusted)})."


PAIR_COLUMNS: dict[str, Any] = {
    "model_a": st.column_config.TextColumn("A", pinned=True),
    "model_b": "B",
    "only_a": st.column_config.NumberColumn("Only A right"),
    "only_b": st.column_config.NumberColumn("Only B right"),
    "difference": components.points("A − B, points"),
    "low": components.points("from", "Lower end of the simultaneous 95% interval."),
    "high": components.points("to", "Upper end of the simultaneous 95% interval."),
    "p": components.number("p", f"%{units.P_VALUE}"),
    "p_adjusted": components.number("p, corrected", f"%{units.P_VALUE}"),
    "significant": "Significant",
}


def _disagreements(artifacts: Artifacts, protocol: str, models: list[str]) -> None:
    """How often models agree, and the tracks on which they do not."""
    st.header("Where they disagree")
    tables = {model: state.labelled_predictions(artifacts, model, protocol) for model in models}
    titles = artifacts.titles
    same = agreement(tables).rename(index=titles, columns=titles)
    components.chart(
        matrices.agreement(same, components.is_dark()),
        "Share of tracks for which each two models predict the same genre: from"
        f" {units.percent(same.min().min())}.",
        "agreement",
        same.rename_axis("model").reset_index(),
    )
    tracks = disagreements(tables)
    right = {m: int((tracks[m] == tracks["genre"]).sum()) for m in models}
    st.markdown(
        f"They disagree on {len(tracks):,} of {_common(tables):,}. Correct predictions on these: "
        + ", ".join(f"{components.plain(titles[m])} {n:,}" for m, n in right.items())
        + f"; all are wrong on {int((tracks['right'] == 0).sum()):,}."
    )
    st.caption(
        "Tracks on which the models are divided most evenly come first. Probabilities are"
        " calibrated."
    )
    facts = [name for name in ("track_id", "window", "genre", "artist", "title") if name in tracks]
    components.tracks(artifacts, protocol, tracks[facts], models, "compare.tracks")


def _common(tables: dict[str, pd.DataFrame]) -> int:
    """Number of tracks, or windows, that all of the models predicted."""
    keys = [set(zip(table["track_id"], table["window"], strict=True)) for table in tables.values()]
    return len(set.intersection(*keys))


VIEW = View(
    name="compare",
    title="Compare",
    icon=":material/compare_arrows:",
    order=2,
    render=render,
    compares=True,
    section="Models",
)

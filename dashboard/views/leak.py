"""What a model gains if training and test tracks have something in common."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard import components, state
from dashboard.figures import scores
from dashboard.units import in_points, percent, points
from dashboard.views import View
from pipeline.evaluation.leak import (
    Gains,
    gains,
    heard_before,
    may_be_chance,
    steps,
    through_networks,
    within_genres,
)

if TYPE_CHECKING:
    from pipeline.artifacts.reader import Artifacts
    from pipeline.evaluation.intervals import Interval

TEACHING = """
A model can be right for the wrong reason. If parts of one song are in both training and test data,
recognising the song may be enough. If the training data have other songs by the same artist, a
voice, a studio or a drum machine may give the genre away. Only a test on new artists tells how well
a model will do on *your* music. A **leak** is what training and test share beyond that.
"""


def render(artifacts: Artifacts, protocol: str) -> None:
    """Draw the page."""
    components.header("Leak", "How much of the accuracy comes from having met the test before?")
    st.markdown(TEACHING)
    contenders = state.contenders(artifacts, artifacts.headline)
    st.header("What each leak is worth")
    _steps(artifacts, [name for name in contenders if not artifacts.models[name].folds_unknown])
    _heard(artifacts, [name for name in contenders if name not in artifacts.unverified])


def _steps(artifacts: Artifacts, contenders: list[str]) -> None:
    """Gains of the chosen models between each protocol and the next stricter one."""
    pairs = steps(artifacts.manifest.protocols)
    if not pairs:
        st.info("This benchmark has one protocol only, so there is nothing to compare.")
        return
    models = components.models_picker(artifacts, contenders, "leak.models", few=6)
    if not models:
        st.info("Choose one model or more.")
        return
    found = {}
    for pair in pairs:
        tables = [
            {m: state.labelled_predictions(artifacts, m, name) for m in models} for name in pair
        ]
        if step := gains(*tables):
            found[_title(artifacts, pair)] = step
    if not found:
        st.info("No track was tested under two protocols, so there is nothing to compare.")
        return
    _chart(artifacts, found)
    for title, step in found.items():
        st.markdown(_sentence(artifacts, title, step))
    _basis(artifacts, pairs)
    _table(artifacts, found)


def _title(artifacts: Artifacts, pair: tuple[str, str]) -> str:
    lenient, strict = (artifacts.manifest.protocols[name].title for name in pair)
    return f"{lenient} − {strict}"


def _chart(artifacts: Artifacts, found: dict[str, Gains]) -> None:
    tables = {title: step.models for title, step in found.items()}
    n = len(pd.concat(tables).index.unique(level=1))
    components.chart(
        scores.gains(tables, artifacts.titles),
        f"Points that {n} models gain, with 95% intervals. On average: "
        + "; ".join(f"{title}, {points(step.mean.value)}" for title, step in found.items()),
        "leaks",
        pd.concat(tables, names=["step", "model"]).reset_index(),
    )


def _sentence(artifacts: Artifacts, title: str, step: Gains) -> str:
    """Mean gain, the model that gains most, and whether that may be chance."""
    most = str(step.models["gain"].idxmax())
    model = components.plain(artifacts.models[most].title)
    chance = " The mean may be due to chance." if may_be_chance(step.mean) else ""
    return (
        f"{components.plain(title)}: **{points(step.mean.value)}** on average"
        f" ({_interval(step.mean)}), most for {model} ({points(step.models['gain'][most])})."
        f" Tracks tested under both: {step.tracks:,}, by {step.artists:,} artists.{chance}"
    )


def _interval(interval: Interval) -> str:
    if interval.low != interval.low:  # NaN
        return "no interval, for one artist"
    low, high = in_points(interval.low), in_points(interval.high)
    return f"95% interval {low:+.1f} to {high:+.1f}"


def _basis(artifacts: Artifacts, pairs: list[tuple[str, str]]) -> None:
    """What the protocols let training and test share, and what a step compares."""
    names = dict.fromkeys(chain.from_iterable(pairs))
    protocols = [artifacts.manifest.protocols[name] for name in names]
    for facts in protocols:
        st.markdown(f"**{facts.title}.** Shared by training and test data: {facts.shared}.")
    windows = (
        " Of a track whose windows are tested one by one, the share of correct windows counts,"
        " while elsewhere all windows of a track decide together."
        if any(facts.unit == "window" for facts in protocols)
        else ""
    )
    st.caption(
        "Each step compares the same tracks, which all count the same; whiskers and intervals:"
        f" 95%, over artists (jackknife).{windows} Protocols differ in the number of training"
        " tracks too, so a gain need not be due to the leak alone."
    )


def _table(artifacts: Artifacts, found: dict[str, Gains]) -> None:
    table = in_points(pd.DataFrame({title: step.models["gain"] for title, step in found.items()}))
    order = [name for name in artifacts.titles if name in table.index]
    components.table(
        table.loc[order].rename(index=artifacts.titles).rename_axis("title").reset_index(),
        alt="Points of accuracy that each model gains by each leak",
        title=st.column_config.TextColumn("Model", pinned=True),
        **{title: components.points(title) for title in found},
    )


def _heard(artifacts: Artifacts, models: list[str]) -> None:
    """Accuracy on tracks that pretrained networks may have heard, and on the others."""
    tables = {m: state.labelled_predictions(artifacts, m, artifacts.headline) for m in models}
    if not tables:
        return
    rows = heard_before(tables, artifacts.tracks)
    if rows.empty:
        return
    st.header("What pretrained networks may have heard")
    tracks = rows.drop_duplicates("track_id")
    st.markdown(
        f"{tracks['heard'].sum():,} of {len(tracks):,} tracks have the artist and the title of a"
        " song in the Million Song Dataset, on which some of the pretrained networks were trained."
        " They never met these genres as labels, but may have heard these tracks."
    )
    listening = through_networks(artifacts)
    networks = [model for model in models if model in listening]
    others = [model for model in models if model not in listening]
    for title, group in (("that listen through them", networks), ("without them", others)):
        if group:
            st.markdown(_heard_sentence(rows, title, group))
    if networks and others:
        difference = within_genres(rows, networks, others)
        st.markdown(
            f"Models that listen through pretrained networks gain **{points(difference.value)}**"
            f" against those without them ({_interval(difference)}).{_verdict(difference)}"
        )
    _heard_table(artifacts, rows, models, listening)


def _heard_sentence(rows: pd.DataFrame, title: str, models: list[str]) -> str:
    """Accuracy of a group of models on both kinds of tracks, and the difference within genres."""
    right = _accuracies(rows).loc[models].mean()
    difference = within_genres(rows, models)
    return (
        f"Models {title} are right on {percent(right[True])} of such tracks and on"
        f" {percent(right[False])} of the others; within genres **{points(difference.value)}**"
        f" ({_interval(difference)}).{_verdict(difference)}"
    )


def _verdict(difference: Interval) -> str:
    return " This may be due to chance." if may_be_chance(difference) else ""


def _accuracies(rows: pd.DataFrame) -> pd.DataFrame:
    """Accuracy of each model (index) on tracks that may and may not have been heard (columns)."""
    return rows.groupby(["model", "heard"])["right"].mean().unstack()


def _heard_table(
    artifacts: Artifacts, rows: pd.DataFrame, models: list[str], listening: set[str]
) -> None:
    """Both accuracies of each model, and their difference within genres."""
    within = pd.DataFrame([within_genres(rows, [model]) for model in models], models)
    accuracy = _accuracies(rows).rename(columns={True: "heard", False: "others"})
    table = accuracy.loc[models, ["heard", "others"]].join(in_points(within))
    table.insert(0, "networks", [model in listening for model in models])
    st.caption(
        "Genres differ in both kinds of tracks, so these are compared within each genre. Each genre"
        " is weighted by its smaller group (heard or not heard), because the difference is only as"
        " reliable as that group. Well-known songs may also be easier: what models"
        " without pretrained networks gain is not due to having heard them."
    )
    components.table(
        table.rename(index=artifacts.titles).rename_axis("title").reset_index(),
        alt="Accuracy on tracks that pretrained networks may have heard, and on the others",
        title=st.column_config.TextColumn("Model", pinned=True),
        networks=st.column_config.CheckboxColumn(
            "Pretrained", help="It listens through pretrained networks."
        ),
        heard=components.share("Heard", "Accuracy on tracks that may have been heard."),
        others=components.share("Others", "Accuracy on the other tracks."),
        value=components.points("Within genres", "Mean difference within genres."),
        low=components.points("from", "Lower end of its 95% interval."),
        high=components.points("to", "Upper end of its 95% interval."),
    )


VIEW = View(
    name="leak",
    title="Leak",
    icon=":material/water_drop:",
    order=5,
    render=render,
    section="Models",
)

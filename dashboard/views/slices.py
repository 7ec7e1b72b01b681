"""On which parts of the tracks a model is better or worse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import components, state, units
from dashboard.figures import slices as drawings
from dashboard.views import View
from pipeline.evaluation import slices
from pipeline.evaluation.comparison import comparable
from pipeline.evaluation.weak_slices import DEPTH, MIN_LEAF, PARTS

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.artifacts.reader import Artifacts


def render(artifacts: Artifacts, protocol: str) -> None:
    """Draw the page."""
    components.header(
        "Slices", "On which tracks is a model better or worse, and is that more than chance?"
    )
    components.protocol_note(artifacts, protocol)
    tested = state.contenders(artifacts, protocol)
    model = components.model_picker(artifacts, tested, "slices.model")
    table = state.labelled_predictions(artifacts, model, protocol)
    facts = slices.facts_of(table, artifacts.tested_tracks(protocol))
    _by_fact(artifacts, protocol, model, facts)
    _weakest(artifacts, protocol, model)


def _by_fact(artifacts: Artifacts, protocol: str, model: str, facts: pd.DataFrame) -> None:
    """Accuracy in each bin of a fact, as it is and within genres."""
    st.header("By a fact of the tracks")
    names = [name for name in slices.columns(facts) if len(slices.bins(facts, name)) > 1]
    if not names:
        st.info("Nothing is known by which these tracks could be divided.")
        return
    names.sort(key=lambda name: name == "genre")  # last, since other pages are about genres
    titles = {name: slices.title(name) for name in names}
    column = components.choose("Fact of the tracks", titles, "slices.fact")
    bins = state.by_bin(artifacts, model, protocol, column)
    overall = float(state.labelled_predictions(artifacts, model, protocol)["right"].mean())
    title = artifacts.models[model].title
    text = _extremes(bins, title, artifacts.manifest.protocols[protocol].unit)
    st.markdown(text)
    components.chart(
        drawings.accuracy(bins, overall),
        f"Accuracy by {titles[column]}. {units.spoken(text)}",
        f"accuracy-by-{column}",
        bins,
    )
    st.caption(
        "Dots: accuracy. Whiskers: 95% interval over artists; one artist says nothing. A range does"
        " not include its upper end."
    )
    if bins["within"].notna().any():
        _within(bins, titles[column])
    components.table(_in_points(bins), alt=f"Accuracy by {titles[column]}", **COLUMNS)


def _extremes(bins: pd.DataFrame, title: str, unit: str) -> str:
    best, worst = (bins.iloc[i] for i in (bins["accuracy"].argmax(), bins["accuracy"].argmin()))
    if best["accuracy"] == worst["accuracy"]:
        share = units.percent(best["accuracy"])
        return f"**{components.plain(title)}** is right on {share} of the {unit}s in every slice."
    shares = [
        f"{units.percent(row['accuracy'])} of the {unit}s {_with(row['words'])} ({row['n']:,})"
        for row in (best, worst)
    ]
    return f"**{components.plain(title)}** is right on {shares[0]}, and on {shares[1]}."


def _with(words: str) -> str:
    plain = components.plain(words)
    return plain if words.startswith(("with ", "without ")) else f"with {plain}"


def _within(bins: pd.DataFrame, title: str) -> None:
    st.subheader("Within genres")
    components.chart(drawings.within(bins), f"The same within genres, by {title}.", "within-genres")
    st.caption(
        "What remains when a bin's mix of genres is taken out: its accuracy in each genre minus"
        " that of the whole genre, as a mean over the bin's tracks. A bin of easy genres has a high"
        " accuracy, but nothing here."
    )


def _in_points(bins: pd.DataFrame) -> pd.DataFrame:
    names = ["within", "within_low", "within_high"]
    shown = bins.assign(**units.in_points(bins[names])).drop(columns="slice")
    return shown.drop(columns=names) if bins["within"].isna().all() else shown


COLUMNS: dict[str, Any] = {
    "words": st.column_config.TextColumn("Slice", pinned=True),
    "n": st.column_config.NumberColumn("n", help="Number of test tracks or windows."),
    "artists": "Artists",
    "accuracy": components.share("Accuracy"),
    "low": components.share("from", "Lower end of the 95% interval."),
    "high": components.share("to", "Upper end of the 95% interval."),
    "within": components.points("Within genres, points"),
    "within_low": components.points("points from", "Lower end of its 95% interval."),
    "within_high": components.points("points to", "Upper end of its 95% interval."),
    "rest": components.share("Rest", "Accuracy on the other tracks of the same artists' group."),
    "p": components.number("p", f"%{units.P_VALUE}"),
    "p_corrected": components.number("p, corrected", f"%{units.P_VALUE}"),
}


def _weakest(artifacts: Artifacts, protocol: str, model: str) -> None:
    """Where trees expect mistakes, and whether there are more on artists that they did not see."""
    st.header("Weakest slices")
    if not comparable(artifacts, [model], protocol):
        st.info("The folds of this model are unknown, so its slices are not tested.")
        return
    if state.labelled_predictions(artifacts, model, protocol)["right"].all():
        st.info("This model made no mistake here, so there is no weak slice.")
        return
    found = state.weak_slices(artifacts, model, protocol)
    if found.empty:
        st.info("These tracks are too few, or too much alike, to look for weak slices.")
        return
    st.markdown(_in_words(found))
    components.table(found, alt="Weakest slices", **COLUMNS)
    st.caption(
        f"The artists are divided into {PARTS} groups. For each group, a tree of at most"
        f" {DEPTH} questions, whose leaves hold {MIN_LEAF} tracks or more, learns from the other"
        " groups on which tracks the model is wrong. A row is the leaf with most mistakes,"
        " measured on the group that the tree did not see; leaves with a single artist there are"
        " left out. p: how often chance alone makes the slice this weak, found by flipping each"
        " artist's contribution at random; corrected for the number of trees (Benjamini & Hochberg"
        " 1995)."
    )


def _in_words(found: pd.DataFrame) -> str:
    """All leaves together, and those that are weak beyond chance."""
    every = found.iloc[-1]
    sentence = (
        f"Where mistakes were expected, {units.with_interval(every)} of {every['n']:,} predictions"
        f" are right, elsewhere {units.percent(every['rest'])}."
    )
    weak = found[found["p_corrected"] < 0.05]
    if weak.empty:
        return f"{sentence} No single slice is weaker than the rest beyond chance."
    named = "; ".join(dict.fromkeys(components.plain(words) for words in weak["words"]))
    return f"{sentence} Weaker than the rest beyond chance: **{named}**."


VIEW = View(
    name="slices",
    title="Slices",
    icon=":material/filter_alt:",
    order=12,
    render=render,
    compares=True,
    section="Models",
)

"""How good a taught model becomes with more labels, and whether a shipped one would do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import components, units
from dashboard.figures import learning as drawings
from dashboard.views import View
from pipeline.evaluation import learning_curve

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.artifacts.reader import Artifacts

TIMES = 2
SIZES: dict[str, Any] = {
    "labels": st.column_config.NumberColumn("At most", help="Labels a genre, at most."),
    "labelled": components.number("On average", "%.1f", "Labels a genre, on average."),
    "n": st.column_config.NumberColumn("n", help="Number of test tracks."),
    "accuracy": components.share("Accuracy"),
    "low": components.share("from", "Lower end of the 95% interval."),
    "high": components.share("to", "Upper end of the 95% interval."),
}
SHIPPED: dict[str, Any] = {
    "benchmark": "Benchmark",
    "model": None,
    "title": st.column_config.TextColumn("Shipped model", pinned=True),
    "genres": st.column_config.NumberColumn("Genres", help="Genres that both know."),
    **{name: SIZES[name] for name in ("n", "accuracy", "low", "high")},
    "taught": components.share("Taught", "Accuracy of the taught model on the same tracks."),
    "gain": components.points("Gain, points", "What teaching gives."),
    "gain_low": components.points("points from", "Lower end of its 95% interval."),
    "gain_high": components.points("points to", "Upper end of its 95% interval."),
}


def render(artifacts: Artifacts, protocol: str) -> None:
    """Draw the page, which is about the headline protocol, whichever is chosen."""
    components.header("Learning curve", "Would more labels help, and was teaching worth it?")
    if artifacts.learning_curve is None:
        st.info("Only what was taught has a learning curve: python -m pipeline teach FOLDER")
        return
    facts = artifacts.manifest.protocols[artifacts.headline]
    st.caption(f"**{facts.title}.** {facts.description}")
    _curve(artifacts)
    _shipped(artifacts)


def _curve(artifacts: Artifacts) -> None:
    sizes = learning_curve.curve(artifacts)
    then, gain = learning_curve.expected(artifacts, TIMES)
    st.markdown(_expectation(sizes, then, gain))
    components.chart(
        drawings.curve(sizes, then, TIMES), "Accuracy by the number of labels", "learning-curve"
    )
    components.table(sizes, alt="Accuracy by the number of labels", **SIZES)
    st.caption(
        "For each point the model learnt from so many tracks a genre at most, artist by artist,"
        f" at random. Its errors at the last {learning_curve.FITTED} sizes are continued as a power"
        " of the number of labels. The interval is over artists; whether the power goes on to hold"
        " is not in it."
    )


def _expectation(sizes: pd.DataFrame, then: Any, gain: Any) -> str:
    """What there is, and what twice as much would give."""
    now = sizes.iloc[-1]
    span = f"{units.percent(then.low)} to {units.percent(then.high)}"
    sure = (
        "Its interval lies above zero."
        if gain.low > 0
        else "That may be nothing: zero is in its interval"
        f" ({units.points(gain.low)} to {units.points(gain.high)})."
    )
    return (
        f"With all labels, {now['labelled']:.0f} a genre on average, **{units.with_interval(now)}**"
        f" of the tracks are right. With twice as many labels we expect"
        f" **{units.percent(then.value)}** ({span}), a change of"
        f" {units.points(gain.value)}. {sure}"
    )


def _shipped(artifacts: Artifacts) -> None:
    st.header("Would a shipped model do?")
    found = learning_curve.shipped(artifacts)
    about = learning_curve.caution(artifacts)
    if found.empty:
        none = "No shipped model that hears the same features knows two of these genres."
        st.info(about or none)
        return
    best = found.iloc[0]
    st.markdown(
        f"**{components.plain(best['title'])}** of {components.plain(best['benchmark'])} knows"
        f" {best['genres']} of the {len(artifacts.classes)} genres. Of their {best['n']:,} tracks"
        f" it is right on {units.with_interval(best)}, and what was taught on"
        f" {units.percent(best['taught'])}. {_verdict(best)}"
    )
    gains = ["gain", "gain_low", "gain_high"]
    shown = found.assign(**units.in_points(found[gains]))
    components.table(shown, alt="Shipped models on the same tracks", **SHIPPED)
    st.caption(f"{_who_chooses(found, len(artifacts.classes))} {about}")


def _who_chooses(found: pd.DataFrame, n_genres: int) -> str:
    """Among which genres, if those are not the same ones."""
    if (found["genres"] == n_genres).all():
        return "Shipped models and the taught one choose among the same genres."
    return (
        "Shipped models choose among the genres that both know, the taught one among all of its"
        " genres, which is harder."
    )


def _verdict(row: pd.Series) -> str:
    span = f"{units.points(row['gain_low'])} to {units.points(row['gain_high'])}"
    if row["gain_low"] > 0:
        return f"**Teaching is worth it:** {units.points(row['gain'])} ({span})."
    if row["gain_high"] < 0:
        return f"**The shipped model is better:** {units.points(row['gain'])} ({span})."
    return f"The difference may be due to chance: {units.points(row['gain'])} ({span})."


VIEW = View(
    name="learning",
    title="Learning curve",
    icon=":material/trending_up:",
    order=14,
    render=render,
    section="Models",
    narrows=False,
    applies=lambda artifacts: artifacts.learning_curve is not None,
)

"""Front page: what this is, and which model is best."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import components, state, theme, units
from dashboard.figures import scores
from dashboard.report import report
from dashboard.views import View
from dashboard.views.sections import elsewhere, shipping
from pipeline.evaluation import artists
from pipeline.evaluation.comparison import comparable
from pipeline.evaluation.leaderboard import pareto, references
from pipeline.evaluation.scores import genres_by_one_artist

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.artifacts.reader import Artifacts

LIVE_COST = "clip_seconds"
COSTS = {
    "clip_seconds": "Time per clip",
    "file_megabytes": "File size",
    "fit_seconds": "Training time",
}
AXES = {
    "clip_seconds": ("time for 30 s of music", units.seconds),
    "file_megabytes": ("size of the file", units.megabytes),
    "fit_seconds": ("time to choose parameters and fit", units.seconds),
}


def render(artifacts: Artifacts, protocol: str) -> None:
    """Draw the page."""
    components.header(
        "Genrescope",
        "Models that recognise the genre of music, compared on tracks that they were not trained"
        " on, and ready to try on yours.",
    )
    _figures(artifacts)
    st.header("Which model is best?")
    words = st.skeleton(height=72)  # the chart comes first: differences take longer to test
    board = _priced(artifacts, state.leaderboard(artifacts, protocol))
    colors = theme.model_colors(board["model"], board["model"].iloc[0])
    components.chart(
        scores.leaderboard(board, _lines(artifacts, protocol, board), colors),
        _alt(board),
        f"leaderboard-{protocol}",
        board,
    )
    rest = _without_the_largest(artifacts, protocol, board["model"].iloc[0])
    words.markdown(f"{_in_words(artifacts, protocol, board)}\n\n{rest}")
    st.caption(_explanation(artifacts, protocol))
    components.protocol_note(artifacts, protocol)
    _table(artifacts, board)
    elsewhere.show(artifacts)
    st.header("What does accuracy cost?")
    _price(artifacts, board, colors)
    shipping.show(artifacts, protocol, board)
    st.header("Download a report")
    _report(artifacts)
    st.caption(_provenance(artifacts))


def _figures(artifacts: Artifacts) -> None:
    tracks = artifacts.tracks
    with st.container(horizontal=True):
        st.metric("Tracks", f"{len(tracks):,}")
        st.metric("Genres", len(artifacts.classes))
        st.metric(artists.label(tracks).capitalize(), f"{artists.n_known(tracks):,}")
        st.metric("Models", len(artifacts.models))


def _priced(artifacts: Artifacts, board: pd.DataFrame) -> pd.DataFrame:
    """The leaderboard with the cost of each model."""
    cards = [artifacts.models[name] for name in board["model"]]
    return board.assign(
        clip_seconds=[card.clip_seconds for card in cards],
        fit_seconds=[card.fit_seconds for card in cards],
        file_megabytes=[card.file_bytes / 1e6 for card in cards],
        peak_megabytes=[card.peak_bytes / 1e6 for card in cards],
    )


def _in_words(artifacts: Artifacts, protocol: str, board: pd.DataFrame) -> str:
    """The leader, and the models that are not significantly different from it."""
    leader = board.iloc[0]
    sentence = (
        f"**{components.plain(leader['title'])}** leads with an accuracy of"
        f" {units.with_interval(leader)}{_extremes(leader)}."
    )
    if not comparable(artifacts, [leader["model"]], protocol):
        return f"{sentence} Its folds are unknown, so differences from it are not tested."
    pairs = state.compare(artifacts, tuple(state.tested_models(artifacts, protocol)), protocol)
    close = pairs[(pairs["model_a"] == leader["model"]) & ~pairs["significant"]]
    if pairs.empty:
        return sentence
    if close.empty:
        known = pairs["model_b"].nunique() == len(board) - 1
        others = "every other model" if known else "every other model whose folds are known"
        return f"{sentence} It is significantly better than {others}."
    named = [
        f"{components.plain(artifacts.models[name].title)} ({units.p_value(p)})"
        for name, p in zip(close["model_b"], close["p_adjusted"], strict=True)
    ]
    return f"{sentence} It is not significantly different from {units.listed(named)}."


def _without_the_largest(artifacts: Artifacts, protocol: str, model: str) -> str:
    """The leader's accuracy on the tracks of all other genres: a large easy genre lifts scores."""
    table = state.labelled_predictions(artifacts, model, protocol)
    shares = table["genre"].value_counts(normalize=True)
    rest = table[table["genre"] != shares.index[0]]
    if shares.nunique() < 2:  # one genre, or all are as large
        return ""
    return (
        f"Without {components.plain(shares.index[0])}, {units.among_largest(shares)}"
        f" ({units.percent(shares.iloc[0])} of the tests), its accuracy is"
        f" {units.percent(rest['right'].mean())}."
    )


def _different_tracks(board: pd.DataFrame) -> str:
    """Whether models were tested on different tracks."""
    numbers = sorted(board["n"].unique())
    if len(numbers) < 2:
        return ""
    listed = units.listed([f"{n:,}" for n in numbers])
    return (
        f" Models were tested on different tracks ({listed} of them, column n of all scores), since"
        " not every feature set has all; p compares them on the tracks that all have."
    )


def _alt(board: pd.DataFrame) -> str:
    """What the chart shows, from the best to the worst."""
    rows = [f"{row['title']} {units.with_interval(row)}" for _, row in board.iterrows()]
    return (
        f"Accuracy of {units.counted(len(board), 'model')} with 95% intervals. {'; '.join(rows)}."
    )


def _extremes(row: pd.Series) -> str:
    """The genres that a model recognises best and worst; nothing if there is one only."""
    best, worst = (components.plain(row[name]) for name in ("best_genre", "worst_genre"))
    return "" if best == worst else f"; it recognises {best} best and {worst} worst"


def _lines(artifacts: Artifacts, protocol: str, board: pd.DataFrame) -> dict[str, float]:
    """Accuracies to compare with."""
    first = state.labelled_predictions(artifacts, board["model"].iloc[0], protocol)
    return references(artifacts, first, protocol)


def _explanation(artifacts: Artifacts, protocol: str) -> str:
    text = (
        "Dots: accuracy. Whiskers: 95% interval over artists. p: sign-flip test over artists on the"
        " same tracks, corrected for the number of pairs (Westfall & Young 1993). Dotted line:"
        " always the commonest genre."
    )
    if any(result["protocol"] == protocol for result in artifacts.manifest.published):
        text += " Other lines: published results on all test tracks of the split."
    model = state.tested_models(artifacts, protocol)[0]
    lone = genres_by_one_artist(state.labelled_predictions(artifacts, model, protocol))
    text += _different_tracks(state.leaderboard(artifacts, protocol))
    text += units.not_verified(set(state.tested_models(artifacts, protocol)) & artifacts.unverified)
    return f"{text} {components.plain(units.why_no_means(lone))}".rstrip()


def _table(artifacts: Artifacts, board: pd.DataFrame) -> None:
    every = st.toggle("All scores", key="overview.all", bind="query-params")
    names = [*COLUMNS] if every else [name for name in COLUMNS if name in FIRST]
    names = [name for name in names if artifacts.manifest.live or name != LIVE_COST]
    components.table(board[names], alt="Scores of all models", **{n: COLUMNS[n] for n in names})


COLUMNS: dict[str, Any] = {
    "title": st.column_config.TextColumn("Model", pinned=True),
    "accuracy": components.share("Accuracy", "Share of predictions that are right."),
    "low": components.share("from", "Lower end of the 95% interval."),
    "high": components.share("to", "Upper end of the 95% interval."),
    "macro_f1": components.share("Macro-F1", "Mean F1 of the genres, which have equal weight."),
    "macro_f1_low": components.share("F1 from", "Lower end of its 95% interval."),
    "macro_f1_high": components.share("F1 to", "Upper end of its 95% interval."),
    "balanced_accuracy": components.share(
        "Balanced", "Balanced accuracy: mean recall of the genres."
    ),
    "top2": components.share("Top 2", "The true genre is among the two likeliest."),
    "top3": components.share("Top 3", "The true genre is among the three likeliest."),
    "log_loss": components.number(
        "Log loss", f"%{units.NUMBER}", "Mean of -ln of the true genre's probability."
    ),
    "brier": components.number(
        "Brier", f"%{units.NUMBER}", "Squared distance of the probabilities from the truth."
    ),
    "ece": components.number(
        "ECE", f"%{units.NUMBER}", "Mean distance between confidence and accuracy."
    ),
    "ece_calibrated": components.number(
        "ECE, calibrated", f"%{units.NUMBER}", "The same after calibration, as on other pages."
    ),
    "clip_seconds": components.number(
        "s per clip", "%.1f", "For 30 s of decoded music. Less than 0.1 s apart is noise."
    ),
    "file_megabytes": components.number("MB", "%.2f", "Size of the model's file."),
    "fit_seconds": components.number("s to train", "%.1f"),
    "peak_megabytes": components.number("MB in use", "%.0f", "Peak memory of a prediction."),
    "best_genre": st.column_config.TextColumn("Best genre", help="Highest F1."),
    "worst_genre": st.column_config.TextColumn("Worst genre", help="Lowest F1."),
    "library": "Library",
    "features": "Features",
    "n": st.column_config.NumberColumn("n", help="Number of test tracks or windows."),
}
FIRST = {
    "title", "accuracy", "low", "high", "macro_f1", "ece_calibrated", "clip_seconds",
    "file_megabytes",
}  # fmt: skip


def _price(artifacts: Artifacts, board: pd.DataFrame, colors: dict[str, str]) -> None:
    # Where models know tables only, there is no music whose time could be taken.
    costs = {n: words for n, words in COSTS.items() if artifacts.manifest.live or n != LIVE_COST}
    cost = components.segments("Cost", costs, "overview.cost")
    real = board[board[cost] > 0]
    if real.empty:
        st.info("This cost of the models was not measured.")
        return
    front, (label, written) = pareto(real, cost), AXES[cost]
    components.chart(
        scores.price(real, cost, label, front, colors, written),
        f"Accuracy against {COSTS[cost].lower()}. No other model is both better and cheaper than"
        f" these: {_steps(real[front].sort_values(cost), cost)}.",
        f"accuracy-by-{cost}",
        real[["title", "accuracy", cost]].assign(pareto=front),
    )
    titles = real[front].sort_values(cost)["title"]
    best = [f"{number} {title}" for number, title in enumerate(titles, 1)]
    st.caption(
        f"Filled marks: no other model is both better and cheaper"
        f" ({components.plain(', '.join(best))}). {_how_measured(artifacts, cost)}"
    )


def _how_measured(artifacts: Artifacts, cost: str) -> str:
    """Where costs come from; time and memory of what was taught were not measured."""
    if cost == LIVE_COST and artifacts.learning_curve is not None:
        return units.COSTS_AS_SHIPPED
    return (
        "Measured in one process on one core, in a benchmark of"
        f" {units.counted(len(artifacts.tracks), 'track')}."
    )


def _steps(best: pd.DataFrame, cost: str) -> str:
    """Models from cheap to dear, with cost and accuracy."""
    written = AXES[cost][1]
    return "; ".join(
        f"{row['title']}, {written(row[cost])}, {units.percent(row['accuracy'])}"
        for _, row in best.iterrows()
    )


def _report(artifacts: Artifacts) -> None:
    st.download_button(
        "Report of this benchmark (HTML)",
        lambda: report(artifacts),
        file_name=f"genrescope-{artifacts.manifest.benchmark}.html",
        mime="text/html",
        on_click="ignore",
        icon=":material/description:",
        help="One interactive file that opens offline. It is made when you click: the button turns"
        " until it is ready, which takes a few seconds.",
    )


def _provenance(artifacts: Artifacts) -> str:
    manifest = artifacts.manifest
    commit = f", commit {manifest.commit[:10]}" if manifest.commit else ""
    return f"{manifest.title}. {manifest.citation} Built {manifest.created[:10]}{commit}."


VIEW = View(
    name="overview",
    title="Overview",
    icon=":material/leaderboard:",
    order=0,
    render=render,
    compares=True,
)

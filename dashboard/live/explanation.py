"""Why a model gives its verdict, what other models say, further tags, and similar tracks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard import components
from dashboard.figures import matrices, sound
from dashboard.live import session
from dashboard.live.analyses import analysed, analysed_by_all, beside, known
from dashboard.live.parts import computing, folded, guarded, part
from dashboard.units import percent
from pipeline.artifacts.manifest import ALL_GENRES
from pipeline.extraction.analysis import passage
from pipeline.inference import explanation, neighbours
from pipeline.inference.predict import verdict as verdict_of
from pipeline.untrusted import decoding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.live.recording import Recording
    from pipeline.artifacts.reader import Artifacts
    from pipeline.evaluation.decision import Decision
    from pipeline.features import Array
    from pipeline.inference.predict import Analysis, Verdict
    from pipeline.progress import Progress

TOP = 10
TAGS = 6
MIN_TAG_PROBABILITY = 0.1  # a tag that is less likely is not worth a word
MIN_MEL_COLUMNS = 40  # fewer are coefficients, none of which is a band
TAGGER = "mtt_vgg"  # the pretrained network whose tags are instruments, voices and tempo


@part
def all_models(recording: Recording, artifacts: Artifacts) -> None:
    """The verdict of every model and how long each takes."""
    with folded("All models at once", "models", ":material/groups:") as opened:
        if opened.open:
            _verdicts(_of_all_models(recording, artifacts), artifacts)


def _of_all_models(recording: Recording, artifacts: Artifacts) -> Analysis:
    if found := known(recording, artifacts):
        return found
    with computing("Running the other models") as progress:
        return analysed_by_all(recording, artifacts, progress)


def _verdicts(found: Analysis, artifacts: Artifacts) -> None:
    verdicts = [verdict_of(found, name, artifacts) for name in artifacts.answering]
    table = pd.DataFrame([_row(v, artifacts, found) for v in verdicts])
    predicted = table.loc[~table["model"].isin(artifacts.baselines), "genre"]
    counts = [
        f"**{components.plain(str(genre))}** {n}" for genre, n in predicted.value_counts().items()
    ]
    whose = "verdict of 1 model" if len(predicted) == 1 else f"verdicts of {len(predicted)} models"
    st.markdown(f"The {whose}, without the baselines: {', '.join(counts)}.")
    components.table(
        table.sort_values("confidence", ascending=False).drop(columns="model"),
        alt="Verdict of each model",
        title="Model",
        library="Library",
        genre="Predicted",
        confidence=components.share("Confidence"),
        second="Second guess",
        seconds=components.number("Time", "%.2f s", "Features and prediction, for this recording"),
    )


def _row(verdict: Verdict, artifacts: Artifacts, analysis: Analysis) -> dict[str, object]:
    card = artifacts.model(verdict.model)
    return {
        "model": verdict.model,
        "title": card.title,
        "library": card.library,
        "genre": verdict.genre,
        "confidence": verdict.confidence,
        "second": verdict.second[0],
        "seconds": analysis.run_seconds[verdict.model],
    }


@guarded
def second_opinion(
    recording: Recording,
    artifacts: Artifacts,
    analysis: Analysis,
    verdict: Verdict,
    decision: Decision,
) -> None:
    """What the best other model says, or how far all agree if they were asked."""
    if not (others := beside(artifacts, verdict.model)):
        return
    doubted = decision.kind == "none_of_these"
    if len(others) > 1 and (found := known(recording, artifacts)):
        st.markdown(_agreement(artifacts, verdict, found, others, doubted))
        return
    artifacts.served(others[0])  # says what is wrong with it
    st.markdown(_second(artifacts, verdict, verdict_of(analysis, others[0], artifacts), doubted))


def _second(artifacts: Artifacts, first: Verdict, second: Verdict, doubted: bool) -> str:
    """What another model says; where no genre may fit, which is nearest, and not that it agrees."""
    title, genre = map(components.plain, (artifacts.titles[second.model], second.genre))
    share = percent(second.confidence)
    if doubted:
        also = " too" if second.genre == first.genre else ""
        return f"The nearest for {title} is {genre}{also}, {share}."
    if second.genre == first.genre:
        return f"{title} agrees: {genre}, {share}."
    return f"**{title} disagrees:** it says {genre}, {share}."


def _agreement(
    artifacts: Artifacts, verdict: Verdict, analysis: Analysis, names: Sequence[str], doubted: bool
) -> str:
    """How many of other models give the same genre."""
    given = pd.Series([verdict_of(analysis, name, artifacts).genre for name in names], dtype=str)
    agree = int((given == verdict.genre).sum())
    differ = given[given != verdict.genre].value_counts()
    genre = components.plain(verdict.genre)
    if differ.empty and doubted:
        return f"The nearest for all {len(given)} other models is {genre} too."
    if differ.empty:
        return f"All {len(given)} other models agree."
    most = components.plain(str(differ.index[0]))
    return (
        f"**Models disagree:** {agree} of the {len(given)} others say {genre};"
        f" most of the rest say {most} ({differ.iloc[0]})."
    )


@part
def also_hears(recording: Recording, artifacts: Artifacts) -> None:
    """Instruments, voices and moods: the likeliest tags of a pretrained network."""
    with folded("Instruments, voices and tempo", "tags", ":material/piano:") as opened:
        if not opened.open:
            return
        heard = _tags(recording, artifacts)
        likely = heard[heard > MIN_TAG_PROBABILITY].nlargest(TAGS)
        words = ", ".join(f"{name} ({percent(value)})" for name, value in likely.items())
        st.markdown(f"**Also hears:** {words or 'nothing that it is sure of'}.")
        st.caption("Tags of a network trained on MagnaTagATune; not calibrated.")


def _tags(recording: Recording, artifacts: Artifacts) -> pd.Series:
    turn = computing("Listening for instruments")
    return analysed(recording, [], artifacts, turn, [TAGGER]).tags[TAGGER]


@part
def why(recording: Recording, artifacts: Artifacts, analysis: Analysis, verdict: Verdict) -> None:
    """What speaks for the verdict, and what against it."""
    with folded("Why", "why", ":material/help:") as opened:
        if not opened.open:
            return
        features = artifacts.model(verdict.model).features
        distributions = artifacts.summary(features, "distributions")
        if distributions is not None:
            _features(recording, artifacts, analysis.features[features], verdict, distributions)
        elif features not in analysis.features:  # a sequence, which is not kept
            _parts(recording, artifacts, verdict)
        else:
            st.info("What its features mean was not stored. Build the benchmark again.")


def _features(
    recording: Recording,
    artifacts: Artifacts,
    X: Array,
    verdict: Verdict,
    distributions: pd.DataFrame,
) -> None:
    """For models of statistics: contributions of features, and their percentiles by genre."""
    features, genre = artifacts.model(verdict.model).features, components.plain(verdict.genre)
    columns = artifacts.manifest.features[features]["columns"]

    def contributions() -> pd.Series:
        typical = explanation.medians(distributions)
        index = artifacts.classes.index(verdict.genre)
        return explanation.contributions(
            artifacts.classifier(verdict.model), X, columns, typical, index
        )

    key = session.result_key(recording, artifacts, verdict.model)
    lost = session.current().contributions.once(key, contributions)
    top = lost.loc[lost.abs().nlargest(TOP).index].sort_values(ascending=False)
    raw = percent(verdict.raw[verdict.genre])
    st.markdown(
        f"How many points of the {raw} for {genre} (before calibration) would be lost if a feature"
        " had its median value. Correlated features hide each other."
    )
    meanings = [artifacts.meaning(features, name) for name in top.index]
    components.chart(
        sound.contributions(top, meanings),
        f"Features that speak for and against {verdict.genre}.",
        "contributions",
        lost.rename_axis("feature").reset_index(name="contribution"),
    )
    placed = explanation.percentiles(pd.Series(X.mean(axis=0), index=columns), distributions)
    st.markdown(
        "The same features as percentiles: the share of each genre's tracks with a lower value."
    )
    ranks = placed[placed["genre"] != ALL_GENRES].pivot(
        index="feature", columns="genre", values="percentile"
    )
    components.chart(
        matrices.table(ranks.loc[top.index, artifacts.classes], "percentile"),
        "Percentile of each feature among the tracks of each genre.",
        "percentiles",
        placed,
    )


def _parts(recording: Recording, artifacts: Artifacts, verdict: Verdict) -> None:
    """For networks: which parts of the strongest passage their verdict depends on."""
    card, genre = artifacts.model(verdict.model), components.plain(verdict.genre)
    best = verdict.windows.iloc[int(verdict.windows[verdict.genre].argmax())]
    seconds = artifacts.window_seconds(card.features)

    def covered() -> tuple[Array, Array]:
        with computing("Hiding parts of the passage") as progress:
            return _occluded(recording, artifacts, verdict, best["start"], progress)

    key = session.result_key(recording, artifacts, verdict.model)
    window, lost = session.current().occlusions.once(key, covered)
    st.markdown(
        f"The passage that sounds most like {genre}, as the network sees it. Blue parts speak for"
        f" {genre}: without them, its probability would be lower by the points that the colour"
        " shows. Red parts speak against it."
    )
    components.chart(
        sound.seen(window, lost, best["start"], seconds),
        f"Spectrogram of the passage, coloured by what its parts add to {verdict.genre}.",
        "occlusion",
        pd.DataFrame(lost).rename_axis("band").reset_index().melt("band", var_name="time"),
    )


def _occluded(
    recording: Recording, artifacts: Artifacts, verdict: Verdict, start: float, progress: Progress
) -> tuple[Array, Array]:
    """The window that begins then, and what is lost without each of its parts."""
    features = artifacts.model(verdict.model).features
    seconds = artifacts.window_seconds(features)
    window = passage(recording.data, start, features, seconds, decoding.blocks)
    bands = explanation.BAND_PARTS if window.shape[2] >= MIN_MEL_COLUMNS else 1
    classifier, genre = artifacts.classifier(verdict.model), artifacts.classes.index(verdict.genre)
    return window[0], explanation.occlusion(classifier, window, genre, bands, progress)


@part
def sounds_like(artifacts: Artifacts, analysis: Analysis, model: str) -> None:
    """The tracks of the benchmark that are nearest in the model's space."""
    with folded("Sounds like", "near", ":material/near_me:") as opened:
        if opened.open:
            _nearest(artifacts, analysis, model)


def _nearest(artifacts: Artifacts, analysis: Analysis, model: str) -> None:
    table = neighbours.nearest_tracks(artifacts, model, analysis.embeddings[model])
    if table.empty:
        st.info(
            "This model was trained on features that others published, so single tracks are unknown"
            " here. Choose another model or benchmark."
        )
        return
    key = session.widget("near", model)
    row = components.table(
        table.drop(columns="near_duplicate"),
        key,
        f"The {len(table)} nearest tracks",
        **components.TRACK_COLUMNS,
        distance=components.number("Distance", "%.2f", "0: the same; 1: two tracks on average"),
    )
    if row is not None:
        components.play(artifacts, table["track_id"].iloc[row], key)

"""Why a model says what it says of a recording, what else it hears, and what sounds alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard import components
from dashboard.figures import matrices, sound
from dashboard.live import hearing
from pipeline import guarded, predict, reasons, space
from pipeline.predict import verdict as verdict_of
from pipeline.registry import lookup
from pipeline.summary import EVERY

if TYPE_CHECKING:
    import numpy as np

    from dashboard.live.sources import Recording
    from pipeline.artifacts import Artifacts
    from pipeline.predict import Heard, Verdict

TOP = 10
TAGS = 6
LIKELY = 0.1  # a tag that is less likely is not worth a word
TAGGER = "vgg"  # the feature set whose columns are tags, where a model hears it
MEL = 40  # columns: fewer are coefficients, none of which is a band
NETWORK = "mtt_vgg"  # of its two networks the one whose tags are instruments, voices and tempo


def everyone(recording: Recording, artifacts: Artifacts) -> Heard:
    """What every model says, how far they agree, and how long each takes."""
    st.subheader("All models at once")
    with st.spinner("Asking the others …"):
        found = hearing.heard(recording, artifacts.models, artifacts)
    verdicts = [verdict_of(found, name, artifacts) for name in artifacts.models]
    table = pd.DataFrame([_row(v, artifacts, found) for v in verdicts])
    said = table.loc[~table["model"].isin(artifacts.floors), "genre"]
    counts = [f"**{components.plain(str(genre))}** {n}" for genre, n in said.value_counts().items()]
    st.markdown(
        f"What {len(said)} models say, not counting those that look at nothing:"
        f" {', '.join(counts)}."
    )
    components.table(
        table.sort_values("confidence", ascending=False).drop(columns="model"),
        alt="Answer of each model",
        title="Model",
        family="Library",
        genre="Says",
        confidence=components.share("Confidence"),
        second="Else",
        seconds=components.number("Time", "%.2f s", "Features and answer, on this clip"),
    )
    return found


def _row(verdict: Verdict, artifacts: Artifacts, heard: Heard) -> dict[str, object]:
    card = artifacts.model(verdict.model)
    return {
        "model": verdict.model,
        "title": card.title,
        "family": card.family,
        "genre": verdict.genre,
        "confidence": verdict.confidence,
        "second": verdict.second[0],
        "seconds": heard.took[verdict.model],
    }


def also_hears(artifacts: Artifacts, heard: Heard) -> None:
    """Instruments, voices and moods, where a model hears with networks that know such tags."""
    tagging = [name for name, card in artifacts.models.items() if card.learnt_from == TAGGER]
    if not tagging:
        return
    names = lookup("pipeline.features", "FEATURES", TAGGER).names
    values = pd.Series(heard.places[tagging[0]], index=names)
    tags = values[[name for name in names if name.startswith(f"{NETWORK}.")]]
    tags = tags[~tags.index.str.contains(r"\.\d+$")]
    likely = tags[tags > LIKELY].nlargest(TAGS)
    if not likely.empty:
        tags = likely.rename(index=lambda name: name.split(".")[1])
        words = ", ".join(f"{name} ({value:.0%})" for name, value in tags.items())
        st.markdown(f"**Also hears:** {words}.")
        st.caption("Tags of a network that learnt from MagnaTagATune; they were not calibrated.")


def reasons_for(recording: Recording, artifacts: Artifacts, heard: Heard, verdict: Verdict) -> None:
    """What spoke for the verdict, and what against it."""
    st.subheader("Why")
    card = artifacts.model(verdict.model)
    distributions = artifacts.summary(card.features, "distributions")
    if distributions is not None:
        _features(recording, artifacts, heard, verdict, distributions)
    elif card.family == "Keras":
        _parts(recording, artifacts, verdict)
    else:
        st.info("What its features mean was not stored. Build the benchmark again.")


def _features(
    recording: Recording,
    artifacts: Artifacts,
    heard: Heard,
    verdict: Verdict,
    distributions: pd.DataFrame,
) -> None:
    """For models of statistics: their contributions, and where they lie among the genres."""
    features, genre = artifacts.model(verdict.model).features, components.plain(verdict.genre)
    columns = artifacts.manifest.features[features]["columns"]
    X = heard.features[features]

    def contributions() -> pd.Series:
        typical = reasons.medians(distributions)
        index = artifacts.classes.index(verdict.genre)
        return reasons.contributions(
            artifacts.classifier(verdict.model), X, columns, typical, index
        )

    lost = hearing.once("lost", hearing.key(recording, artifacts, verdict.model), contributions)
    top = lost.loc[lost.abs().nlargest(TOP).index].sort_values(ascending=False)
    st.markdown(
        f"How much of the {verdict.raw[verdict.genre]:.0%} for {genre} (before calibration) would"
        " be lost if a feature were as in a typical track. Features that say the same hide each"
        " other."
    )
    meanings = [artifacts.meaning(features, name) for name in top.index]
    components.chart(
        sound.contributions(top, meanings),
        f"Features that spoke for and against {verdict.genre}.",
        "contributions",
        lost.rename_axis("feature").reset_index(name="contribution"),
    )
    placed = reasons.percentiles(pd.Series(X.mean(axis=0), index=columns), distributions)
    _outside(placed)
    st.markdown("The same features among the tracks of each genre: how many tracks have less.")
    ranks = placed[placed["genre"] != EVERY].pivot(
        index="feature", columns="genre", values="percentile"
    )
    components.chart(
        matrices.table(ranks.loc[top.index, artifacts.classes], "have less"),
        "Percentile of each feature among the tracks of each genre.",
        "percentiles",
        placed,
    )


def _outside(placed: pd.DataFrame) -> None:
    names = placed.loc[placed["outside"] & (placed["genre"] == EVERY), "feature"]
    if not names.empty:
        st.warning(
            "Beyond anything in the benchmark's tracks: "
            + ", ".join(components.plain(name) for name in names)
            + ". What a model makes of that is a guess.",
            icon=":material/straighten:",
        )


def _parts(recording: Recording, artifacts: Artifacts, verdict: Verdict) -> None:
    """For networks: which parts of the strongest passage they could not do without."""
    card, genre = artifacts.model(verdict.model), components.plain(verdict.genre)
    best = verdict.windows.iloc[int(verdict.windows[verdict.genre].argmax())]
    seconds = artifacts.manifest.features[card.features]["window_seconds"]

    def covered() -> tuple[np.ndarray, np.ndarray]:
        window = predict.passage(
            recording.data, best["start"], card.features, seconds, guarded.blocks
        )
        bands = reasons.BANDS if window.shape[2] > MEL else 1
        index = artifacts.classes.index(verdict.genre)
        return window[0], reasons.occlusion(
            artifacts.classifier(verdict.model), window, index, bands
        )

    with st.spinner("Covering parts of it …"):
        key = hearing.key(recording, artifacts, verdict.model)
        window, lost = hearing.once("covered", key, covered)
    st.markdown(
        f"The passage that sounds most like {genre}, as the network sees it. Blue parts spoke for"
        f" {genre}: covered, they cost as much of its probability as their colour says. Red ones"
        " spoke against it."
    )
    components.chart(
        sound.seen(window, lost, best["start"], seconds),
        f"Spectrogram of the passage, coloured by what its parts add to {verdict.genre}.",
        "occlusion",
        pd.DataFrame(lost).rename_axis("band").reset_index().melt("band", var_name="time"),
    )


def sounds_like(artifacts: Artifacts, heard: Heard, model: str) -> None:
    """The tracks of the benchmark that stand closest, as the model hears them."""
    st.subheader("Sounds like")
    table = space.nearest(artifacts, model, heard.places[model])
    if table.empty:
        st.info(
            "This model learnt from features that others published, so nothing is known here about"
            " single tracks. Choose another model or benchmark."
        )
        return
    if table["twin"].any():
        twin = table.iloc[0]
        st.warning(
            f"This seems to be {components.plain(twin['track_id'])} itself, which the model learnt"
            " from: what it says of it proves nothing.",
            icon=":material/school:",
        )
    row = components.table(
        table.drop(columns="twin"),
        f"demo.near.{model}",
        f"The {len(table)} closest tracks",
        **components.TRACK_COLUMNS,
        distance=components.number("Distance", "%.2f", "0: the same; 1: two tracks on average"),
    )
    if row is not None:
        components.play(artifacts, table["track_id"].iloc[row])

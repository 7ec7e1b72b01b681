"""One genre at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import components, state
from dashboard.feature_names import labels
from dashboard.figures import features as drawings
from dashboard.units import counted, in_points, percent
from dashboard.views import View
from pipeline.artifacts.manifest import ALL_GENRES
from pipeline.evaluation.label_errors import Audit, audit

if TYPE_CHECKING:
    from pipeline.artifacts.reader import Artifacts

N_HARDEST = 20
N_SUSPECTS = 20
N_FEATURES = 12


def render(artifacts: Artifacts, protocol: str) -> None:
    """Draw the page."""
    components.header("Genres", "How well is a genre recognised, and what is it mistaken for?")
    components.protocol_note(artifacts, protocol)
    names = {genre: genre for genre in artifacts.classes}
    genre = components.choose("Genre", names, "genres.genre")
    models = state.contenders(artifacts, protocol)
    _scores(artifacts, protocol, genre, models)
    # What models have in common is said of those of which it is known that they were tested well.
    models = [name for name in models if name not in artifacts.unverified]
    tables = {model: state.labelled_predictions(artifacts, model, protocol) for model in models}
    _mistakes(artifacts, protocol, tables, genre)
    _hardest(artifacts, protocol, genre, tables)
    _suspects(artifacts, protocol, genre, models)
    _profile(artifacts, genre)


def _scores(artifacts: Artifacts, protocol: str, genre: str, models: list[str]) -> None:
    rows = [
        {"title": artifacts.models[model].title}
        | state.per_genre(artifacts, model, protocol).loc[genre].to_dict()
        for model in models
    ]
    table = pd.DataFrame(rows).sort_values(["f1", "recall"], ascending=False)
    n, unit = int(table["support"].max()), artifacts.manifest.protocols[protocol].unit
    if not n:
        st.info(f"There is no {components.plain(genre)} {unit} to test under this protocol.")
        return
    best, name = table.iloc[0], components.plain(genre)
    precise = f", and {percent(best['precision'])} of its {name} predictions are right"
    st.markdown(
        f"**{components.plain(best['title'])}** recognises {name} best: it finds"
        f" {percent(best['recall'])} of the {n} test {unit}s"
        f"{precise if pd.notna(best['precision']) else ''}."
    )
    components.table(
        table.drop(columns="support"),
        alt=f"Scores of each model on {genre}",
        title=st.column_config.TextColumn("Model", pinned=True),
        precision=components.share(
            "Precision", f"Of the {unit}s predicted as {genre}, the share that truly is."
        ),
        recall=components.share("Recall", f"Of the {genre} {unit}s, the share that is recognised."),
        f1=components.share("F1", "Harmonic mean of precision and recall."),
        wrong=components.share(
            "Error rate", f"Of the {genre} {unit}s, the share that is misclassified."
        ),
    )


def _mistakes(
    artifacts: Artifacts, protocol: str, tables: dict[str, pd.DataFrame], genre: str
) -> None:
    """What one model mistakes the genre for, and what it mistakes for the genre."""
    st.header("Mistakes of one model")
    model = components.model_picker(artifacts, list(tables), "genres.model")
    predictions, unit = tables[model], artifacts.manifest.protocols[protocol].unit
    wrong = predictions[~predictions["right"]]
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Mistaken for")
        n = int((predictions["genre"] == genre).sum())
        _ranked(wrong[wrong["genre"] == genre], "predicted", n, f"test {unit}s of {genre}", unit)
    with right:
        st.subheader("Mistaken for it")
        n = int((predictions["predicted"] == genre).sum())
        _ranked(
            wrong[wrong["predicted"] == genre], "genre", n, f"{unit}s predicted as {genre}", unit
        )


def _ranked(rows: pd.DataFrame, column: str, of: int, what: str, unit: str) -> None:
    if rows.empty:
        st.success("Nothing.")
        return
    counts = rows[column].value_counts()
    table = pd.DataFrame({"genre": counts.index, "tracks": counts.to_numpy()})
    first = table.iloc[0]
    name, kind = components.plain(first["genre"]), components.plain(what)
    st.caption(f"{name}: {first['tracks']} of {of} {kind}.")
    components.table(
        table.assign(share=table["tracks"] / of),
        alt=f"Genres by how often they are confused; first {first['genre']},"
        f" {first['tracks']} of {of} {what}",
        genre="Genre",
        tracks=f"{unit.capitalize()}s",
        share=components.share("Share", f"Of the {of} {what}."),
    )


def _hardest(
    artifacts: Artifacts, protocol: str, genre: str, tables: dict[str, pd.DataFrame]
) -> None:
    """Tracks of the genre that the fewest models get right."""
    st.header("Hardest tracks")
    every = pd.concat([table[table["genre"] == genre] for table in tables.values()])
    keys = ["track_id", "window", "artist", "title"]
    right = (
        every.groupby(keys, as_index=False, dropna=False)["right"]
        .agg(["sum", "size"])
        .reset_index()
    )
    hard = right.sort_values(["sum", "track_id"]).head(N_HARDEST)
    named = f"{len(hard)} {components.plain(genre)} {artifacts.manifest.protocols[protocol].unit}s"
    st.caption(
        f"The {named} that fewest models get right."
        if len(tables) > 1
        else f"{named}, those that the model got wrong first."
    )
    hard = hard.assign(
        models=[f"{s} of {n}" for s, n in zip(hard["sum"], hard["size"], strict=True)]
    )
    components.tracks(artifacts, protocol, hard[[*keys, "models"]], [*tables][:2], "genres.hardest")


def _suspects(artifacts: Artifacts, protocol: str, genre: str, models: list[str]) -> None:
    """Tracks whose label may be wrong: of the genre, or labelled as another."""
    st.header("Is the label wrong?")
    tables = {model: state.labelled_predictions(artifacts, model, protocol) for model in models}
    # Models with other features may have been tested on fewer tracks: compare those with most.
    most = max(map(len, tables.values()))
    tables = {model: table for model, table in tables.items() if len(table) == most}
    suspects = state.suspected_labels(artifacts, tuple(tables), protocol)
    here = suspects[(suspects["genre"] == genre) | (suspects["instead"] == genre)]
    name = components.plain(genre)
    st.caption(
        f"Tracks labelled {name} that sound like another genre, and others that sound like {name}:"
        f" by the mean probability of {counted(len(tables), 'model')} not trained on them, they"
        " are confidently of another genre (confident learning; Northcutt, Jiang & Chuang 2021)."
        f" The {min(len(here), N_SUSPECTS)} most suspect of {len(here)}."
    )
    fault = artifacts.tracks.set_index("track_id")["fault"]
    known = audit(suspects, next(iter(tables.values()))["track_id"], fault)
    if known.faulty and known.suspected:
        st.markdown(_known_faults(known))
    shown = here.head(N_SUSPECTS)
    shown = shown.assign(
        margin=in_points(shown["margin"]), models=[f"{n} of {len(tables)}" for n in shown["models"]]
    )
    components.tracks(artifacts, protocol, shown, [], "genres.suspects")


def _known_faults(known: Audit) -> str:
    """How many suspected labels an audit found faulty as well."""
    return (
        f"In all genres, the labels of {known.suspected} of {known.tracks:,} tracks are suspected."
        f" An audit found a fault in {known.faulty} tracks. It shares {known.both} with this list:"
        f" precision {percent(known.both / known.suspected)}, recall"
        f" {percent(known.both / known.faulty)}; a list drawn at random would have a precision of"
        f" {percent(known.faulty / known.tracks)}. Repetitions and distortions count as faults too,"
        " though their labels may be right, and an audit may not name every wrong label."
    )


def _profile(artifacts: Artifacts, genre: str) -> None:
    """Features in which the genre differs most from all tracks."""
    if not artifacts.summarised("distributions"):
        return
    st.header("What sets it apart")
    features = str(components.set_picker(artifacts, "distributions", "genres.features"))
    values = _deviations(artifacts, features, genre)
    top = values.reindex(values.abs().sort_values(ascending=False).index).head(N_FEATURES)
    components.chart(
        drawings.profile(top, "standard deviations from the mean of all tracks"),
        f"The {len(top)} features in which {genre} differs most; first {top.index[0]},"
        f" {top.iloc[0]:+.1f} standard deviations.",
        f"profile-{genre}",
        top.rename("deviations").rename_axis("feature").reset_index(),
    )


def _deviations(artifacts: Artifacts, features: str, genre: str) -> pd.Series:
    table: Any = artifacts.summary(features, "distributions")
    every, own = (
        table[table["genre"] == name].set_index("feature") for name in (ALL_GENRES, genre)
    )
    deviations = (own["mean"] - every["mean"]) / every["std"].replace(0, np.nan)
    return deviations.dropna().rename(labels(artifacts, features))


VIEW = View(
    name="genres",
    title="Genres",
    icon=":material/category:",
    order=8,
    render=render,
    compares=True,
    section="Music",
)

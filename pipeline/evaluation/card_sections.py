"""The sections of a model card: each a function from a model's artifacts to Markdown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pipeline.evaluation import open_set
from pipeline.evaluation.calibration import calibrated_predictions
from pipeline.evaluation.card_parts import Subject, between, exact, rows, share
from pipeline.evaluation.decision import ACCEPTED, answers
from pipeline.evaluation.elsewhere import by_label, second_protocol
from pipeline.evaluation.leaderboard import accuracy_distorted, majority_share, ranked
from pipeline.evaluation.leak import heard_before, through_networks, within_genres
from pipeline.evaluation.scores import (
    accuracy,
    ece,
    genres_by_one_artist,
    interval,
    per_genre,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def what(of: Subject) -> str:
    """What it is, and what goes in."""
    manifest, card = of.artifacts.manifest, of.card
    features = manifest.features[card.trained_on]
    genres = ", ".join(map(exact, of.artifacts.classes))
    sentences = [
        f"It names the genre of music, one of {len(of.artifacts.classes)}: {genres}.",
        f"It was trained with {card.library} on the feature set “{exact(features['title'])}”"
        f" (version {features['version']}).",
        "It is a baseline, which looks at no feature." if card.baseline else "",
        f"It hears windows of {features['window_seconds']:g} s; of a longer recording, its"
        " probabilities are averaged."
        if card.file
        else "Its features come in published tables only: it cannot classify recordings.",
        f"Its code is no part of Genrescope; the SHA-256 of its file is `{card.plugin}`."
        if card.plugin
        else "",
    ]
    text, params = " ".join(filter(None, sentences)), card.params.get("all", [{}])[0]
    if not params:
        return text
    chosen = "Parameters, chosen by cross-validation within its training tracks"
    return f"{text}\n\n{chosen}: `{json.dumps(params)}`."


def learnt(of: Subject) -> str:
    """The tracks that it was trained on."""
    tracks, known = of.artifacts.tracks, of.artifacts.embeddings(of.name)
    used = tracks if known is None else tracks[tracks["track_id"].isin(known["track_id"])]
    unknown = int(used["artist"].eq(used["track_id"]).sum())
    first = (
        f"{exact(of.artifacts.manifest.title)}: {'at most ' if known is None else ''}{len(used):,}"
        f" of {len(tracks):,} tracks, by {used['artist'].nunique():,} artists. "
        + ("" if known is not None else "How many of them have its features is not known. ")
        + f"The artist of {unknown:,} tracks is not known; each counts as an artist of its own."
    )
    counts = used.groupby("genre")["artist"].agg(["size", "nunique"])
    body = [(exact(str(genre)), *numbers) for genre, *numbers in counts.itertuples()]
    return f"{first}\n\n{rows(('Genre', 'Tracks', 'Artists'), body)}"


def divided(of: Subject) -> str:
    """How tracks were divided between training and testing."""
    lines = [
        f"* **{exact(facts.title)}** (`{name}`; folds: {facts.folds}; {facts.unit}s tested:"
        f" {len(of.table(name)):,}): {exact(facts.description)} Training and test may share:"
        f" {exact(facts.shared)}."
        for name, facts in of.artifacts.manifest.protocols.items()
    ]
    return "\n".join(lines)


def scored(of: Subject) -> str:
    """Scores under each protocol, and of each genre under the headline."""
    protocols = of.artifacts.manifest.protocols
    header = ("Protocol", "Tested", "Accuracy", "95% interval", "Macro-F1", "95% interval")
    body = [_score_row(of, name) for name in protocols if len(of.table(name))]
    leaks = [exact(p.title) for name, p in protocols.items() if p.role == "leak"]
    parts = [
        "The tested model was not trained on the tracks that it is tested on"
        + (f", except under {', '.join(f'“{title}”' for title in leaks)}" if leaks else "")
        + ". Intervals are over artists.",
        rows((*header, "Always the commonest genre"), body),
        _place(of),
    ]
    if len(of.headline):
        genres = per_genre(of.headline, of.artifacts.classes).drop(columns="wrong")
        cells = [
            (exact(str(g)), *map(share, (p, r, f)), int(n)) for g, p, r, f, n in genres.itertuples()
        ]
        names = ("Genre", "Precision", "Recall", "F1", "Tracks")
        title = exact(protocols[of.artifacts.headline].title)
        parts += [f"By genre, under “{title}”:", rows(names, cells), _calibration(of)]
    return "\n\n".join(filter(None, parts))


def _score_row(of: Subject, protocol: str) -> tuple[object, ...]:
    table = of.table(protocol)
    right, f1 = accuracy(table), interval(table, of.artifacts.classes, "macro_f1")
    title = exact(of.artifacts.manifest.protocols[protocol].title)
    scores = (share(right.value), between(right), share(f1.value), between(f1))
    return title, f"{len(table):,}", *scores, share(majority_share(table))


def _place(of: Subject) -> str:
    """Its rank under the headline, and who leads."""
    artifacts, headline = of.artifacts, of.artifacts.headline
    tables = {name: of.table(headline, name) for name in artifacts.models}
    order = ranked(tables)
    if of.name not in order:
        return "It was not tested under the strictest protocol."
    title = exact(artifacts.manifest.protocols[headline].title)
    place = f"Under “{title}” it is number {order.index(of.name) + 1} of {len(order)} models"
    best = order[0]
    if best == of.name:
        return f"{place}."
    score = share(float(tables[best]["right"].mean()))
    return f"{place}. The first is {exact(artifacts.titles[best])} with {score}."


def _calibration(of: Subject) -> str:
    calibrated = calibrated_predictions(of.artifacts, of.name, of.artifacts.headline)
    return (
        f"Expected calibration error: {ece(of.headline):.3f} as the model gives it,"
        f" {ece(calibrated):.3f} after temperature scaling, which is how it is shown."
    )


def elsewhere(of: Subject) -> str:
    """Scores on other collections."""
    protocol = second_protocol(of.artifacts)
    if protocol is None or not len(of.table(protocol)):
        return "Not known: it was not asked about another collection."
    table = of.table(protocol)
    found = accuracy(table)
    first = (
        f"{share(found.value)} ({between(found)}) of {len(table):,} recordings of other"
        " collections. The model was trained on all tracks above. Nothing was chosen by these"
        " answers."
    )
    labels = by_label(of.artifacts, of.name, protocol)
    body = [
        (exact(c), exact(label) or "all", n, share(a), f"{low:.1%} to {high:.1%}")
        for c, label, n, a, low, high in labels.itertuples(index=False)
    ]
    header = ("Collection", "Label", "Tested", "Accuracy", "95% interval")
    return f"{first}\n\n{rows(header, body)}"


def outside(of: Subject) -> str:
    """What it does with music of none of its genres."""
    protocol = second_protocol(of.artifacts)
    found = None if protocol is None else open_set.doubts(of.artifacts, of.name, protocol)
    if found is None or not found["none"].any() or found["none"].all():
        return "Not known: it was not asked about music of none of its genres."
    known = answers(of.artifacts, of.name)
    kinds = open_set.kinds(found, known[~known["elsewhere"]])
    none, others = (kinds[of_kind].isin(ACCEPTED) for of_kind in (found["none"], ~found["none"]))
    first = (
        f"Of {len(none):,} recordings of none of its genres, {share(none.mean())} are given one"
        " with a verdict that is sure or leaning; of the"
        f" {len(others):,} others, {share(others.mean())}."
    )
    body = [
        (name, f"{row['auroc']:.3f}", f"{row['low']:.3f} to {row['high']:.3f}")
        for name, row in open_set.separations(found).iterrows()
    ]
    return f"{first}\n\n{rows(('Score that tells them apart', 'AUROC', '95% interval'), body)}"


def distorted(of: Subject) -> str:
    """Accuracy on distorted recordings."""
    found = accuracy_distorted(of.artifacts, of.name)
    if found is None:
        return "Not known: it was not tested on distorted sound."
    n = of.artifacts.robustness(of.name)
    tracks = 0 if n is None else n["track_id"].nunique()
    body = [(exact(of.distortions.get(str(k), str(k))), share(v)) for k, v in found.items()]
    title = exact(of.artifacts.manifest.protocols[of.artifacts.robustness_protocol].title)
    first = f"Accuracy on excerpts of {tracks:,} test tracks of “{title}”, in its first fold."
    return f"{first}\n\n{rows(('Distortion', 'Accuracy'), body)}"


def limits(of: Subject) -> str:
    """What it cannot do, and what is wrong with its data."""
    lines = [
        f"It names one of its {len(of.artifacts.classes)} genres for anything, music of others and"
        " speech included."
    ]
    if len(of.headline):
        scores = per_genre(of.headline, of.artifacts.classes).query("support > 0")
        worst = str(scores["recall"].idxmin())
        lines.append(
            f"It recognises {exact(worst)} worst: {share(scores['recall'][worst])} of"
            f" {int(scores['support'][worst])} tracks."
        )
    if alone := genres_by_one_artist(of.headline):
        names = ", ".join(map(exact, alone))
        lines.append(f"The test tracks of these are by one artist each, who says little: {names}.")
    if left_out := of.artifacts.manifest.left_out:
        lines.append(f"{len(left_out):,} recordings were left out, or could not be read.")
    lines += map(exact, of.artifacts.manifest.notes)
    return "\n".join(f"* {line}" for line in lines)


def heard(of: Subject) -> str:
    """Whether what it was tested on may have been known to it otherwise."""
    if of.name not in through_networks(of.artifacts):
        return (
            f"It uses no pretrained network: what it knows is from the tracks above.{_faults(of)}"
        )
    first = "It listens through pretrained networks, which were trained on other music."
    table = heard_before({of.name: of.headline}, of.artifacts.tracks)
    if table.empty:
        return f"{first} Whether that holds the test tracks is not known.{_faults(of)}"
    n, right = table["heard"].sum(), table.groupby("heard")["right"].mean()
    gain = within_genres(table, [of.name])
    return (
        f"{first} {n:,} of {len(table):,} test tracks may have been among it, without these labels:"
        f" there its accuracy is {share(right[True])}, on the others {share(right[False])}; within"
        f" genres {100 * gain.value:+.1f} points ({100 * gain.low:+.1f} to {100 * gain.high:+.1f})."
        f"{_faults(of)}"
    )


def _faults(of: Subject) -> str:
    tracks = of.artifacts.tracks
    n = int(tracks["fault"].astype(bool).sum()) if "fault" in tracks else 0
    return f" A fault is known of {n:,} tracks, such as a repetition or a wrong label." if n else ""


def licence(of: Subject) -> str:
    """Licence, source and build."""
    manifest = of.artifacts.manifest
    version = manifest.versions.get(str(of.card.library).lower(), "not known")
    return "\n".join(
        [
            "* Licence of the model: none is stated. The code that trained it is under the MIT"
            " licence.",
            f"* Licence of the data: {exact(manifest.licence)}",
            f"* Source of the data: {exact(manifest.citation)}",
            f"* Built {exact(manifest.created)} with {of.card.library} {exact(version)}, at commit"
            f" {exact(manifest.commit) or 'not known'}.",
        ]
    )


SECTIONS: Mapping[str, Callable[[Subject], str]] = {
    "What it is": what,
    "What it learnt from": learnt,
    "How it was tested": divided,
    "Scores": scored,
    "Other collections": elsewhere,
    "Music of none of its genres": outside,
    "Distorted recordings": distorted,
    "Limits": limits,
    "What it may have heard before": heard,
    "Licence and source": licence,
}

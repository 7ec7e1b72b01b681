"""A model card in the form of the Hugging Face Hub: facts as YAML, then the text."""

from __future__ import annotations

import json
from textwrap import indent
from typing import TYPE_CHECKING, Any

from pipeline.errors import ArtifactsError
from pipeline.evaluation.card_parts import Subject, exact
from pipeline.evaluation.card_sections import SECTIONS
from pipeline.evaluation.scores import accuracy, interval

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from pipeline.artifacts.reader import Artifacts
    from pipeline.evaluation.card_parts import Tables
    from pipeline.evaluation.intervals import Interval

HUB_LIBRARIES = {"scikit-learn": "sklearn"}  # where the Hub's name is not that in small letters


def card(
    artifacts: Artifacts,
    model: str,
    distortions: Mapping[str, str] | None = None,
    tables: Tables | None = None,
) -> str:
    """What the artifacts say of a model, as the README of a repository on the Hub.

    Every number is computed from the artifacts; what they do not hold is said to be not known.

    Parameters
    ----------
    distortions
        Titles of distortions, by name; those that are missing stand as their names.
    tables
        `labelled_predictions` that are at hand, by model and protocol.

    Returns
    -------
    str
        Markdown, with a block of YAML in front.

    Raises
    ------
    ArtifactsError
        If the model does not exist or was trained by others, or a table is damaged.
    """
    facts = artifacts.model(model)
    if not facts.verified:
        raise ArtifactsError(
            f"{model} was trained by others: all that is known here is its predictions. Choose a"
            f" model that was built: {', '.join(artifacts.manifest.models)}."
        )
    subject = Subject(artifacts, model, facts, distortions or {}, dict(tables or {}))
    parts = [f"## {title}\n\n{write(subject)}" for title, write in SECTIONS.items()]
    text = "\n\n".join([f"# {exact(subject.card.title)}", *parts])
    return f"---\n{_yaml(front_matter(subject))}---\n\n{text}\n"


def front_matter(of: Subject) -> dict[str, Any]:
    """The facts that the Hub reads. Scores that a leak makes too good are in the text only."""
    library = str(of.card.library)
    protocols = of.artifacts.manifest.protocols
    results = [_result(of, name) for name, p in protocols.items() if p.role != "leak"]
    return {
        "license": "unknown",
        "library_name": HUB_LIBRARIES.get(library, library.lower()),
        "pipeline_tag": "audio-classification",
        "tags": ["music", "music-genre-recognition", "genrescope"],
        "metrics": ["accuracy", "f1"],
        "model-index": [{"name": of.card.title, "results": [r for r in results if r["metrics"]]}],
    }


def _result(of: Subject, protocol: str) -> dict[str, Any]:
    """One evaluation: what was tested, and how well."""
    manifest = of.artifacts.manifest
    facts = manifest.protocols[protocol]
    table = of.table(protocol)
    return {
        "task": {"type": "audio-classification", "name": "Music genre recognition"},
        "dataset": {
            "type": manifest.benchmark,
            "name": f"{manifest.title}: {facts.title}",
            "config": protocol,
            "split": "test",
            "args": {f"{facts.unit}s": len(table)},
        },
        "metrics": list(_metrics(table, manifest.classes)) if len(table) else [],
    }


def _metrics(table: pd.DataFrame, classes: list[str]) -> Iterator[dict[str, Any]]:
    yield _metric("accuracy", "Accuracy", accuracy(table))
    f1 = interval(table, classes, "macro_f1")
    if f1.value == f1.value:  # NaN where a genre is by one artist
        yield _metric("f1", "Macro-F1", f1)


def _metric(kind: str, name: str, found: Interval) -> dict[str, Any]:
    ends = {"low": round(found.low, 4), "high": round(found.high, 4)}
    return {
        "type": kind,
        "name": f"{name}, 95% interval {found.low:.1%} to {found.high:.1%}",
        "value": round(found.value, 4),
        "args": ends,
    }


def _yaml(facts: Mapping[str, Any]) -> str:
    """Facts as YAML, whose values may be written as JSON: that quotes any text safely."""
    lines = []
    for key, value in facts.items():
        text = json.dumps(value, ensure_ascii=False, indent=1 if isinstance(value, list) else None)
        lines.append(f"{key}: {text}" if "\n" not in text else f"{key}:\n{indent(text, '  ')}")
    return "\n".join(lines) + "\n"

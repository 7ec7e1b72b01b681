"""How what happens to a library is written: rows, counts, and progress."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from pipeline.cli.output import shown_progress
from pipeline.extraction.recordings import path_text
from pipeline.progress import silent, tracked

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterable, Iterator

    from pipeline.library.changes import Restored
    from pipeline.library.hearing import Heard
    from pipeline.library.listing import Listing
    from pipeline.library.models import Model
    from pipeline.library.proposals import Proposal

    Row = dict[str, Any]


def model_words(model: Model) -> str:
    """Who is asked, in words."""
    heard = "all of each file" if model.excerpt is None else f"{model.excerpt:g} s of each file"
    return f"{model.name} of {model.benchmark}, version {model.version}, heard {heard}"


def followed(results: Iterable[Any], task: str, total: int) -> Iterator[Any]:
    """Results, with progress shown if there are several."""
    with shown_progress() if total > 1 else nullcontext(silent) as progress:
        yield from tracked(results, task, total, progress)


def counted(every: Iterable[Heard], count: Counter[str]) -> Iterator[Heard]:
    """Files as they are heard, counted by their state."""
    for heard in every:
        count[heard.state] += 1
        count["error"] += heard.error is not None
        yield heard


def acted(every: Iterable[Proposal], count: Counter[str]) -> Iterator[Proposal]:
    """Proposals, counted by what they ask for."""
    for proposal in every:
        count[proposal.action] += 1
        yield proposal


def was_tried(proposal: Proposal, error: str | None, count: Counter[str]) -> bool:
    """Count what became of a proposal; whether there was anything to write."""
    tried = proposal.action == "write"
    count[("failed" if error else "written") if tried else proposal.action] += 1
    return tried


def restored_row(restored: Restored, count: Counter[str]) -> Row:
    """The row of a file whose genre was taken back, which is counted."""
    count["failed" if restored.error else "restored"] += 1
    row: Row = {"path": path_text(restored.path)}
    if restored.error is not None:
        return row | {"error": restored.error}
    return row | {"old": "; ".join(restored.old), "new": "; ".join(restored.new)}


def scanned_row(heard: Heard) -> Row:
    """The row of a file that was heard."""
    row: Row = {"path": path_text(heard.path), "state": heard.state}
    if heard.before:
        row["before"] = path_text(heard.before)
    if heard.error is not None:
        return row | {"error": heard.error}
    return row | {"genre": heard.genre, "verdict": heard.kind, "confidence": heard.confidence}


def proposed_row(proposal: Proposal, model: Model) -> Row:
    """The row of a proposal."""
    row: Row = {
        "path": path_text(proposal.path),
        "old": "; ".join(proposal.old),
        "new": "; ".join(proposal.new),
        "verdict": proposal.kind,
        "confidence": proposal.confidence,
        "action": proposal.action,
        "model": model.name,
        "version": model.version,
    }
    return row if proposal.error is None else row | {"error": proposal.error}


def applied_row(proposal: Proposal, model: Model, error: str | None) -> Row:
    """The same after it was tried to write it."""
    row = proposed_row(proposal, model)
    return row | ({"action": "failed", "error": error} if error else {"action": "written"})


def scan_words(found: Listing, count: Counter[str]) -> str:
    """What a scan found, in words."""
    words = [f"{count[state]:,} {state}" for state in ("new", "changed", "moved")]
    words += [f"{max(0, found.missing - count['moved']):,} gone"]
    if count["error"]:
        words += [f"{count['error']:,} cannot be read; --retry asks about them again"]
    return ". ".join([", ".join(words), *found.refused])


def counts_words(count: Counter[str]) -> str:
    """How many files there are of each kind, in words."""
    return ", ".join(f"{number:,} {action}" for action, number in count.items()) or "no files"

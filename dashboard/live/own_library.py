"""The library of a person whose own machine this is: where tags and a model disagree.

It is there if the server was started with ``GENRESCOPE_LIBRARY``.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd
import streamlit as st

from dashboard.player import track
from pipeline.datasets.common.spelling import key
from pipeline.evaluation.decision import KINDS
from pipeline.extraction.recordings import path_text

if TYPE_CHECKING:
    from pipeline.library.models import Model
    from pipeline.library.proposals import Proposal

COLUMNS = ["path", "file", "old", "new", "kind", "confidence"]


class Compared(NamedTuple):
    """A library beside what a model hears.

    Attributes
    ----------
    disagree
        Files whose tags name other genres, the surest verdicts first: ``path, file, old, new, kind,
        confidence``.
    counts
        Number of files that ``agree``, ``disagree``, are ``untagged`` or ``unheard``.
    """

    model: Model
    disagree: pd.DataFrame
    counts: dict[str, int]


def named() -> Path | None:
    """The library's file that the server was started with; None on a server for others."""
    name = os.environ.get("GENRESCOPE_LIBRARY")
    return Path(name) if name else None


def compared(place: Path) -> Compared:
    """What is in a library's file now.

    Raises
    ------
    PipelineError
        If there is no such library, or no model was asked about it.
    """
    return _read(place, *_state(place))


def play(path: str) -> None:
    """Offer a file of the library to be played."""
    track.play(Path(path), "library.player")


def _state(place: Path) -> tuple[int, ...]:
    """What changes when the library does; while it is written, its log does."""
    files = (place, place.with_name(f"{place.name}-wal"))
    return tuple(file.stat().st_mtime_ns if file.is_file() else 0 for file in files)


@st.cache_resource(max_entries=1, show_spinner="Reading the library …")
def _read(place: Path, *state: int) -> Compared:
    from pipeline.library import models
    from pipeline.library.proposals import Rules, proposals
    from pipeline.library.store import opened

    with opened(place) as store:
        model = models.last_asked(store)
        every = list(proposals([], model, Rules(replace=True), store))
    groups = [_group(proposal) for proposal in every]
    rows = [_row(p) for p, group in zip(every, groups, strict=True) if group == "disagree"]
    table = pd.DataFrame(rows, columns=COLUMNS)
    rank = table["kind"].map({kind: n for n, kind in enumerate(KINDS)})
    table = table.assign(rank=rank).sort_values(["rank", "confidence"], ascending=[True, False])
    counts = {name: groups.count(name) for name in ("agree", "disagree", "untagged", "unheard")}
    return Compared(model, table[COLUMNS], counts)


def _group(proposal: Proposal) -> str:
    """How the tags of a file and what was heard stand to each other."""
    if proposal.action in {"error", "unheard"}:
        return "unheard"
    if not proposal.old:
        return "untagged"
    heard = {key(name) for name in proposal.new}
    return "agree" if heard & {key(name) for name in proposal.old} else "disagree"


def _row(proposal: Proposal) -> tuple[object, ...]:
    old, new = ", ".join(proposal.old), ", ".join(proposal.new)
    new = f"{proposal.outside}?" if proposal.outside else new
    path = proposal.path
    return str(path), path_text(path), old, new, proposal.kind, proposal.confidence

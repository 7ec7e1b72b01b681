"""What a verdict on a recording may be called, from its tags and from answers like it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from pipeline.evaluation import open_set
from pipeline.evaluation.decision import decide, record

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.artifacts.reader import Artifacts
    from pipeline.evaluation.decision import Decision
    from pipeline.inference.predict import Analysis, Verdict


@lru_cache(maxsize=4)
def _limits(artifacts: Artifacts) -> pd.Series | None:
    return open_set.thresholds(artifacts)


def taggers(artifacts: Artifacts) -> list[str]:
    """Networks whose tags tell whether a recording is of none of the genres."""
    return [] if _limits(artifacts) is None else [open_set.NETWORK]


def decided(
    analysis: Analysis, verdict: Verdict, artifacts: Artifacts, answers: pd.DataFrame
) -> Decision:
    """What a verdict may be called.

    Parameters
    ----------
    answers
        Of the same model, see `pipeline.evaluation.decision.answers`.
    """
    found = record(answers, verdict.genre, verdict.confidence, len(verdict.windows))
    return decide(found, _outside(analysis, artifacts))


def _outside(analysis: Analysis, artifacts: Artifacts) -> str:
    """A genre that the benchmark lacks, if tags speak for one."""
    limits, tags = _limits(artifacts), analysis.tags.get(open_set.NETWORK)
    if limits is None or tags is None:
        return ""
    row = tags.add_prefix(f"{open_set.NETWORK}.").to_frame().T
    [found] = open_set.outside(row, limits).to_dict("records")
    return str(found["family"]) if found["score"] >= 1 else ""

"""What the sections of a model card are made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from pipeline.evaluation.scores import labelled_predictions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

    from pipeline.artifacts.manifest import ModelCard
    from pipeline.artifacts.reader import Artifacts
    from pipeline.evaluation.intervals import Interval

MARKS = str.maketrans({c: f"\\{c}" for c in "\\`*_[]|"} | {"<": "&lt;", "\n": " "})


@dataclass(frozen=True)
class Subject:
    """A model and where its facts are.

    Attributes
    ----------
    distortions
        Titles of distortions, by name.
    """

    artifacts: Artifacts
    name: str
    card: ModelCard
    distortions: Mapping[str, str] = field(default_factory=dict)

    def table(self, protocol: str) -> pd.DataFrame:
        """`labelled_predictions` of the model."""
        return table_of(self.artifacts, self.name, protocol)

    @property
    def headline(self) -> pd.DataFrame:
        """The same under the headline protocol."""
        return self.table(self.artifacts.headline)


@lru_cache(maxsize=256)  # sections share tables, and the cards of a benchmark too
def table_of(artifacts: Artifacts, model: str, protocol: str) -> pd.DataFrame:
    """`labelled_predictions`, computed once."""
    return labelled_predictions(artifacts, model, protocol)


def exact(text: str) -> str:
    """A text that Markdown shows as it is."""
    return text.translate(MARKS)


def share(value: float) -> str:
    """A share as in "72.3%"; – where it is not known."""
    return "–" if value != value else f"{value:.1%}"


def between(found: Interval) -> str:
    """The ends of an interval."""
    return "–" if found.low != found.low else f"{found.low:.1%} to {found.high:.1%}"


def rows(header: Sequence[str], body: Iterable[Sequence[object]]) -> str:
    """A table."""
    lines = [header, ["---"] * len(header), *body]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)

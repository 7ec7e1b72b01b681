"""What the sections of a model card are made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.evaluation.scores import labelled_predictions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

    from pipeline.artifacts.manifest import ModelCard
    from pipeline.artifacts.reader import Artifacts
    from pipeline.evaluation.intervals import Interval

    Tables = dict[tuple[str, str], pd.DataFrame]

MARKS = str.maketrans({c: f"\\{c}" for c in "\\`*_[]|"} | {"<": "&lt;", "\n": " "})


@dataclass(frozen=True)
class Subject:
    """A model and where its facts are.

    Attributes
    ----------
    distortions
        Titles of distortions, by name.
    tables
        What `table` computed, by model and protocol.
    """

    artifacts: Artifacts
    name: str
    card: ModelCard
    distortions: Mapping[str, str] = field(default_factory=dict)
    tables: Tables = field(default_factory=dict)

    def table(self, protocol: str, model: str = "") -> pd.DataFrame:
        """`labelled_predictions` of the model, or of another one, computed once."""
        key = model or self.name, protocol
        if key not in self.tables:
            self.tables[key] = labelled_predictions(self.artifacts, *key)
        return self.tables[key]

    @property
    def headline(self) -> pd.DataFrame:
        """The same under the headline protocol."""
        return self.table(self.artifacts.headline)


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

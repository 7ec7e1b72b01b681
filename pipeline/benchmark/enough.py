"""Whether there are rows enough to train on, asked before anything is trained."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.benchmark.plan import UNUSED
from pipeline.benchmark.train import TUNING_FOLDS
from pipeline.errors import DatasetError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.benchmark.plan import BenchmarkPlan
    from pipeline.models import Examples, Model

PLENTY = 20  # times as many rows as are needed: enough in every part of them


def check_rows(models: Sequence[Model], plan: BenchmarkPlan) -> None:
    """Raise a `DatasetError` if a model has fewer rows to train on than it takes components.

    It names the model, how many rows there are where fewest are, and how many it needs.
    """
    for model in models:
        fewest = min(_sizes(model, plan), default=model.least_columns)
        if fewest < model.least_columns:
            raise DatasetError(
                f"{model.name} needs {model.least_columns} rows of features to train on, and has"
                f" {fewest} in one of the parts that it is trained on. Add recordings, or leave the"
                " model out."
            )


def _sizes(model: Model, plan: BenchmarkPlan) -> Iterator[int]:
    """Rows of each part that a model is trained on, and of what parameters are chosen on there."""
    examples = plan.examples[model.features]
    for fold in plan.folds[model.features].values():
        for number in np.unique(fold[fold >= 0]):
            part = examples[(fold != number) & (fold != UNUSED)]
            yield len(part.y)
            if model.least_columns > 1 and len(part.y) < PLENTY * model.least_columns:
                yield from _tuned_on(part)


def _tuned_on(part: Examples) -> Iterator[int]:
    yield from (len(training) for training, _ in part.splits(TUNING_FOLDS))

"""The command that writes model cards."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.artifacts.reader import open_benchmark
from pipeline.cli.output import DEFAULT_ROOT, Root, write_text


def card(
    model: Annotated[str, typer.Argument(help="Name of a model, e.g. transfer.")],
    benchmark: Annotated[str, typer.Option("--benchmark", "-b")] = "gtzan",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Default: standard output.")
    ] = None,
    root: Root = DEFAULT_ROOT,
) -> None:
    """Write a model card in the form of the Hugging Face Hub, from the artifacts alone."""
    from pipeline.benchmark.robustness import DISTORTIONS
    from pipeline.evaluation.card import card as compose

    titles = {name: distortion.title for name, distortion in DISTORTIONS.items()}
    text = compose(open_benchmark(benchmark, root), model, titles)
    write_text(text, output)

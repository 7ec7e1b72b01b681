"""``python -m dashboard``: start the dashboard, or write a comparison as one HTML file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from pipeline import logs
from pipeline.artifacts.places import ROOT
from pipeline.artifacts.reader import open_benchmark
from pipeline.errors import PipelineError
from pipeline.files import atomic

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__
)


@app.command()
def start(
    host: Annotated[str, typer.Option(help="Address to listen at; 0.0.0.0: all.")] = "localhost",
    port: Annotated[int, typer.Option(help="Port to listen at.")] = 8501,
) -> None:
    """Start the dashboard and print its address."""
    from streamlit.web import cli

    script = str(Path(__file__).with_name("app.py"))
    cli.main(["run", script, "--server.address", host, "--server.port", str(port)])


@app.command()
def report(
    benchmark: Annotated[str, typer.Argument(help="Name of its folder.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="HTML file to write.")] = Path(
        "report.html"
    ),
    root: Annotated[Path, typer.Option("--artifacts", help="Folder of all artifacts.")] = ROOT,
) -> None:
    """Write a comparison as one HTML file that opens offline."""
    from dashboard.report import report as compose

    html = compose(open_benchmark(benchmark, root))
    with atomic(output, "Choose another --output.") as path:
        path.write_text(html, encoding="utf-8")
    typer.echo(f"Wrote {output}")


def main() -> None:
    """Run a command; an expected failure is one sentence on standard error and exit code 2."""
    try:
        logs.configure()
        app()
    except PipelineError as error:
        typer.secho(str(error), err=True, fg="red")
        sys.exit(2)


if __name__ == "__main__":
    main()

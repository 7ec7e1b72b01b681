"""All commands together."""

import logging
import sys

import typer

from pipeline import logs
from pipeline.cli import (
    build,
    card,
    classify,
    evaluate,
    features,
    inspect,
    library,
    playlist,
    predictions,
    teach,
)
from pipeline.cli.output import errors
from pipeline.cli.system_errors import sentence
from pipeline.errors import PipelineError

logger = logging.getLogger(__name__)

app = typer.Typer(
    help="Build, check and use music-genre models.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("list")(inspect.list_)
app.command()(build.build)
app.command()(build.export)
app.command()(teach.teach)
app.command("import-musicnn")(build.import_musicnn)
app.command()(inspect.columns)
app.command()(inspect.verify)
app.command()(inspect.scores)
app.command()(card.card)
app.command()(inspect.report)
app.command()(classify.classify)
app.command()(evaluate.evaluate)
app.command()(features.features)
app.add_typer(library.app, name="library")
app.command()(playlist.playlist)
app.command("export-split")(predictions.export_split)
app.command("import-predictions")(predictions.import_predictions)
app.command("remove-predictions")(predictions.remove_predictions)


def main() -> None:
    """Run a command; an expected failure is one sentence on standard error and exit code 2."""
    try:
        logs.configure()
        app()
    except (PipelineError, OSError) as error:
        logger.debug("The command ended here:", exc_info=True)
        said = sentence(error) if isinstance(error, OSError) else str(error)
        errors.print(said, markup=False, style="red", soft_wrap=True)
        sys.exit(2)

"""Where messages for the person who runs the project go, and how many of them."""

import logging
import os

from pipeline.errors import PipelineError

VARIABLE = "GENRESCOPE_LOG"
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


def configure() -> None:
    """Write messages of the project to standard error, from the level in ``GENRESCOPE_LOG`` on.

    Libraries tell nobody else: onnxruntime keeps an identity of the machine and reports to its
    makers, unless it is told not to before it is loaded.

    Raises
    ------
    PipelineError
        If the variable names no level.
    """
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    level = os.environ.get(VARIABLE, "WARNING").upper()
    if level not in LEVELS:
        raise PipelineError(f"{VARIABLE} is {level!r}. Set it to one of: {', '.join(LEVELS)}.")
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    for name in ("pipeline", "dashboard"):
        logger = logging.getLogger(name)
        logger.setLevel(level)
        logger.handlers = [handler]
        logger.propagate = False

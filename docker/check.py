"""Whether an environment serves: all its libraries load, and every model gives a verdict.

``python docker/check.py`` in the checkout, by the environment's Python. `docker/slim.sh` removes
what serving never opens; this says whether it removed too much.
"""

from __future__ import annotations

import ctypes
import sys
import sysconfig
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))


def broken(folder: Path) -> list[str]:
    """Libraries below a folder that do not load, with the reason of each."""
    found = []
    for path in sorted(folder.rglob("*.so*")):
        if path.suffix == ".so" or ".so." in path.name:
            try:
                ctypes.CDLL(str(path))
            except OSError as error:
                found.append(f"{path.relative_to(folder)}: {error}")
    return found


def verdicts() -> dict[str, float]:
    """Confidence of each model of the first live benchmark about an example piece."""
    from dashboard.live.sources import EXAMPLES
    from pipeline.artifacts.reader import open_benchmark
    from pipeline.inference.predict import analyse, verdict
    from pipeline.untrusted import decoding

    opened = open_benchmark("gtzan")
    data, models = (EXAMPLES / "synth-pop.mp3").read_bytes(), list(opened.answering)
    found = analyse(data, models, opened, decoding.blocks, taggers=["mtt_vgg"])
    return {name: verdict(found, name, opened).confidence for name in models}


def main() -> None:
    """Say what is broken and fail, or list the verdicts."""
    if problems := broken(Path(sysconfig.get_path("purelib"))):
        sys.exit("\n".join(problems))
    for name, confidence in verdicts().items():
        sys.stdout.write(f"{name} {confidence:.6f}\n")


if __name__ == "__main__":
    main()

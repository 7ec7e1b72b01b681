"""Render the pieces named, or all of them, and write their index."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tools.render_examples.encoding import encode
from tools.render_examples.mastering import master
from tools.render_examples.performance import write_midi
from tools.render_examples.pieces import PIECES
from tools.render_examples.synthesiser import find_tools, synthesise

if TYPE_CHECKING:
    from tools.render_examples.notation import Piece

EXAMPLES = Path(__file__).parents[2] / "dashboard" / "examples"


def index() -> list[dict[str, str]]:
    """List what index.json holds: the pieces in display order."""
    return [
        {
            "file": f"{piece.name}.mp3",
            "title": piece.title,
            "style": piece.style,
            "description": piece.description,
        }
        for piece in PIECES
    ]


def render(piece: Piece, fluidsynth: str, soundfont: Path) -> Path:
    """Write a piece's MP3; returns its path."""
    path = EXAMPLES / f"{piece.name}.mp3"
    y = synthesise(write_midi(piece), fluidsynth, soundfont)
    encode(master(y, piece.duration), path)
    return path


def main(names: list[str]) -> None:
    """Render the pieces named, or all of them, and write the index last."""
    known = [piece.name for piece in PIECES]
    if unknown := sorted(set(names) - set(known)):
        sys.exit(f"No piece is called {', '.join(unknown)}. There are: {', '.join(known)}")
    fluidsynth, soundfont = find_tools()
    for piece in PIECES:
        if not names or piece.name in names:
            path = render(piece, fluidsynth, soundfont)
            print(f"{path.name}: {piece.duration:.1f} s, {path.stat().st_size / 1000:.0f} kB")
    text = json.dumps(index(), indent=2) + "\n"
    (EXAMPLES / "index.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])

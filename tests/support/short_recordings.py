"""One second of a sine in each kind of file."""

from __future__ import annotations

from support.audio_files import KINDS, encoded

SHORT = {kind: encoded(kind, 1.0) for kind in KINDS}

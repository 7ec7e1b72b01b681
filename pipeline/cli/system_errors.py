"""What the operating system refuses, in a sentence for the person who gave a command."""

from __future__ import annotations

import errno
import os

RIGHTS = "Get the right to use it, or name another place: --cache, --artifacts, --output."
ROOM = "Make room on the disk; the same command goes on where it stopped."
THERE = "Check its name and folder."
CURES = {
    errno.ENOSPC: ROOM,
    errno.EDQUOT: ROOM,
    errno.EFBIG: ROOM,
    errno.EACCES: RIGHTS,
    errno.EPERM: RIGHTS,
    errno.EROFS: RIGHTS,
    errno.ENOENT: THERE,
    errno.ENOTDIR: THERE,
    errno.EISDIR: THERE,
    errno.EMFILE: "Allow more open files (ulimit -n), or use fewer --jobs.",
}
UNKNOWN = "Give the command again with GENRESCOPE_LOG=DEBUG to see where it happened."


def sentence(error: OSError) -> str:
    """What is wrong, with which file, and the cure."""
    what = error.strerror or str(error) or type(error).__name__
    where = f"{os.fsdecode(error.filename)}: " if isinstance(error.filename, str | bytes) else ""
    return f"{where}{what.rstrip('.')}. {CURES.get(error.errno or 0, UNKNOWN)}"

"""A head that learns features that are quick to compute."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from joblib import parallel_config
from support.small_builds import COST

from pipeline.teaching import teach as teaching
from pipeline.teaching.head import HEAD

if TYPE_CHECKING:
    from collections.abc import Iterator

QUICK_HEAD = replace(HEAD, features="mfcc12")


@contextmanager
def quick_head() -> Iterator[None]:
    """Let a head of quick features be taught, in this process."""
    with pytest.MonkeyPatch.context() as patch, parallel_config(backend="threading"):
        patch.setattr(teaching, "HEAD", QUICK_HEAD)
        patch.setattr(teaching, "_known_cost", lambda model, root: COST)
        yield

"""What the tests of libraries share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.fake_library import listening

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.fake_library import Listening


@pytest.fixture
def heard() -> Iterator[Listening]:
    """Files that were heard, in no time."""
    with listening() as found:
        yield found

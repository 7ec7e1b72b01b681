"""What a visitor gives the demo."""

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256


@dataclass(frozen=True)
class Recording:
    """Bytes that a visitor gave, with their name."""

    name: str
    data: bytes

    @cached_property
    def digest(self) -> str:
        """Tells recordings apart by content."""
        return sha256(self.data).hexdigest()

"""Pages: one module each, defining ``VIEW``."""

from collections.abc import Callable
from dataclasses import dataclass

from pipeline.artifacts import Artifacts


@dataclass(frozen=True)
class View:
    """A page of the dashboard.

    Attributes
    ----------
    name
        Its path in the address.
    icon
        A Material symbol, e.g. ``":material/home:"``.
    order
        Place in the navigation; the lowest is the front page.
    render
        ``render(artifacts)`` draws the page.
    """

    name: str
    title: str
    icon: str
    order: int
    render: Callable[[Artifacts], None]

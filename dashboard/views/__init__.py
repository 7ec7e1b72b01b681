"""Pages: one module each, defining ``VIEW``."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from pipeline.artifacts.reader import Artifacts

Section = Literal["", "Models", "Music"]


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
        ``render(artifacts, protocol)`` draws the page.
    section
        Where the navigation lists it; empty: by itself.
    narrows
        Whether it can show a part of the tracks only: what it shows follows from predictions.
    compares
        Whether what it shows follows from the chosen protocol; else no protocol is offered.
    is_of_benchmark
        Whether it shows a benchmark, which is then chosen above it; else the page asks for what it
        needs by itself.
    applies
        ``applies(artifacts)``: whether a benchmark has what it shows. Else it is not listed, and
        at its address says how to get it.
    """

    name: str
    title: str
    icon: str
    order: int
    render: Callable[[Artifacts, str], None]
    section: Section = ""
    narrows: bool = True
    compares: bool = False
    is_of_benchmark: bool = True
    applies: Callable[[Artifacts], bool] = lambda artifacts: True

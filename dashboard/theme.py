"""Colours and marks: one colour for each genre, and one for all models but the chosen one."""

from collections.abc import Iterable, Sequence
from itertools import cycle

# Paul Tol's "bright" and "vibrant" schemes (personal.sron.nl/~pault), made for colour-blind
# readers, less the colours that fade on white or on near-black. Names always stand beside colours:
# ten hues cannot carry it alone.
GENRES = (
    "#4477aa",
    "#ccbb44",
    "#ee7733",
    "#ee3377",
    "#7766cc",
    "#66ccee",
    "#888888",
    "#dd88bb",
    "#228833",
    "#bb5544",
)
MODEL, CHOSEN = "#0077bb", "#d9541e"  # the chosen or leading one stands out; markers tell others
MODELS = ("#0077bb", "#ee7733", "#009988", "#cc3311", "#9966cc", "#999933", "#dd66aa", "#777777")
DASHES = ("solid", "dash", "longdash", "dashdot", "longdashdot", "5px")
MARKERS = ("circle", "diamond", "square", "triangle-up", "x", "star", "cross")
GREY = "#808080"  # seen on white and on near-black
WORDS_ON_WHITE = "#6b7080"  # 4.9 : 1 there, and 3.6 : 1 on near-black
DIVERGING = "RdBu"


def _assign(names: Iterable[str], palette: Sequence[str]) -> dict[str, str]:
    return dict(zip(names, cycle(palette), strict=False))


def genre_colors(classes: Iterable[str]) -> dict[str, str]:
    """Colour of each genre, by its place among the classes of the benchmark."""
    return _assign(classes, GENRES)


def genre_markers(classes: Iterable[str]) -> dict[str, str]:
    """Marker of each genre: those that share a colour have different ones."""
    return {name: MARKERS[n // len(GENRES) % len(MARKERS)] for n, name in enumerate(classes)}


def model_colors(models: Iterable[str], chosen: str) -> dict[str, str]:
    """Colour of each model: the chosen one stands out, the others share one."""
    return {name: CHOSEN if name == chosen else MODEL for name in models}


def series_colors(names: Iterable[str]) -> dict[str, str]:
    """Colours of what is compared in one chart and is no genre and no model."""
    return _assign(names, MODELS)


def model_markers(models: Iterable[str]) -> dict[str, str]:
    """Marker of each model, by which those that share a colour are told apart."""
    return _assign(models, MARKERS)


def model_dashes(models: Iterable[str]) -> dict[str, str]:
    """Dashes of each model's line, for the same."""
    return _assign(models, DASHES)

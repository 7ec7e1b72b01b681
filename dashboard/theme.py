"""One colour per genre and one per model, the same on every page."""

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
MODELS = ("#0077bb", "#ee7733", "#009988", "#cc3311", "#9966cc", "#999933", "#dd66aa", "#777777")
# One marker less than colours: a colour that comes again has another marker.
MARKERS = ("circle", "diamond", "square", "triangle-up", "x", "star", "cross")
GREY = "#808080"  # seen on white and on near-black
WORDS_ON_WHITE = "#6b7080"  # 4.9 : 1 there, and 3.6 : 1 on near-black
DIVERGING = "RdBu"


def _assign(names: Iterable[str], palette: Sequence[str]) -> dict[str, str]:
    return dict(zip(names, cycle(palette), strict=False))


def genre_colors(classes: Iterable[str]) -> dict[str, str]:
    """Colour of each genre, by its place among the classes of the benchmark."""
    return _assign(classes, GENRES)


def model_colors(models: Iterable[str]) -> dict[str, str]:
    """Colour of each model, by its place in the manifest."""
    return _assign(models, MODELS)


def model_markers(models: Iterable[str]) -> dict[str, str]:
    """Marker of each model: told apart without colour too."""
    return _assign(models, MARKERS)

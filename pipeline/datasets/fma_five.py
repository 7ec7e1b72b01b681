"""FMA, five genres that are well apart: Rock, Hip-Hop, Folk, Electronic and Classical."""

from pipeline.datasets.common import fma

GENRES = ("Rock", "Hip-Hop", "Folk", "Electronic", "Classical")

DATASET = fma.dataset(
    name="fma-five",
    title="Free Music Archive, five genres",
    notes=(
        "Rock, Hip-Hop, Folk, Electronic and Classical. fma_small has no Classical and will not "
        "do.",
    ),
    genres=GENRES,
)

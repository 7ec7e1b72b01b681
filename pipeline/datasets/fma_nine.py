"""FMA, the nine genres with most tracks: a benchmark on Echo Nest features, FMA's own, or audio."""

from pipeline.datasets.common import fma

DATASET = fma.dataset(
    name="fma-nine",
    title="Free Music Archive, nine largest genres",
    notes=(
        "The nine genres with most tracks in the files that are there; ties go by name. In the "
        "Echo Nest table: Rock, Electronic, Folk, Hip-Hop, Pop, Old-Time / Historic, Jazz, "
        "Classical and International. fma_small has only eight genres.",
        "Genres differ in size: in the Echo Nest table Rock has twenty times the tracks of "
        "International, so that accuracy alone says little.",
    ),
    largest=9,
)

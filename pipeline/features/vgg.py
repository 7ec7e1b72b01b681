"""What the two quicker pretrained networks hear: probabilities of tags, and what is behind them.

The caveat of `pipeline.features.musicnn` holds.
"""

from functools import partial

from pipeline.features import FeatureSet
from pipeline.features.musicnn import FEATURES as MUSICNN
from pipeline.features.musicnn import columns, hear

NAMES = ("msd_vgg", "mtt_vgg")

FEATURES = FeatureSet(
    name="vgg",
    title="612 tags and embeddings of the two quicker pretrained networks",
    version=1,
    columns=columns(NAMES),
    compute=partial(hear, NAMES),
    works=MUSICNN.works,
)

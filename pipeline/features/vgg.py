"""Tags and embeddings of the two quicker pretrained networks.

The caveat of `pipeline.features.musicnn` holds.
"""

from functools import partial

from pipeline.features import FeatureSet
from pipeline.features.musicnn import FEATURES as MUSICNN
from pipeline.features.musicnn import columns, mean_outputs

NAMES = ("msd_vgg", "mtt_vgg")

FEATURES = FeatureSet(
    name="vgg",
    title="612 tags and embeddings of the two quicker pretrained networks",
    version=2,
    columns=columns(NAMES),
    compute=partial(mean_outputs, NAMES),
    narrow=True,
    works=MUSICNN.works,
)

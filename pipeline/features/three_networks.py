"""Tags and embeddings of three pretrained networks: the two quicker ones and MSD_musicnn.

The caveat of `pipeline.features.musicnn` holds.
"""

from functools import partial

from pipeline.features import FeatureSet
from pipeline.features.musicnn import FEATURES as MUSICNN
from pipeline.features.musicnn import columns, mean_outputs

NAMES = ("msd_musicnn", "msd_vgg", "mtt_vgg")

FEATURES = FeatureSet(
    name="three_networks",
    title="862 tags and embeddings of three pretrained networks",
    version=1,
    columns=columns(NAMES),
    compute=partial(mean_outputs, NAMES),
    narrow=True,
    works=MUSICNN.works,
)

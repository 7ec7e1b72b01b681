"""Tags and embeddings of three pretrained networks: the two quicker ones and MSD_musicnn.

The caveat of `pipeline.features.musicnn` holds.
"""

from pipeline.features.musicnn import of_networks

NAMES = ("msd_musicnn", "msd_vgg", "mtt_vgg")

FEATURES = of_networks(
    "three_networks", "862 tags and embeddings of three pretrained networks", 1, NAMES
)

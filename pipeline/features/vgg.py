"""Tags and embeddings of the two quicker pretrained networks.

The caveat of `pipeline.features.musicnn` holds.
"""

from pipeline.features.musicnn import of_networks

NAMES = ("msd_vgg", "mtt_vgg")

FEATURES = of_networks(
    "vgg", "612 tags and embeddings of the two quicker pretrained networks", 2, NAMES
)

"""How columns of features are called on pages: a tag's probability bears the name of the tag."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from pipeline.registry import lookup

if TYPE_CHECKING:
    from pipeline.artifacts.reader import Artifacts
    from pipeline.features import FeatureSet

TAG = re.compile(r'gives the tag "(.+)"')  # in the meaning of such a column


def labels(artifacts: Artifacts, features: str) -> dict[str, str]:
    """Label of each column of a feature set, such as "country" for ``country_mean``.

    Where several networks give a tag, or a label is another column's name, the columns keep theirs.
    """
    known: FeatureSet = lookup("pipeline.features", "FEATURES", features)
    meanings = {column.name: TAG.search(column.meaning) for column in known.columns}
    tags = {name: tag.group(1) for name, tag in meanings.items() if tag}
    names = artifacts.manifest.features[features]["columns"]
    found = {name: tags.get(name, name) for name in names}
    times = Counter(found.values())
    return {name: label if times[label] == 1 else name for name, label in found.items()}

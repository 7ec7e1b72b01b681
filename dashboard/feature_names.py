"""How columns of features are called on pages: a tag's probability bears the name of the tag."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.artifacts.reader import Artifacts

TAG = re.compile(r'gives the tag "(.+)"')  # in the meaning of such a column


def labels(artifacts: Artifacts, features: str) -> dict[str, str]:
    """Label of each column of a feature set, such as "country" for ``country_mean``.

    Where several networks give a tag, or a label is another column's name, the columns keep theirs.
    """
    names = artifacts.manifest.features[features]["columns"]
    tags = {name: TAG.search(artifacts.meaning(features, name)) for name in names}
    found = {name: tag.group(1) if tag else name for name, tag in tags.items()}
    times = Counter(found.values())
    return {name: label if times[label] == 1 else name for name, label in found.items()}

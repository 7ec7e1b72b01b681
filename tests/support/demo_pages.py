"""The demo's page with recordings on it, without a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from support.pages import open_page
from support.signals import pcm

from pipeline.audio.windows import SAMPLE_RATE

if TYPE_CHECKING:
    import pandas as pd
    from streamlit.testing.v1 import AppTest

    from pipeline.artifacts.reader import Artifacts


def noisy_tone(seconds: float, seed: int = 0) -> bytes:
    """A WAV file of a tone that comes and goes, with noise: no music, but sound enough."""
    t = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    y = 0.3 * np.sin(2 * np.pi * (220 + 40 * seed) * t) * (np.sin(9 * t) > 0)
    return pcm(y + np.random.default_rng(seed).normal(0, 0.01, len(t)))


def unfolded(*parts: str) -> dict[str, str]:
    """The part of an address that opens parts below the verdict."""
    return {f"demo__open__{part}": "true" for part in parts}


def upload(artifacts: Artifacts, *files: tuple[str, bytes], **query: str) -> AppTest:
    """The page after files were dropped on it."""
    page = open_page("demo", artifacts, **query)
    for name, data in files:
        page.file_uploader(key="demo.file.0").upload(name, data, "audio/wav")
    page.run()
    assert not page.exception
    return page


def choice_of(artifacts: Artifacts, model: str) -> dict[str, str]:
    """The part of an address that chooses a model among those of its library."""
    formats = {card.format for card in artifacts.models.values()}
    card = artifacts.models[model]
    names = {c.library for c in artifacts.models.values() if c.format == card.format}
    library = " / ".join(sorted(names, key=str.lower))
    query = {"demo__model": card.title}
    return query | {"demo__library": library} if card.format != min(formats) else query


def table_of(page: AppTest, column: str) -> pd.DataFrame:
    """The first table with a column."""
    return next(table.value for table in page.dataframe if column in table.value)

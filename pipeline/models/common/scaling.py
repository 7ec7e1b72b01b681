"""How columns are brought to one scale before a linear or a kernel model sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Scaling: TypeAlias = Literal["standard", "power"]
# Chosen among inside the training part. Energies and variances spread over powers of ten, and a
# power transform takes something like their logarithm; of other columns it changes little.
SCALINGS: Mapping[str, Sequence[Scaling]] = {"scaling": ("standard", "power")}


def scaler(scaling: Scaling) -> Any:
    """Mean 0 and variance 1; ``"power"``: after a Yeo-Johnson transform (Yeo & Johnson 2000)."""
    from sklearn.preprocessing import PowerTransformer, StandardScaler

    return PowerTransformer() if scaling == "power" else StandardScaler()

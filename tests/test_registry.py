"""What every member of a registry must do: a new file is tested by these."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from pipeline.errors import PipelineError
from pipeline.registry import discover, lookup

if TYPE_CHECKING:
    from dashboard.views import View
    from pipeline.datasets import Dataset
    from pipeline.features import FeatureSet
    from pipeline.models import Model

DATASETS = discover("pipeline.datasets", "DATASET").values()
VIEWS = discover("dashboard.views", "VIEW").values()
MEMBERS = [
    *DATASETS,
    *discover("pipeline.features", "FEATURES").values(),
    *discover("pipeline.models", "MODEL").values(),
    *discover("pipeline.protocols", "PROTOCOL").values(),
    *VIEWS,
]

by_name = {"ids": lambda value: value.name}


@pytest.mark.parametrize("member", MEMBERS, **by_name)
def test_names_can_stand_in_addresses_and_files(member: Dataset | FeatureSet | Model) -> None:
    """A name is lower-case words; a title is for people."""
    assert re.fullmatch(r"[a-z0-9]+([_-][a-z0-9]+)*", member.name)
    assert member.title[0].isupper() or member.title[0].isdigit()


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    """Who mistypes a name sees what there is."""
    with pytest.raises(PipelineError, match=r"No model is called 'svm'. There are: .*svc"):
        lookup("pipeline.models", "MODEL", "svm")


def test_a_module_without_its_constant_is_an_error() -> None:
    """A broken file does not silently vanish from the registry."""
    with pytest.raises(PipelineError, match="defines no NOTHING"):
        discover("pipeline.protocols", "NOTHING")


@pytest.mark.parametrize("dataset", DATASETS, **by_name)
def test_dataset_states_its_facts(dataset: Dataset) -> None:
    """Licence, citation and layout are said."""
    assert dataset.licence
    assert dataset.citation
    assert dataset.layout


@pytest.mark.parametrize("view", VIEWS, **by_name)
def test_pages_have_their_own_place(view: View) -> None:
    """No two pages share a place in the navigation; each has a symbol."""
    assert sum(other.order == view.order for other in VIEWS) == 1
    assert view.icon.startswith(":material/")

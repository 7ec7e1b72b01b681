"""Links to the dashboard from before something in their address was renamed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st
from streamlit.errors import StreamlitAPIException

if TYPE_CHECKING:
    from collections.abc import Mapping

    Query = dict[str, list[str]]  # values by parameter

PARAMETERS = {
    "confusion.truly": "confusion.true",
    "confusion.called": "confusion.predicted",
}
# Titles of models, which are values of all parameters that choose among models.
MODELS = {"A guess": "Stratified random"}
MODEL_PARAMETERS = (
    *("demo.model", "compare.models", "confusion.model", "confusion.other"),
    *("features.permutation", "features.permutation by family"),
)
# By parameter, as it is called now: old values and what they are called now.
VALUES: Mapping[str, Mapping[str, str]] = dict.fromkeys(MODEL_PARAMETERS, MODELS) | {
    "calibration.kind": {
        "As shown to visitors": "Calibrated",
        "As the model says": "Before calibration",
    },
    "compare.score": {"% wrong": "Error rate"},
    "confusion.cells": {
        "Of true": "% of true",
        "Of predicted": "% of predicted",
        "Of all": "% of all",
    },
    "map.colour": {"Group found": "Cluster"},
    "overview.cost": {"Size of the file": "File size", "Time to train": "Training time"},
}


def renew() -> None:
    """Put today's names in place of old ones in the address, and start the page again with them.

    The page must have been chosen, since a rerun begins with the page that was, and its widgets
    must be still to come, since a parameter that is bound to a widget cannot be set.
    """
    old = {name: st.query_params.get_all(name) for name in st.query_params}
    new = renewed(old)
    if new == old:
        return
    try:
        st.query_params.update({name: new[name] for name in new if new[name] != old.get(name)})
        for name in old.keys() - new.keys():
            del st.query_params[name]
    except StreamlitAPIException:
        return  # by the browser's Back button, from the same page: its widgets are bound
    st.rerun()


def renewed(query: Query) -> Query:
    """The parameters of an address with today's names and values.

    Where an address has a parameter under both names, today's counts.
    """
    named = {PARAMETERS.get(name, name): values for name, values in query.items()}
    named |= {name: values for name, values in query.items() if name not in PARAMETERS}
    return {
        name: [VALUES.get(name, {}).get(value, value) for value in values]
        for name, values in named.items()
    }

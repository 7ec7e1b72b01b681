"""Sliders whose place is in the address; what the address has instead of one is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import choices, components

if TYPE_CHECKING:
    from collections.abc import Mapping


def number(label: str, span: tuple[float, float], value: float, key: str, step: float = 1) -> float:
    """Choose a number in a span.

    Numbers are whole where both ends are.
    """
    wrong = choices.no_number_asked(*span, key)
    chosen = float(
        st.slider(
            label,
            *span,
            value,
            step,
            key=key,
            on_change=choices.forget,
            args=(key,),
            bind="query-params",
        )
    )
    if wrong:
        named = components.plain(f"“{wrong[0]}”")
        between = f"{span[0]:g} to {span[1]:g}"
        st.warning(f"{label}: {named} is no number from {between}. Shown: {chosen:g}.")
    return chosen


def steps(label: str, titles: Mapping[float, str], value: float, key: str) -> float:
    """Choose a number of a few, by its title."""
    unknown = choices.asked(titles.values(), key)
    chosen = float(
        st.select_slider(
            label,
            titles,
            value=value,
            format_func=titles.__getitem__,
            key=key,
            on_change=choices.forget,
            args=(key,),
            bind="query-params",
        )
    )
    components.not_there(label, unknown, titles[chosen])
    return chosen

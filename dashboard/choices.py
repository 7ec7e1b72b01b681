"""What is chosen before its widget is drawn, and names in the address that are not there."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import pandas as pd

LONGEST = 60  # characters that are repeated of a name


def to_come(options: Mapping[str, str], key: str) -> str:
    """What a widget of `dashboard.components` will return that is drawn later.

    Parameters
    ----------
    options, key
        Those of the widget: a title for each name, and its part of the address.
    """
    asked = st.query_params.get(key)
    named = next((name for name, title in options.items() if title == asked), None)
    kept = st.session_state.get(key)
    return str(kept) if kept in options else named or next(iter(options))


def of_rows(key: str, table: pd.DataFrame) -> str:
    """Key of a table of which a row can be chosen: another one when other rows are shown.

    Streamlit keeps a choice as the number of a row, whatever the rows are by then.

    Parameters
    ----------
    table
        Its first column names the rows.
    """
    from pandas.util import hash_pandas_object

    names = hash_pandas_object(table.iloc[:, 0], categorize=False).to_numpy()
    return f"{key} {sha256(names.tobytes()).hexdigest()[:8]}"


def asked(titles: Iterable[str], key: str) -> list[str]:
    """What the address asks for in vain, until something else is chosen.

    It is kept in the session, since Streamlit takes it out of the address.

    Parameters
    ----------
    titles
        What there is.
    key
        Of the widget that chooses among them, and of its part of the address.
    """
    return _in_vain({*titles}.__contains__, key)


def no_number_asked(low: float, high: float, key: str) -> list[str]:
    """The same for a number between two others: what is none, or lies outside."""
    return _in_vain(lambda text: _is_number(text, low, high), key)


def _is_number(text: str, low: float, high: float) -> bool:
    try:
        return low <= float(text) <= high
    except ValueError:
        return False


def _in_vain(is_there: Callable[[str], bool], key: str) -> list[str]:
    wrong = [text for text in st.query_params.get_all(key) if text and not is_there(text)]
    if wrong:
        st.session_state[_kept(key)] = [text[:LONGEST] for text in wrong]
    return [text for text in st.session_state.get(_kept(key), []) if not is_there(text)]


def forget(key: str) -> None:
    """Say no more of it: something else was chosen."""
    st.session_state.pop(_kept(key), None)


def _kept(key: str) -> str:
    return f"{key}.unknown"

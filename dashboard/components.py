"""The few widgets that pages share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

if TYPE_CHECKING:
    from collections.abc import Mapping

    import plotly.graph_objects as go

    from pipeline.artifacts import Artifacts

FEW = 5  # models that can be compared at a glance
PLOTLY = {"displaylogo": False, "modeBarButtonsToRemove": ["select2d", "lasso2d"]}


def header(title: str, lead: str) -> None:
    """Title of a page and the sentence that says what it answers."""
    st.title(title)
    st.markdown(lead)


def chart(figure: go.Figure, alt: str) -> None:
    """Draw a figure; `alt` says in words what it shows."""
    st.plotly_chart(figure, config=PLOTLY, alt=alt)


def segments(label: str, options: Mapping[str, str], key: str) -> str:
    """Choose one of a few; the first at first.

    Parameters
    ----------
    options
        What each is called, by its name. The address holds what it is called.
    """
    return str(
        st.segmented_control(
            label,
            list(options),
            default=next(iter(options)),
            required=True,
            format_func=options.__getitem__,
            key=key,
            bind="query-params",
        )
    )


def protocol_picker(artifacts: Artifacts) -> str:
    """Choose a protocol; the choice stands in the address and holds on every page."""
    protocols = artifacts.manifest.protocols
    titles = {name: facts["title"] for name, facts in protocols.items()}
    protocol = segments("Tested by", titles, "protocol")
    facts = protocols[protocol]
    asked = max(card.asked.get(protocol, 0) for card in artifacts.models.values())
    st.caption(f"{facts['description']} {asked:,} {facts['unit']}s.")
    return protocol


def model_picker(artifacts: Artifacts, names: list[str], key: str) -> str:
    """Choose one model."""
    models = artifacts.models
    return str(
        st.selectbox(
            "Model",
            names,
            format_func=lambda name: models[name].title,
            key=key,
            bind="query-params",
        )
    )


def models_picker(artifacts: Artifacts, names: list[str], key: str) -> list[str]:
    """Choose any number of models; the first few at first."""
    return st.multiselect(
        "Models",
        names,
        default=names[:FEW],
        format_func=lambda name: artifacts.models[name].title,
        key=key,
        bind="query-params",
    )


def titles(artifacts: Artifacts) -> dict[str, str]:
    """Title of each model."""
    return {name: card.title for name, card in artifacts.models.items()}


def table(frame: Any, **config: Any) -> None:
    """Draw a table whose columns are described by `st.column_config`."""
    st.dataframe(frame, hide_index=True, column_config=config)


def share(label: str, help: str | None = None) -> Any:
    """Column of shares in [0, 1], shown as percentages."""
    return st.column_config.NumberColumn(label, format="percent", help=help)

"""Widgets that pages share."""

from __future__ import annotations

import mimetypes
import re
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import choices, state, theme, units
from dashboard.player import track
from pipeline.evaluation.elsewhere import n_known
from pipeline.evaluation.scores import top_genres

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd
    import plotly.graph_objects as go

    from pipeline.artifacts.manifest import Summary
    from pipeline.artifacts.reader import Artifacts

FEW, MOST = 4, 6  # models that can be told apart at a glance, and at all: entries of a legend
PLURAL = {"map": "maps"}


def plain(text: str) -> str:
    """Escape Markdown in a text from outside, such as a file name."""
    return re.sub(r"([\\`*_{}\[\]<>$~:#|])", r"\\\1", text)


def header(title: str, lead: str) -> None:
    """Title of a page and the question that it answers."""
    st.title(title)
    st.markdown(lead)


def protocol_note(artifacts: Artifacts, protocol: str) -> None:
    """The protocol in words, and the number of its predictions."""
    facts = artifacts.manifest.protocols[protocol]
    n = max(card.n_predictions.get(protocol, 0) for card in artifacts.models.values())
    asked = f"{n:,} {facts.unit}s."
    if artifacts.is_elsewhere(protocol):
        asked = f"{n_known(artifacts, protocol):,} of {n:,} tracks have a genre of this benchmark."
    st.caption(f"**{facts.title}.** {facts.description} {asked}")


def chart(
    figure: go.Figure, alt: str, name: str, data: pd.DataFrame | None = None, **options: Any
) -> Any:
    """Draw a figure that can be downloaded as an image, and its `data` as CSV.

    Parameters
    ----------
    alt
        What it shows, in words.
    name
        Of the files; unique on a page.
    options
        For `st.plotly_chart`.
    """
    image = {"format": st.session_state.get("image") or "png", "filename": name, "scale": 2}
    config = {
        "displaylogo": False,
        "doubleClickDelay": 1,  # ms; to Plotly a tap is two clicks, which would undo each other
        "modeBarButtons": [["toImage"]],
        "toImageButtonOptions": image,
    }
    drawn = st.plotly_chart(_legible(figure), config=config, alt=alt, **options)
    if data is not None:
        download(
            "CSV", data.to_csv(index=False), f"{name}.csv", f"The numbers of this chart ({name})"
        )
    return drawn


def _legible(figure: go.Figure) -> go.Figure:
    """Darken the text of charts on white, where Streamlit's grey has a contrast of 3.7 : 1 only."""
    if is_dark():
        return figure
    font = {"color": theme.WORDS_ON_WHITE}
    axis = {"tickfont": font, "title": {"font": font}}
    return figure.update_layout(font=font, legend_font=font).update_xaxes(axis).update_yaxes(axis)


def is_dark() -> bool:
    """Whether the visitor's theme is; a change on an open page counts from the next click on."""
    return st.context.theme.type == "dark"


def download(
    label: str, text: str | Callable[[], str], file_name: str, help: str | None = None
) -> None:
    """Offer a text as a file, whose name is unique on a page; a function is called on a click."""
    st.download_button(
        label,
        text,
        file_name=file_name,
        mime=mimetypes.guess_type(file_name)[0],
        key=f"download.{file_name}",
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
        help=help,
    )


def choose(label: str, options: Mapping[str, str], key: str) -> str:
    """Choose one of many from a list; the first is the default.

    Parameters
    ----------
    options
        Title of each option, by its name. The address holds the title.
    """
    return _one(st.selectbox, label, options, key)


def segments(label: str, options: Mapping[str, str], key: str) -> str:
    """Choose one of a few; the first is the default. For `options` see `choose`."""
    return _one(
        st.segmented_control, label, options, key, default=next(iter(options)), required=True
    )


def _one(
    widget: Callable[..., object], label: str, options: Mapping[str, str], key: str, **how: object
) -> str:
    """What a widget chooses; names in the address that are not among the options are said."""
    unknown = choices.asked(options.values(), key)
    chosen = str(
        widget(
            label,
            list(options),
            format_func=lambda name: options.get(name, name),
            key=key,
            on_change=choices.forget,
            args=(key,),
            bind="query-params",
            **how,
        )
    )
    not_there(label, unknown, options.get(chosen, chosen))
    return chosen


def not_there(label: str, unknown: list[str], shown: str) -> None:
    """Say which names in the address are not there, and what is shown instead."""
    if unknown:
        named = plain(units.listed([f"“{name}”" for name in unknown]))
        st.warning(f"{label.rstrip('?')}: there is no {named} here. Shown: {plain(shown)}.")


def model_picker(artifacts: Artifacts, names: Sequence[str], key: str, label: str = "Model") -> str:
    """Choose one model."""
    return choose(label, {name: artifacts.models[name].title for name in names}, key)


def models_picker(
    artifacts: Artifacts, names: Sequence[str], key: str, most: int = MOST, few: int = FEW
) -> list[str]:
    """Choose up to `most` models; the first few are the default."""
    # The tags of a multiselect are white on the theme's colour: too little contrast in the dark.
    titles = [artifacts.models[name].title for name in names]
    unknown = choices.asked(titles, key)
    chosen = st.pills(
        "Models",
        names,
        selection_mode="multi",
        default=names[:few],
        format_func=lambda name: artifacts.models[name].title,
        key=key,
        on_change=choices.forget,
        args=(key,),
        bind="query-params",
    )
    shown = [artifacts.models[name].title for name in chosen]
    not_there("Models", unknown, units.listed(shown or ["none"]))
    if len(chosen) > most:
        st.caption(f"Only the first {most} are shown; more would be hard to tell apart.")
    return sorted(chosen, key=list(names).index)[:most]


def set_picker(artifacts: Artifacts, kind: Summary, key: str) -> str | None:
    """Choose a feature set with a summary; None, with a hint, if there is none."""
    sets = artifacts.summarised(kind)
    if not sets:
        st.info(f"This benchmark was built without {PLURAL.get(kind, kind)}. Build it again.")
        return None
    facts = artifacts.manifest.features
    return choose("Features", {name: facts[name]["title"] for name in sets}, key)


def table(frame: Any, key: str | None = None, alt: str | None = None, **config: Any) -> Any:
    """Draw a table whose columns are described by `st.column_config`.

    With a `key`, one row at a time can be chosen; its number is returned, or None. Rows that were
    chosen among are told by the first column.
    """
    key = key and choices.of_rows(key, frame)
    shares = [name for name in frame if _is_share(config.get(name))]
    frame = frame.assign(**{name: frame[name].round(3) for name in shares})  # one decimal
    choosing: Any = {"key": key, "on_select": "rerun", "selection_mode": "single-row"}
    chosen: Any = st.dataframe(
        frame,
        hide_index=True,
        column_config=config,
        alt=alt,
        placeholder="–",
        **(choosing if key else {}),
    )
    if key is None:
        return None
    rows = chosen.selection.rows
    return rows[0] if rows and rows[0] < len(frame) else None


def _is_share(column: Any) -> bool:
    return isinstance(column, dict) and column["type_config"].get("format") == "percent"


def tracks(
    artifacts: Artifacts, protocol: str, frame: pd.DataFrame, models: Sequence[str], key: str
) -> None:
    """List tracks with the likeliest genres by each model; a chosen track is played.

    Parameters
    ----------
    frame
        ``track_id``, ``window`` and any further columns to show.
    """
    if frame.empty:
        st.info("None.")
        return
    named = {f"predicted by {model}": title for model, title in artifacts.titles.items()}
    shown = frame.reset_index(drop=True)
    keys = [name for name in ("track_id", "window") if name in shown]
    for model in models:
        predictions = state.calibrated(artifacts, model, protocol)
        predictions = predictions[predictions["track_id"].isin(shown["track_id"])]
        likeliest = top_genres(predictions, artifacts.classes).rename(f"predicted by {model}")
        shown = shown.join(predictions[keys].join(likeliest).set_index(keys), on=keys)
    if "window" in shown and (shown["window"] == -1).all():
        shown = shown.drop(columns="window")
    faults = artifacts.tracks.set_index("track_id")["fault"]
    shown["fault"] = shown["track_id"].map(faults)
    if not shown["fault"].astype(bool).any():
        shown = shown.drop(columns="fault")
    row = table(shown, key, f"{len(shown)} tracks", **TRACK_COLUMNS, **named)
    if row is not None:
        play(artifacts, shown["track_id"].iloc[row], key)


TRACK_COLUMNS: dict[str, Any] = {
    "track_id": st.column_config.TextColumn("Track", pinned=True),
    "window": "Window",
    "genre": "True genre",
    "artist": "Artist",
    "title": "Title",
    "instead": "Sounds like",
    "margin": st.column_config.NumberColumn(
        "Margin",
        format=f"%{units.POINTS_EXACT}",
        help="How much likelier that genre is than the label, in points.",
    ),
    "models": "Models",
    "fault": st.column_config.TextColumn("Known fault", help="Found by an audit of the dataset."),
}


def play(artifacts: Artifacts, track_id: str, key: str = "track", at_once: bool = False) -> None:
    """Play a track of the benchmark, if the server has its recording.

    Parameters
    ----------
    key
        Names the player on its page.
    at_once
        Whether it starts by itself, after a click on the track.
    """
    path = state.recordings(artifacts).get(track_id)
    track.play(path, f"{key} player", at_once)


def share(label: str, help: str | None = None) -> Any:
    """Column of shares in [0, 1], shown in percent."""
    return st.column_config.NumberColumn(label, format="percent", help=help)


def points(label: str, help: str | None = None) -> Any:
    """Column of differences that are given in points, see `dashboard.units.in_points`."""
    return number(label, f"%{units.POINTS_EXACT}", help)


def number(label: str, form: str, help: str | None = None) -> Any:
    """Column of numbers in a printf format."""
    return st.column_config.NumberColumn(label, format=form, help=help)

"""A microphone that runs on, without a browser and with one."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.audio.windows import SAMPLE_RATE

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

    from pipeline.audio.windows import Samples

RUN = 1_700_000_000_000


def message(y: Samples, position: int, run: int = RUN) -> dict[str, Any]:
    """What the browser sends of a sound."""
    pcm = np.round(y * 32_768).clip(-32_768, 32_767).astype("<i2").tobytes()
    text = base64.b64encode(pcm).decode()
    return {"run": run, "rate": SAMPLE_RATE, "position": position, "pcm": text}


def told(page: AppTest) -> dict[str, Any]:
    """What the page tells the listener in the browser."""
    found: dict[str, Any] = json.loads(_listener(page).json)
    return found


def send(page: AppTest, y: Samples, run: int = RUN) -> dict[str, Any]:
    """Send a sound to a page as the browser does; what it is told then."""
    so_far = told(page)
    position = so_far["received"] if so_far["run"] == run else 0
    states = page._tree.get_widget_states()
    value = json.dumps([{"event": "heard", "value": message(y, position, run)}])
    events = f"$$STREAMLIT_INTERNAL_KEY_{_listener(page).id}__events"
    states.widgets.add(id=events, json_trigger_value=value)
    page._run(states)
    assert not page.exception
    return told(page)


def _listener(page: AppTest) -> Any:
    [found] = [e for e in page.get("bidi_component") if "listener" in e.proto.component_name]
    return found.proto

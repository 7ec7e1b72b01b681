"""A microphone that runs on: a verdict on the last seconds, anew with each second.

The browser draws level, clock and verdict. It sends the samples of a second, and the next ones when
this part of the page was drawn again. So a server that needs longer gets several seconds at once,
asks the model about the last window only, and is never further behind than one verdict.
"""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import state, theme
from dashboard.listener import LISTENER
from dashboard.live import session, verdict
from dashboard.live.parts import part
from dashboard.live.recording import Recording
from dashboard.live.turns import VERDICTS, place_in_words
from dashboard.units import spoken
from pipeline.audio.decoding import to_wav
from pipeline.audio.windows import WINDOW_SECONDS
from pipeline.errors import AudioError
from pipeline.inference.deciding import decided
from pipeline.inference.predict import verdict as verdict_of
from pipeline.inference.rolling import HELD_SECONDS, Rolling

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.artifacts.reader import Artifacts
    from pipeline.inference.predict import Verdict

SOURCE = "listen"
SPANS = (3, 9, HELD_SECONDS)  # seconds, whole windows
USUAL_SPAN = 9
MOST_BARS = 10
KEY = session.widget("listener")


@part
def listen(artifacts: Artifacts, model: str | None) -> None:
    """Listen by the chosen model; what is drawn anew each second."""
    if model is None:
        st.info("Choose a model below to listen live. What you taught answers recordings.")
        return
    top, news = st.container(), st.empty()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        span = _span()
        _offer_the_last()
    st.caption(
        f"The first verdict comes after {WINDOW_SECONDS:g} s, a new one each second. Hold the"
        f" microphone near the loudspeaker. The server holds the last {HELD_SECONDS} s while you"
        " listen, and writes nothing down."
    )
    with top:
        _mount(_told(artifacts, model, span, news.caption))


def _span() -> int:
    titles = {span: f"{span} s" for span in SPANS}
    return int(
        st.segmented_control(
            "The verdict is about the last",
            list(titles),
            default=USUAL_SPAN,
            required=True,
            format_func=titles.__getitem__,
            key=session.widget("span"),
            bind="query-params",
        )
    )


def _mount(told: dict[str, Any]) -> None:
    """Draw what listens; it is `told` what was heard so far."""
    LISTENER(key=KEY, data=told, on_heard_change=_receive)


def _receive() -> None:
    """Take a message of the browser: ``run, rate, position`` and ``pcm``, see `Rolling.add`."""
    message, mine = st.session_state[KEY]["heard"], session.current()
    if mine.listening is None or mine.listening.run != message["run"]:
        mine.listening = session.Listening(message["run"], Rolling(message["rate"]))
    mine.listening.sound.add(b64decode(message["pcm"]), message["position"])


def _told(
    artifacts: Artifacts, model: str, span: int, tell: Callable[[str], object]
) -> dict[str, Any]:
    """What the browser is told: how far the sound came, and the verdict on the last of it."""
    now = session.current().listening
    if now is None:
        return {"run": None, "received": 0, "over": False, "verdict": None}

    def waiting(ahead: int) -> None:
        tell(place_in_words(ahead))

    with VERDICTS.turn(waiting):
        given = _verdict(now.sound, artifacts, model, span)
    received = now.sound.received
    return {"run": now.run, "received": received, "over": now.over, "verdict": given}


def _verdict(sound: Rolling, artifacts: Artifacts, model: str, span: int) -> dict[str, Any] | None:
    """Words and bars for the browser; None before the first window."""
    at = sound.seconds
    try:
        analysis = sound.analysis(span, model, artifacts)
    except AudioError as error:
        return {"genre": "No music", "words": str(error), "bars": [], "at": at}
    if analysis is None:
        return None
    given = verdict_of(analysis, model, artifacts)
    decision = decided(analysis, given, artifacts, state.answers(artifacts, model))
    return {
        "genre": verdict.shown(given, decision),
        "words": spoken(verdict.in_words(artifacts, given, decision)),
        "bars": _bars(given),
        "at": at,
    }


def _bars(given: Verdict) -> list[dict[str, Any]]:
    """The likeliest genres, in the order of the benchmark, so that none changes its place."""
    shares = given.probabilities
    shown = set(shares.nlargest(MOST_BARS).index)
    colors = theme.genre_colors(shares.index)
    return [
        {
            "name": genre,
            "share": round(float(shares[genre]), 3),
            "color": colors[genre],
            "likeliest": genre == given.genre,
        }
        for genre in colors
        if genre in shown
    ]


def _offer_the_last() -> None:
    """Offer what is held as a recording, with all that the demo shows for one."""
    mine = session.current()
    if mine.listening is None or mine.listening.sound.seconds < WINDOW_SECONDS:
        return
    if st.button(
        f"Look closer at the last {HELD_SECONDS} s",
        icon=":material/search:",
        key=session.widget("closer"),
        help="Stops listening, and shows all that the demo shows for a recording.",
    ):
        mine.listening.over = True
        session.bring(SOURCE, [Recording("listened.wav", to_wav(mine.listening.sound.last()))])
        st.rerun()

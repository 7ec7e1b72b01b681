"""The page about running it in public says what is there."""

from __future__ import annotations

import re

from support.documents import ROOT

PAGE = ROOT / "docs/public.md"
# What is written into tags beside a genre, and no variable.
TAGS = {"GENRESCOPE_MODEL", "GENRESCOPE_VERSION", "GENRESCOPE_CONFIDENCE"}
VARIABLE = re.compile(r"\bGENRESCOPE_[A-Z]+(?:_[A-Z]+)*\b")


def test_every_variable_is_in_the_table() -> None:
    """Who runs it reads of all that the code asks for, and of nothing else."""
    sources = [path for room in ("pipeline", "dashboard") for path in (ROOT / room).rglob("*.py")]
    asked = {name for path in sources for name in VARIABLE.findall(path.read_text())}
    told = re.findall(r"^\| `(\w+)` \|", PAGE.read_text(), re.MULTILINE)
    assert told == sorted(asked - TAGS)


def test_limits_are_those_of_the_proxy() -> None:
    """The table of limits and nginx.conf name the same numbers."""
    proxy, page = (ROOT / "deploy/nginx.conf").read_text(), PAGE.read_text()
    assert "client_max_body_size 101m" in proxy
    assert "| body | 101 MB |" in page
    assert re.search(r"rate=60r/m.*zone=uploads burst=60 ", proxy, re.DOTALL)
    assert "| 60 at once, then one a second |" in page
    assert re.search(r"rate=50r/s.*zone=pages burst=300 ", proxy, re.DOTALL)
    assert "| 300 at once, then 50 a second |" in page
    assert "limit_conn sessions 20;" in proxy
    assert "| open pages of an address | 20 |" in page


def test_what_is_beside_the_app_installs_no_tensorflow() -> None:
    """Community Cloud takes the list beside app.py before the one at the top."""
    beside = (ROOT / "dashboard/requirements.txt").read_text().splitlines()
    [line] = [line for line in beside if not line.startswith("#")]
    pins = (ROOT / "dashboard" / line.removeprefix("-r ")).resolve()
    assert pins == ROOT / "requirements-serve.txt"
    packages = {re.split(r"[=\s;]", pin)[0] for pin in pins.read_text().splitlines()}
    assert {"streamlit", "onnxruntime"} <= packages
    assert not packages & {"tensorflow", "keras", "tf2onnx"}

"""What is refused when the pretrained networks are imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipeline.backbones import import_musicnn as importing
from pipeline.backbones.import_musicnn import import_musicnn
from pipeline.errors import PipelineError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_wrong_wheel_is_refused(tmp_path: Path) -> None:
    """Nothing is unpacked from a file of another hash."""
    wheel = tmp_path / "musicnn-0.1.0-py3-none-any.whl"
    wheel.write_bytes(b"not a wheel")
    with pytest.raises(PipelineError, match=r"its SHA-256 is \w{64}, not f38a4890"):
        import_musicnn(tmp_path / "out", wheel=wheel)
    assert not (tmp_path / "out").exists()


def test_a_wheel_that_is_not_there(tmp_path: Path) -> None:
    """The message names the file and the wheel that is wanted."""
    with pytest.raises(PipelineError, match=r"no\.whl is not a file.*musicnn==0\.1\.0"):
        import_musicnn(tmp_path, wheel=tmp_path / "no.whl")


def test_without_pip_the_cure_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An environment made by uv has no pip."""
    monkeypatch.setattr(importing, "find_spec", lambda name: None)
    with pytest.raises(PipelineError, match="-m ensurepip"):
        import_musicnn(tmp_path)

"""New artifacts take the place of the previous ones at once, when they are complete."""

from __future__ import annotations

import shutil
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from pipeline.artifacts import manifest as manifests
from pipeline.artifacts.manifest import publish
from pipeline.artifacts.reader import Artifacts, available

if TYPE_CHECKING:
    from pathlib import Path


def test_publish_completes_before_it_replaces(
    damaged: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dying while the new files are hashed leaves the previous artifacts as they were."""
    root = damaged.parent
    before = Artifacts(damaged).manifest
    staged = shutil.copytree(damaged, root / ".synthetic.new")
    (staged / "manifest.json").unlink()

    def die(path: Path) -> str:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(manifests, "file_hash", die)
        with pytest.raises(KeyboardInterrupt):
            publish(staged, before, root)
    assert available(root) == ["synthetic"]
    assert Artifacts(damaged).manifest == before
    assert not (staged / "manifest.json").exists()


def test_publish_puts_the_new_in_place_of_the_old(damaged: Path) -> None:
    """Nothing of the previous build is left, neither beside nor below the new one."""
    root = damaged.parent
    staged = root / ".synthetic.new"
    staged.mkdir()
    (staged / "tracks.parquet").write_bytes(b"new")
    manifest = replace(Artifacts(damaged).manifest, title="New", files={})
    assert publish(staged, manifest, root) == damaged
    assert [path.name for path in root.iterdir()] == ["synthetic"]
    names = {"manifest.json", "manifest.sha256", "tracks.parquet"}
    assert {path.name for path in damaged.iterdir()} == names
    assert Artifacts(damaged).manifest.title == "New"
    digest = sha256(b"new").hexdigest()
    assert Artifacts(damaged).manifest.files == {"tracks.parquet": digest}

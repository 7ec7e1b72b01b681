"""The package as it is installed from a wheel, away from the checkout."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from support.browsing import PIECE
from support.serving import free_port, wait_until_healthy

ROOT = Path(__file__).parents[1]
BUILD = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"
PARTS = ("pipeline", "dashboard", "artifacts", ".streamlit")
FILES = ("pyproject.toml", "README.md", "LICENSE")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the wheel of this checkout holds."""
    source, built = (tmp_path_factory.mktemp(name) for name in ("source", "wheel"))
    for part in PARTS:
        shutil.copytree(
            ROOT / part, source / part, symlinks=True, ignore=lambda *_: ["__pycache__"]
        )
    for name in FILES:
        shutil.copy(ROOT / name, source)
    subprocess.run([sys.executable, "-c", BUILD, str(built)], cwd=source, check=True)
    [wheel] = built.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(built / "site")
    return built / "site"


def environment(site: Path, home: Path, **more: str) -> dict[str, str]:
    """That of a person who installed the package, and has nothing else of it."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GENRESCOPE_")}
    return kept | {"PYTHONPATH": str(site), "HOME": str(home), "USERPROFILE": str(home)} | more


def test_every_file_of_the_packages_is_installed(site: Path) -> None:
    """Artifacts, pictures, pieces, tables, the player and the theme, not only the code.

    But not the list of packages beside app.py, which only a checkout needs.
    """
    kept = subprocess.run(
        ["git", "ls-files", "pipeline", "dashboard", "artifacts"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    wanted = {*kept, "dashboard/.streamlit/config.toml"} - {
        "dashboard/.streamlit",
        "dashboard/requirements.txt",
    }
    there = {str(p.relative_to(site).as_posix()) for p in site.rglob("*") if p.is_file()}
    assert wanted - there == set()


def test_it_answers_from_anywhere(site: Path, tmp_path: Path) -> None:
    """With the artifacts that were installed with it; what it keeps is the person's own."""
    done = run(site, tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[0])["genre"]
    assert (tmp_path / ".genrescope/cache").is_dir()
    assert not any((tmp_path / "elsewhere").iterdir())


def test_artifacts_that_are_not_there_can_be_named(site: Path, tmp_path: Path) -> None:
    """Where they were looked for, and how to name another folder; then it answers from there."""
    done = run(site, tmp_path, GENRESCOPE_ARTIFACTS=str(tmp_path / "none"))
    assert done.returncode == 2
    assert f"in {tmp_path / 'none'} (built: none yet)" in done.stderr
    assert "set GENRESCOPE_ARTIFACTS" in done.stderr
    own = str(ROOT / "artifacts")  # as if a person had built them
    done = run(site, tmp_path, GENRESCOPE_ARTIFACTS=str(tmp_path / "none"), GENRESCOPE_HOME=own)
    assert json.loads(done.stdout.splitlines()[0])["genre"]


def run(site: Path, home: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Ask about a piece, from a folder that has nothing to do with the package."""
    elsewhere = home / "elsewhere"
    elsewhere.mkdir(exist_ok=True)
    return subprocess.run(
        [sys.executable, "-m", "pipeline", "classify", str(PIECE), "--format", "json"],
        cwd=elsewhere,
        env=environment(site, home, **more),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_its_dashboard_starts_from_anywhere(site: Path, tmp_path: Path) -> None:
    """One command, with the theme and limits of the checkout."""
    port = free_port()
    env = environment(site, tmp_path)
    server = subprocess.Popen(
        [sys.executable, "-m", "dashboard", "start", "--port", str(port)], cwd=tmp_path, env=env
    )
    try:
        wait_until_healthy(f"http://localhost:{port}", server)
    finally:
        server.terminate()
        server.wait()

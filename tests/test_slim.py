"""What is removed for the image, and what stays."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SLIM = ROOT / "docker" / "slim.sh"


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """A folder of packages as small as can be."""
    for name in (
        *("streamlit/a.py", "pyarrow/libarrow.so.1", "pyarrow/libarrow_flight.so.1"),
        *("numba/__init__.py", "llvmlite/__init__.py", "numpy/tests/test_a.py", "numpy/a.pyx"),
        *("librosa/__init__.pyi", "yt_dlp/extractor/a.py", "PIL/__pycache__/a.cpython-311.pyc"),
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path


def slim(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run it."""
    env = {"PYTHON": sys.executable, "PATH": "/usr/bin:/bin"}
    return subprocess.run(["sh", SLIM, folder], env=env, capture_output=True, text=True)


def test_what_serving_never_opens_goes(packages: Path) -> None:
    """Tests, sources, the compiler; not the stubs from which librosa loads its parts."""
    assert slim(packages).returncode == 0
    left = {str(p.relative_to(packages)) for p in packages.rglob("*") if p.is_file()}
    bytecode = {name for name in left if "__pycache__" in name}
    assert left - bytecode == {
        *("streamlit/a.py", "pyarrow/libarrow.so.1", "numba.py", "librosa/__init__.pyi"),
        "yt_dlp/extractor/a.py",
    }
    assert {Path(name).parts[0] for name in bytecode} == {"streamlit", "__pycache__"}


def test_numba_is_found_under_its_name(packages: Path) -> None:
    """The command line serves from a slim environment too."""
    slim(packages)
    ask = "import numba; print(numba.jit(nopython=True)(abs)(-1), numba.__file__)"
    env = {"PYTHONPATH": f"{packages}:{ROOT}:{sysconfig.get_path('purelib')}"}
    (packages / "numpy").rename(packages / "np")  # the real one counts
    shutil.rmtree(packages / "pyarrow")
    shown = subprocess.check_output([sys.executable, "-c", ask], env=env, text=True)
    assert shown.split() == ["1", str(packages / "numba.py")]


def test_another_folder_is_left_alone(tmp_path: Path) -> None:
    """A wrong argument removes nothing."""
    (tmp_path / "tests").mkdir()
    done = slim(tmp_path)
    assert done.returncode == 1
    assert "is no environment of the dashboard" in done.stderr
    assert (tmp_path / "tests").is_dir()

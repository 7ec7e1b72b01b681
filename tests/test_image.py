"""What the image promises: read in its recipe, and built where Docker is there."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
RECIPE = (ROOT / "Dockerfile").read_text()
STEPS = re.sub(r"\\\n", " ", re.sub(r"^\s*#.*\n", "", RECIPE, flags=re.MULTILINE)).splitlines()
LAST_STAGE = STEPS[max(i for i, step in enumerate(STEPS) if step.startswith("FROM ")) :]
COPIED = [
    step.split()[1:-1] for step in STEPS if step.startswith("COPY ") and "--from=" not in step
]
MAX_MB = 900


def docker() -> bool:
    """Whether a daemon answers."""
    there = shutil.which("docker")
    return bool(there) and subprocess.run([there, "info"], capture_output=True).returncode == 0


def test_it_runs_as_nobody_special() -> None:
    """The last word about users is not root, and it comes before the server starts."""
    users = [step.split()[1] for step in LAST_STAGE if step.startswith("USER ")]
    assert users
    assert users[-1] not in {"root", "0"}
    starts = next(i for i, step in enumerate(LAST_STAGE) if step.startswith("CMD "))
    assert any(step.startswith("USER ") for step in LAST_STAGE[:starts])


def test_its_health_is_asked_where_streamlit_answers() -> None:
    """On the port that PORT names."""
    [check] = [step for step in LAST_STAGE if step.startswith("HEALTHCHECK ")]
    assert "/_stcore/health" in check
    assert "PORT" in check


def test_it_installs_what_serving_needs() -> None:
    """The pins without TensorFlow, and no other list."""
    assert "requirements-serve.txt" in RECIPE
    assert not re.search(r"requirements(-dev)?\.txt", RECIPE)


def test_what_it_copies_is_there_and_passes_the_ignore_list() -> None:
    """Each file or folder exists, and is let into the build."""
    let_in = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    for name in (name for names in COPIED for name in names):
        assert (ROOT / name).exists(), name
        assert any(
            Path(one).is_relative_to(name) or Path(name).is_relative_to(one) for one in let_in
        )


def test_the_shipped_folders_are_complete() -> None:
    """Every package that an installation takes is copied, and the settings of Streamlit."""
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    wanted = {name.rstrip("*") for name in packages["packages"]["find"]["include"]}
    assert wanted | {"artifacts", ".streamlit"} <= {name for names in COPIED for name in names}


def test_nothing_is_fetched_but_packages() -> None:
    """No address in the recipe: neither ADD of one, nor a download in a step."""
    assert not [step for step in STEPS if step.startswith("ADD ")]
    assert not re.search(r"https?://(?!localhost)|\b(curl|wget|git clone)\b", RECIPE)


def test_compose_lets_the_dashboard_write_nowhere() -> None:
    """But to a folder that goes, and one that stays; strangers reach the proxy only."""
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    dashboard, proxy = services["dashboard"], services["proxy"]
    assert dashboard["read_only"]
    assert dashboard["cap_drop"] == ["ALL"]
    assert "ports" not in dashboard
    config = proxy["volumes"][0].split(":")[0]
    port = proxy["ports"][0].split(":")[1]
    assert f"listen {port};" in (ROOT / config).read_text()
    assert "server dashboard:7860;" in (ROOT / config).read_text()
    assert "PORT=7860" in RECIPE


@pytest.mark.skipif(not docker(), reason="no Docker daemon answers")
@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_it_is_built_and_small() -> None:
    """Every model answers in it, which its recipe checks, and it takes no more than 900 MB."""
    subprocess.run(
        ["docker", "build", "--quiet", "--tag", "genrescope:test", "."], cwd=ROOT, check=True
    )
    size = ["docker", "image", "inspect", "--format", "{{.Size}}", "genrescope:test"]
    assert int(subprocess.check_output(size, text=True)) <= MAX_MB * 1e6

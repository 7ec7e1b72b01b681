"""What documents name is there: targets, commands, options, links, files, rules."""

from __future__ import annotations

import re
import shlex
import subprocess
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import typer
from support.commands import run
from support.documents import ARCHITECTURE, PAGES, README, ROOT, code, example_sources

from dashboard import __main__ as dashboard_cli
from pipeline.audio.decoding import to_wav
from pipeline.audio.windows import SAMPLE_RATE
from pipeline.cli import app as pipeline_cli

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.artifacts.reader import Artifacts

TARGETS = ["install", "dashboard", "artifacts", "teach", "test", "check", "docs", "bench", "lint"]
TARGETS += ["clean"]
PROGRAMS = {"pipeline": pipeline_cli.app, "dashboard": dashboard_cli.app}
PLACES = ("pipeline/", "dashboard/", "tests/", "docs/", "tools/", ".ci/")

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)


def test_make_help_lists_the_targets() -> None:
    """Who types `make help` sees everything there is to do."""
    shown = subprocess.run(
        ["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert set(TARGETS) <= set(re.findall(r"^\s+make (\S+)", shown, re.MULTILINE))


@each_page
def test_make_targets_exist(page: Path) -> None:
    """Every target that a document names is in the Makefile."""
    there = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {t for line in code(page) for t in re.findall(r"^make ([a-z]+)", line)} <= there


def test_readme_names_every_target() -> None:
    """No target is left to be guessed."""
    named = {t for line in code(README) for t in re.findall(r"^make ([a-z]+)", line)}
    assert set(TARGETS) <= named


@each_page
def test_commands_exist(page: Path) -> None:
    """Every command that a document names is there, with its options."""
    for line in code(page):
        module, name, words = command_in(line)
        if module not in PROGRAMS:
            continue
        there = commands_of(module)
        assert name in there, line
        command = there[name]
        if isinstance(command, typer.core.TyperGroup):
            assert words, line
            assert words[0] in command.commands, line
            command = command.commands[words[0]]
        known = {option for param in command.params for option in param.opts}
        assert {word for word in words if word.startswith("-")} <= known, line


def test_documents_name_every_command() -> None:
    """Each is shown at least once; the one that has moved stands where it is now."""
    commands = [command_in(line) for page in PAGES for line in code(page)]
    named = {(module, name) for module, name, _ in commands}
    parts = {words[0] for _, name, words in commands if name == "library" and words}
    assert {*commands_of("pipeline")["library"].commands} <= parts
    for module in PROGRAMS:
        there = {(module, name) for name in commands_of(module)} - {("pipeline", "report")}
        assert there <= named


def command_in(line: str) -> tuple[str, str, list[str]]:
    """Package, command and the rest of a line; empty if it is another program."""
    words = shlex.split(line, comments=True) if line.startswith("python -m ") else []
    return (words[2], words[3], words[4:]) if len(words) > 3 else ("", "", [])


def commands_of(module: str) -> dict[str, Any]:
    """The commands of a package, by name."""
    group = typer.main.get_group(PROGRAMS[module])
    return group.commands


def test_a_document_describes_the_keys_of_a_result(gtzan: Artifacts, tmp_path: Path) -> None:
    """The table of keys is what `classify --format json` writes, in its order."""
    tone = 0.3 * np.sin(np.arange(4 * SAMPLE_RATE, dtype=np.float32) / 10)
    (tmp_path / "song.wav").write_bytes(to_wav(tone))
    page = (ROOT / "docs/classify.md").read_text()
    table = page.partition("| key | value |")[2].partition("\n\n")[0]
    places = ("--artifacts", gtzan.folder.parent, "--cache", tmp_path / "cache")
    options = ("--model", "logistic_ovr", "-f", "json", *places)
    (row,) = run("classify", tmp_path / "song.wav", *options).rows
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list(row)
    assert set(row["windows"][0]) == {"start", "end", "probabilities"}
    (row,) = run("classify", tmp_path / "none.wav", *options).rows
    assert set(row) == {"path", "error"}


@each_page
def test_links_and_images_lead_somewhere(page: Path) -> None:
    """Every relative link points to a file or folder of the repository; images have a text."""
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    for mark, label, target in re.findall(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)", text):
        assert label or not mark, f"{target} has no alternative text"
        if not target.startswith(("https://", "http://")):
            place = page.parent / target.partition("#")[0]
            assert place.exists(), f"{page.name} links to {target}, which is not there"


@each_page
def test_named_files_exist(page: Path) -> None:
    """A path that a document names is there; those of the examples are meant to be added."""
    examples = {path for path, _ in example_sources()}
    for span in code(page):
        if span.startswith(PLACES) and re.fullmatch(r"[\w./-]+", span) and span not in examples:
            assert (ROOT / span).exists(), f"{page.name} names {span}, which is not there"


def test_architecture_names_every_room_and_module() -> None:
    """A folder or a module at the top of either package has a line in the layout."""
    rows = [line for line in ARCHITECTURE.read_text().splitlines() if line.startswith("| `")]
    named = {span for row in rows for span in row.split("`")}
    found = [path for package in PROGRAMS for path in (ROOT / package).iterdir()]
    modules = {path for path in found if path.suffix == ".py" and path.stem != "__init__"}
    rooms = {path for path in found if (path / "__init__.py").exists()}
    assert {path.relative_to(ROOT).as_posix() for path in modules} <= named
    assert {f"{path.relative_to(ROOT).as_posix()}/" for path in rooms} <= named


def test_rules_have_their_tests() -> None:
    """Every test that a document names exists."""
    named = {span for page in PAGES for span in code(page) if re.fullmatch(r"test_\w+", span)}
    there = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        there |= set(re.findall(r"^def (test_\w+)", path.read_text(), re.MULTILINE))
    assert len(named) > 20
    assert named <= there

"""The documents say what is so: tables, commands, links, names and examples."""

from __future__ import annotations

import importlib
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import typer
from streamlit.testing.v1 import AppTest

from pipeline import __main__ as cli
from pipeline import docs
from pipeline.audio import SAMPLE_RATE, WINDOW, to_wav
from pipeline.errors import DatasetError
from pipeline.evaluate import answers, compare, leaderboard
from pipeline.models import Examples
from pipeline.persistence import load, save
from pipeline.protocols import LEARN
from pipeline.registry import discover
from pipeline.train import tune

if TYPE_CHECKING:
    from pipeline.artifacts import Artifacts
    from pipeline.datasets import Dataset
    from pipeline.features import FeatureSet
    from pipeline.models import Model
    from pipeline.protocols import Protocol

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
ADDING = ROOT / "docs/adding.md"
ARCHITECTURE = ROOT / "docs/architecture.md"
PAGES = [README, ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
TARGETS = ["install", "dashboard", "artifacts", "test", "check", "bench", "lint", "clean"]
PLACES = ("pipeline/", "dashboard/", "tests/", "docs/", ".ci/")

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)


def code(page: Path) -> list[str]:
    """Lines of code blocks, and code within sentences."""
    text = page.read_text()
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.S | re.M))
    return [line for block in blocks for line in block.splitlines()] + spans


def test_readme_shows_the_current_scores() -> None:
    """The table is what the committed artifacts give."""
    text = README.read_text()
    assert docs.MARKED.search(text)
    assert text == docs.refresh(text), "Renew README.md: python -m pipeline.docs"


def test_the_data_dictionary_is_current() -> None:
    """docs/features.md is what the code says of its columns."""
    assert docs.FEATURES.read_text() == docs.features_page(), "python -m pipeline.docs"


def test_the_data_dictionary_knows_every_set() -> None:
    """Each set has its section, its works and the words of its first column."""
    page = docs.features_page()
    for features in discover("pipeline.features", "FEATURES").values():
        section = page.partition(f"## `{features.name}`:")[2].partition("\n## ")[0]
        assert f"`{features.names[0]}`" in section or features.names[0].partition(".")[2] in section
        assert features.columns[0].meaning.split()[0] in section
        assert all(f"* {work}" in section for work in features.works)


def test_the_benchmark_page_names_every_set() -> None:
    """Speed is said of each set that is computed from audio; parts of musicnn are within its."""
    page = (ROOT / "docs/benchmarks.md").read_text()
    parts = {"musicnn_mel", "taggram", "vgg"}
    for name, features in discover("pipeline.features", "FEATURES").items():
        if features.compute is not None and name not in parts:
            assert re.search(rf"^\| {name}\b", page, re.MULTILINE), name


def test_the_results_page_is_current() -> None:
    """docs/results.md is what the committed artifacts give."""
    assert docs.RESULTS.read_text() == docs.results_page(), "python -m pipeline.docs"


def test_the_results_page_tells_who_can_be_told_from_whom(gtzan: Artifacts) -> None:
    """Of each protocol it counts the pairs that differ significantly."""
    section = docs.RESULTS.read_text().partition("## `gtzan`:")[2].partition("\n## ")[0]
    for name, facts in gtzan.manifest.protocols.items():
        pairs = compare({m: answers(gtzan, m, name) for m in gtzan.models})
        line = f"* {facts['title']}: {pairs['significant'].sum()} of {len(pairs)} pairs"
        assert line in section


def test_the_table_names_every_model_and_protocol(gtzan: Artifacts) -> None:
    """Nothing that was built is missing from it."""
    table = docs.scores_table(gtzan)
    for name, facts in gtzan.manifest.protocols.items():
        asked = len(gtzan.predictions("logistic_ovr", name))
        assert f"{facts['title']}, n = {asked}" in table
    for card in gtzan.models.values():
        assert f"| {card.title} |" in table
    assert len({row.count("|") for row in table.splitlines() if row.startswith("|")}) == 1


def test_scores_in_the_table_are_those_of_the_leaderboard(gtzan: Artifacts) -> None:
    """A row holds accuracy, interval and macro-F1 under each protocol."""
    table = docs.scores_table(gtzan)
    for protocol in gtzan.manifest.protocols:
        for row in leaderboard(gtzan, protocol).itertuples():
            line = next(line for line in table.splitlines() if line.startswith(f"| {row.title} |"))
            interval = f"{row.low * 100:.0f} to {row.high * 100:.0f}"
            assert f" {row.accuracy:.1%}, {interval} ({row.macro_f1:.2f}) |" in line


def test_refresh_replaces_only_what_stands_between_markers() -> None:
    """Text around the markers stays, and a second pass changes nothing."""
    new = docs.refresh("before\n<!-- scores:gtzan -->\nSTALE\n<!-- /scores -->\nafter `x`\n")
    assert new.startswith("before\n<!-- scores:gtzan -->\n| model |")
    assert new.endswith("\n<!-- /scores -->\nafter `x`\n")
    assert "STALE" not in new
    assert docs.refresh(new) == new
    assert docs.refresh("no marker\n") == "no marker\n"


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
    """Every command of the command line that a document names is there, with its options."""
    there = typer.main.get_command(cli.app).commands  # type: ignore[attr-defined]
    for line in code(page):
        if not line.startswith("python -m pipeline "):
            continue
        name, *words = shlex.split(line, comments=True)[3:]
        assert name in there, line
        known = {option for param in there[name].params for option in param.opts}
        assert {word for word in words if word.startswith("-")} <= known, line


def test_readme_names_every_command() -> None:
    """README shows each command at least once."""
    lines = [line for line in code(README) if line.startswith("python -m pipeline ")]
    there = typer.main.get_command(cli.app).commands  # type: ignore[attr-defined]
    assert {line.split()[3] for line in lines} == set(there)


def test_readme_describes_the_keys_of_an_answer(gtzan: Artifacts, tmp_path: Path) -> None:
    """The table of keys is what `classify --format json` writes, in its order."""
    tone = 0.3 * np.sin(np.arange(4 * SAMPLE_RATE, dtype=np.float32) / 10)
    (tmp_path / "song.wav").write_bytes(to_wav(tone))
    table = README.read_text().partition("| key | value |")[2].partition("\n\n")[0]
    (row,) = cli._verdicts(tmp_path / "song.wav", gtzan, ["logistic_ovr"])
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list(json.loads(json.dumps(row)))
    assert set(row["windows"][0]) == {"start", "end", "probabilities"}
    (row,) = cli._verdicts(tmp_path / "none.wav", gtzan, ["logistic_ovr"])
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


def test_architecture_names_every_module() -> None:
    """A module at the top of either package has a line in the layout."""
    text = ARCHITECTURE.read_text()
    modules = [*(ROOT / "pipeline").glob("*.py"), *(ROOT / "dashboard").glob("*.py")]
    names = [path.relative_to(ROOT).as_posix() for path in modules if path.stem != "__init__"]
    assert [name for name in names if f"| `{name}` |" not in text] == []


def test_rules_have_their_tests() -> None:
    """Every test that a document names exists."""
    named = {
        name for page in PAGES for span in code(page) for name in re.findall(r"^test_\w+$", span)
    }
    there = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        there |= set(re.findall(r"^def (test_\w+)", path.read_text(), re.MULTILINE))
    assert len(named) > 20
    assert named <= there


# The examples of docs/adding.md.


def example_sources() -> list[tuple[str, str]]:
    """Path and source of each example; the path stands in the first line."""
    blocks = re.findall(r"^```python\n# (\S+)\n(.*?)^```", ADDING.read_text(), re.S | re.M)
    return [(path, source) for path, source in blocks]


def check_dataset(dataset: Dataset, tmp_path: Path, **_: Any) -> None:
    """It lists recordings sorted by id, and says what it needs."""
    for name in ("b/y/2.wav", "a/x/1.MP3", "a/x/cover.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    tracks = dataset.tracks(tmp_path)
    assert [(t.track_id, t.genre, t.artist) for t in tracks] == [
        ("a/x/1.MP3", "a", "x"),
        ("b/y/2.wav", "b", "y"),
    ]
    assert all(track.path.is_file() for track in tracks)
    for nothing in (None, tmp_path / "nothing"):
        with pytest.raises(DatasetError, match="must hold"):
            dataset.tracks(nothing)


def check_features(features: FeatureSet, **_: Any) -> None:
    """Noise and silence give finite numbers, one a column."""
    noise = np.random.default_rng(0).uniform(-1, 1, WINDOW).astype(np.float32)
    for y in (noise, np.zeros_like(noise)):
        values = features.extract(y)
        assert values.shape == (len(features.columns),)
        assert values.dtype == np.float32
        assert np.isfinite(values).all()


def check_model(model: Model, tmp_path: Path, **_: Any) -> None:
    """It tells three blobs apart, and its file gives the same answers."""
    track = np.repeat(np.arange(30), 4)
    y = track % 3
    X = np.random.default_rng(0).normal(size=(len(y), 5)).astype(np.float32) + 4 * np.eye(3, 5)[y]
    blobs = Examples(X.astype(np.float32), y, track, track // 2)
    classifier = model.fit(blobs, **tune(model, blobs, 3))
    probabilities = classifier.predict_proba(blobs.X)
    assert (probabilities.argmax(axis=1) == y).mean() > 0.95
    save(classifier, tmp_path / model.filename)
    restored = load(tmp_path / model.filename)
    np.testing.assert_allclose(restored.predict_proba(blobs.X), probabilities, atol=1e-6)


def check_protocol(protocol: Protocol, **_: Any) -> None:
    """It gives fold numbers counted from 0, and applies only where there are enough tracks."""
    tracks = pd.DataFrame({"genre": ["a", "b"] * 10, "artist": ["x"] * 20}, index=range(5, 25))
    fold = protocol.folds(tracks)
    assert fold is not None
    assert fold.index.equals(tracks.index)
    asked = sorted(fold[fold != LEARN].dropna().unique())
    assert asked == list(range(len(asked)))
    assert protocol.folds(tracks.head(4)) is None


def check_view(view: Any, gtzan: Artifacts, **_: Any) -> None:
    """It draws without an error, and stands in a place of its own."""

    def render(module: str, folder: str) -> None:
        import sys
        from pathlib import Path

        from pipeline.artifacts import Artifacts

        opened = Artifacts(Path(folder))
        sys.modules[module].VIEW.render(opened, opened.strictest)

    module = view.render.__module__
    page = AppTest.from_function(render, args=(module, str(gtzan.folder))).run(timeout=60)
    assert not page.exception
    assert page.title[0].value == view.title
    assert view.order not in {v.order for v in discover("dashboard.views", "VIEW").values()}


CHECKS = {
    "pipeline.datasets": ("DATASET", check_dataset),
    "pipeline.features": ("FEATURES", check_features),
    "pipeline.models": ("MODEL", check_model),
    "pipeline.protocols": ("PROTOCOL", check_protocol),
    "dashboard.views": ("VIEW", check_view),
}


def test_there_is_an_example_of_each_kind() -> None:
    """One for each registry, in no file that is there already."""
    paths = [Path(path) for path, _ in example_sources()]
    assert sorted(".".join(path.parent.parts) for path in paths) == sorted(CHECKS)
    assert not [path for path in paths if (ROOT / path).exists()]


@pytest.mark.parametrize(("path", "source"), example_sources(), ids=lambda text: text[:40])
def test_example_is_found_and_works(
    path: str,
    source: str,
    gtzan: Artifacts,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A file with the example's text is all that its folder needs, and it does what it must."""
    file = tmp_path / "code" / path
    file.parent.mkdir(parents=True)
    file.write_text(source)
    package = ".".join(Path(path).parent.parts)
    constant, check = CHECKS[package]
    discover(package, constant)  # what is kept of the registry must not hold the example
    folder = importlib.import_module(package)
    monkeypatch.setattr(folder, "__path__", [*folder.__path__, str(file.parent)])
    monkeypatch.delitem(sys.modules, f"{package}.{file.stem}", raising=False)
    try:
        found = discover.__wrapped__(package, constant)
        (tmp_path / "data").mkdir()
        check(found[file.stem], tmp_path=tmp_path / "data", gtzan=gtzan)
    finally:
        sys.modules.pop(f"{package}.{file.stem}", None)
        vars(folder).pop(file.stem, None)

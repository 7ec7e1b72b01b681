"""The report: one HTML file with right numbers, nothing from elsewhere, no foreign markup."""

from __future__ import annotations

import re
import shutil
from base64 import b64decode
from html import escape, unescape
from pathlib import Path
from typing import Any

import pytest
from support.damage import rewrite_manifest
from support.odd_benchmarks import SCRIPT, SHAPES, Shape, benchmark
from support.stored_predictions import accuracies
from typer.testing import CliRunner

from dashboard.__main__ import app
from dashboard.report import report
from pipeline.artifacts.reader import Artifacts
from pipeline.benchmark.robustness import DISTORTIONS
from pipeline.errors import ArtifactsError, PipelineError
from pipeline.evaluation.card import card
from pipeline.evaluation.comparison import compare
from pipeline.evaluation.scores import labelled_predictions

pytestmark = pytest.mark.xdist_group("report")  # one process makes each report once
# The drawing library and the charts' data are scripts; a reader sees what is left.
SCRIPTS = re.compile(r"<script.*?</script>", re.DOTALL)
LINES = {
    "external script or image": r"""<[^>]*\ssrc\s*=\s*["']?\s*(https?:)?//""",
    "external link": r"""<[^>]*\shref\s*=\s*["']?\s*(https?:)?//""",
    "imported style": r"@import",
    "linked style": r"<link\b",
}


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Artifacts:
    """A small benchmark of random answers, which needs no training."""
    return benchmark("odd", Shape(live=True), tmp_path_factory.mktemp("odd"))


@pytest.fixture(params=["odd", "synthetic", "gtzan"], scope="module")
def opened(request: pytest.FixtureRequest) -> Artifacts:
    """A benchmark of random answers, one that was built, and the committed one."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def html(opened: Artifacts) -> str:
    """Its report."""
    return report(opened)


def seen(html: str) -> str:
    """What stands in a report besides its scripts."""
    return SCRIPTS.sub("", html)


def test_report_names_every_model_and_protocol(opened: Artifacts, html: str) -> None:
    """Titles of all models, protocols and the benchmark can be read."""
    text = unescape(seen(html))
    models = {card.title for card in opened.models.values()}
    protocols = {f"<h2>{facts.title}</h2>" for facts in opened.manifest.protocols.values()}
    assert {
        title for title in models | protocols | {opened.manifest.title} if title not in text
    } == set()


def test_report_has_the_accuracy_of_every_model(opened: Artifacts, html: str) -> None:
    """The row of each model under each protocol begins with its accuracy, best first."""
    text = seen(html)
    for protocol, facts in opened.manifest.protocols.items():
        part = text[text.index(f"<h2>{escape(facts.title)}</h2>") :]
        rows = re.findall(r"<tr>\s*<td>(.*?)</td>\s*<td>([\d.]+%)</td>", part.split("</table>")[0])
        found = accuracies(opened, protocol)
        told = {(opened.models[name].title, f"{share:.1%}") for name, share in found.items()}
        assert {(unescape(title), share) for title, share in rows} == told
        assert rows[0][1] == f"{max(found.values()):.1%}"


def test_report_says_which_test_counts_pairs_and_why_scores_are_missing(gtzan: Artifacts) -> None:
    """The number of significant pairs is that of `compare`; a dash is explained, and no NaN."""
    text = unescape(seen(report(gtzan)))
    tables = {m: labelled_predictions(gtzan, m, gtzan.headline) for m in gtzan.models}
    pairs = compare(tables)
    assert (
        f"{pairs['significant'].sum()} of {len(pairs)} pairs (sign-flip test over artists" in text
    )
    assert "all test tracks of disco are by one artist, and so are all of jazz," in text
    assert "<td>–</td>" in text
    assert not re.search("<td>nan", text)


def test_report_links_the_cards_of_the_best_models(odd: Artifacts) -> None:
    """Each link holds the card that the command writes, under a name of its own."""
    links = re.findall(
        r'<a download="(.*?)" href="data:text/markdown;charset=utf-8;base64,(.*?)">(.*?)</a>',
        report(odd),
    )
    best = list(accuracies(odd, odd.headline))[:4]
    titles = {name: d.title for name, d in DISTORTIONS.items()}
    assert [name for name, _, _ in links] == [f"odd-{model}.md" for model in best]
    for model, (_, encoded, title) in zip(best, links, strict=True):
        assert b64decode(encoded).decode() == card(odd, model, titles)
        assert unescape(title) == odd.titles[model]


def test_report_needs_nothing_from_elsewhere(html: str) -> None:
    """No script, style, font or picture is fetched: it opens without a network."""
    text = seen(html)
    assert [what for what, line in LINES.items() if re.search(line, text)] == []
    assert not re.search(r"<script[^>]*\ssrc", html)
    assert text.count("url(") == 0


def test_report_is_one_whole_page(html: str) -> None:
    """A document with its language, its encoding and an end; each chart says what it is."""
    start = '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
    assert (html[: len(start)], html[-15:]) == (start, "</body></html>\n")
    charts = re.findall(r"<figure[^>]*>", html)
    assert charts
    assert all(re.search(r'aria-label="[^"]+"', chart) for chart in charts)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Artifacts:
    """Markup in every name that a manifest holds."""
    shape = Shape(
        genres=(f"blues {SCRIPT}", "jazz", "rock"),
        models=(f"A {SCRIPT}", f'B "onload=" {SCRIPT}'),
        title=f"Odd {SCRIPT}",
        citation=f"Nobody {SCRIPT}",
        live=True,
    )
    folder = benchmark("hostile", shape, tmp_path_factory.mktemp("hostile")).folder
    rewrite_manifest(folder, add_markup)
    return Artifacts(folder)


def add_markup(facts: dict[str, Any]) -> None:
    facts["notes"] = [f"A note {SCRIPT}"]
    facts["licence"] = facts["commit"] = facts["created"] = f"x {SCRIPT}"
    for part in (*facts["protocols"].values(), *facts["features"].values()):
        part["title"] += SCRIPT
    for protocol in facts["protocols"].values():
        protocol["description"] += SCRIPT
    facts["published"][0] |= {"name": f"Somebody {SCRIPT}", "source": SCRIPT}


def test_report_escapes_markup(hostile: Artifacts) -> None:
    """No name becomes an element, neither in the text nor in a chart's data."""
    html = report(hostile)
    # Where it would occur; comparing a text of megabytes would take pytest minutes.
    assert [html[m.start() - 80 : m.end()] for m in re.finditer("(?i)<script>alert", html)] == []
    assert html.count(escape(f"Odd {SCRIPT}")) == 2


@pytest.mark.parametrize("name", SHAPES)
def test_report_of_odd_shapes(name: str, tmp_path: Path) -> None:
    """Whatever is missing or many, there is a report, and it names every model."""
    opened = benchmark(name, SHAPES[name], tmp_path)
    text = unescape(seen(report(opened)))
    assert [card.title for card in opened.models.values() if card.title not in text] == []


def invoke(*words: object) -> tuple[int, str, BaseException | None]:
    """Exit code, output and error of a command."""
    done = CliRunner().invoke(app, [*map(str, words)])
    return done.exit_code, done.output, done.exception


def test_command_writes_the_report(odd: Artifacts, tmp_path: Path) -> None:
    """The file is the report; the command says where it is."""
    path = tmp_path / "out.html"
    code, out, error = invoke("report", "odd", "-o", path, "--artifacts", odd.folder.parent)
    assert (code, error) == (0, None)
    assert str(path) in out
    html = path.read_text(encoding="utf-8")
    assert seen(html).count("<h2>") == seen(report(odd)).count("<h2>")
    assert html.count(odd.models["m0"].title) > 1


def test_command_replaces_an_older_report(odd: Artifacts, tmp_path: Path) -> None:
    """A file of that name is written anew."""
    path = tmp_path / "out.html"
    path.write_text("old")
    assert invoke("report", "odd", "-o", path, "--artifacts", odd.folder.parent)[0] == 0
    assert path.read_text(encoding="utf-8")[:9] == "<!doctype"


def test_command_with_an_unknown_benchmark(odd: Artifacts, tmp_path: Path) -> None:
    """The name, those that are there, and no file."""
    path = tmp_path / "out.html"
    code, _, error = invoke("report", "ood", "-o", path, "--artifacts", odd.folder.parent)
    assert code
    assert isinstance(error, ArtifactsError)
    assert "There are no artifacts called 'ood'" in str(error)
    assert "odd" in str(error)
    assert not path.exists()


@pytest.mark.parametrize("where", ["none/out.html", "."])
def test_command_with_a_path_that_cannot_be_written(
    odd: Artifacts, tmp_path: Path, where: str
) -> None:
    """A missing folder, or a folder in the place of the file, is a sentence that names it."""
    path = tmp_path / where
    _, _, error = invoke("report", "odd", "-o", path, "--artifacts", odd.folder.parent)
    assert isinstance(error, PipelineError)
    assert str(path) in str(error)
    assert "cannot be written" in str(error)


def test_command_with_damaged_artifacts(odd: Artifacts, tmp_path: Path) -> None:
    """A missing table is named with its cure, and no half report is left."""
    folder = Path(shutil.copytree(odd.folder, tmp_path / "odd"))
    (folder / "models" / "m0" / "predictions.parquet").unlink()
    path = tmp_path / "out.html"
    _, _, error = invoke("report", "odd", "-o", path, "--artifacts", tmp_path)
    assert isinstance(error, ArtifactsError)
    assert "predictions.parquet is missing" in str(error)
    assert not path.exists()

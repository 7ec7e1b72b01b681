"""Files are compared with their hash when they are opened, and a changed one is never read."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression
from skops.io import dump
from support.commands import run
from support.damage import flip_bit, kind, put_table, rewrite_manifest
from support.odd_benchmarks import SHAPES, benchmark

from pipeline.artifacts import intact
from pipeline.artifacts.reader import Artifacts
from pipeline.errors import ArtifactsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

COMMITTED = Path(__file__).parents[2] / "artifacts"
CURE = "Build it again: python -m pipeline build gtzan --data FOLDER"
# By kind of file: one of that kind, and how pages and commands read it.
READ: dict[str, tuple[str, Callable[[Artifacts], Any]]] = {
    "manifest.json": ("manifest.json", lambda a: Artifacts(a.folder)),
    "tracks.parquet": ("tracks.parquet", lambda a: a.tracks),
    "elsewhere.parquet": ("elsewhere.parquet", lambda a: a.elsewhere),
    "tags.parquet": ("tags.parquet", lambda a: a.tags),
    "learning_curve.parquet": ("learning_curve.parquet", lambda a: a.learning_curve),
    "shipped.parquet": ("shipped.parquet", lambda a: a.shipped),
    "models/*/predictions.parquet": (
        "models/mlp/predictions.parquet",
        lambda a: a.predictions("mlp", "artist"),
    ),
    "models/*/importance.parquet": (
        "models/mlp/importance.parquet",
        lambda a: a.importance("mlp"),
    ),
    "models/*/robustness.parquet": (
        "models/mlp/robustness.parquet",
        lambda a: a.robustness("mlp"),
    ),
    "models/*/history.parquet": ("models/mlp/history.parquet", lambda a: a.history("mlp")),
    "models/*/embeddings.parquet": ("models/mlp/embeddings.parquet", lambda a: a.embeddings("mlp")),
    "models/*/model.onnx": ("models/mlp/model.onnx", lambda a: a.classifier("mlp")),
    "models/*/model.skops": ("models/svc/model.skops", lambda a: a.classifier("svc")),
    "models/*/model.keras": ("models/mlp/model.keras", lambda a: a.check_file(a.model("mlp").file)),
    "summary/*.map.parquet": ("summary/timbre.map.parquet", lambda a: a.summary("timbre", "map")),
    "summary/*.tracks.parquet": (
        "summary/timbre.tracks.parquet",
        lambda a: a.summary("timbre", "tracks"),
    ),
    "summary/*.distributions.parquet": (
        "summary/timbre.distributions.parquet",
        lambda a: a.summary("timbre", "distributions"),
    ),
    "summary/*.relations.parquet": (
        "summary/timbre.relations.parquet",
        lambda a: a.summary("timbre", "relations"),
    ),
}
COMMANDS = {
    "tracks.parquet": ("scores", "gtzan"),
    "models/mlp/predictions.parquet": ("scores", "gtzan"),
    "models/mlp/model.onnx": ("classify", "SONG", "--benchmark", "gtzan", "--model", "mlp"),
    "models/svc/model.skops": ("classify", "SONG", "--benchmark", "gtzan", "--model", "svc"),
    "manifest.json": ("classify", "SONG", "--benchmark", "gtzan", "--model", "svc"),
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """GTZAN's artifacts, with the tables that only taught benchmarks have."""
    folder = tmp_path_factory.mktemp("copy") / "gtzan"
    shutil.copytree(COMMITTED / "gtzan", folder)
    for name in ("learning_curve.parquet", "shipped.parquet"):
        put_table(folder, name, pd.DataFrame({"track_id": ["a"]}))
    return folder


@pytest.fixture
def flipped(copy: Path, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """The file that a test names, with a flipped bit while the test runs."""
    path = copy / request.param
    shutil.copy2(path, tmp_path / "whole")
    flip_bit(path)
    yield path
    shutil.copy2(tmp_path / "whole", path)


def test_every_kind_of_file_is_tested() -> None:
    """Of all benchmarks that are shipped; a new kind belongs into the tables above."""
    manifests = [json.loads(path.read_text()) for path in COMMITTED.glob("*/manifest.json")]
    kinds = {kind(file) for manifest in manifests for file in manifest["files"]}
    assert len(kinds) > 10
    assert kinds <= set(READ)


@pytest.mark.parametrize(("flipped", "read"), READ.values(), indirect=["flipped"], ids=list(READ))
def test_a_flipped_bit_is_noticed_by_whoever_reads_the_file(
    copy: Path, flipped: Path, read: Callable[[Artifacts], Any]
) -> None:
    """One sentence names the file and the cure; the check of all files says the same."""
    with pytest.raises(ArtifactsError) as raised:
        read(Artifacts(copy))
    sentence = str(raised.value)
    assert sentence.startswith(f"{flipped} is not the file that ")
    assert sentence.endswith(CURE)
    done = run("verify", "gtzan", "--artifacts", copy.parent)
    assert done.code == 1
    assert sentence in done.out


@pytest.mark.parametrize(
    ("flipped", "words"), COMMANDS.items(), indirect=["flipped"], ids=list(COMMANDS)
)
def test_commands_end_in_the_sentence(
    copy: Path, flipped: Path, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A changed score or verdict is never printed."""
    monkeypatch.chdir(copy.parent)
    song = next((COMMITTED.parent / "dashboard/examples").glob("*.mp3"))
    asked = [str(song) if word == "SONG" else word for word in words]
    done = run(*asked, "--artifacts", copy.parent)
    assert done.code != 0
    said = (done.out + done.err).strip()
    assert f"{flipped} is not the file that " in said
    assert said.endswith(CURE)


def test_what_was_read_whole_is_opened_again_without_reading_all_of_it(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hashes are taken once of a file that does not change, and again of one that does."""
    taken = []
    real = intact.file_hash
    monkeypatch.setattr(intact, "file_hash", lambda path: taken.append(path.name) or real(path))
    intact._digest.cache_clear()
    for _ in range(3):
        Artifacts(copy).check_file("tracks.parquet")
    assert sorted(taken) == ["manifest.json", "tracks.parquet"]
    (copy / "tracks.parquet").touch()
    Artifacts(copy).check_file("tracks.parquet")
    assert taken.count("tracks.parquet") == 2


def test_shipped_manifests_are_sealed() -> None:
    """The hash of each is beside it, in the form of the program sha256sum."""
    for path in COMMITTED.glob("*/manifest.json"):
        seal = path.with_name("manifest.sha256").read_text()
        assert seal == f"{intact.file_hash(path)}  manifest.json\n"


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """A small benchmark that a test may damage."""
    return benchmark("odd", SHAPES["one_model"], tmp_path).folder


def test_a_manifest_of_an_earlier_version_is_opened_and_can_be_sealed(odd: Path) -> None:
    """Without its hash it is read; `verify` asks for the hash, and writes it where all is right."""
    (odd / "manifest.sha256").unlink()
    assert Artifacts(odd).classes == ["blues", "jazz", "rock"]
    words = ("verify", "odd", "--artifacts", odd.parent)
    rewrite_manifest(odd, lambda facts: facts["models"]["m0"].update(file=""))  # there is none
    (odd / "manifest.sha256").unlink()
    done = run(*words)
    assert done.code == 1
    assert "python -m pipeline verify odd --seal" in done.out
    assert run(*words, "--seal").code == 0
    assert run(*words).code == 0
    flip_bit(odd / "manifest.json")
    assert "manifest.json is not the file that manifest.sha256 describes" in run(*words).out


def test_what_is_damaged_is_not_sealed(odd: Path) -> None:
    """A hash would say that it is right."""
    (odd / "manifest.sha256").unlink()
    flip_bit(odd / "tracks.parquet")
    assert run("verify", "odd", "--seal", "--artifacts", odd.parent).code == 1
    assert not (odd / "manifest.sha256").exists()


@pytest.mark.parametrize("outside", ["../secret.skops", "/secret.skops", "link.skops"])
def test_files_outside_the_folder_are_refused(odd: Path, outside: str) -> None:
    """Whether a forged manifest names them or a link leads there, and with whatever hash."""
    secret = odd.parent / "secret.skops"
    secret.write_bytes(b"secret")
    name = str(secret) if outside.startswith("/") else outside
    (odd / "link.skops").symlink_to(secret)

    def forge(facts: dict[str, Any]) -> None:
        facts["models"]["m0"]["file"] = name
        facts["files"][name] = intact.file_hash(secret)

    rewrite_manifest(odd, forge)
    with pytest.raises(ArtifactsError, match=r"is outside of .*, so it is not opened\. Build it"):
        Artifacts(odd).classifier("m0")


def put_model(folder: Path, content: object) -> None:
    """Put a .skops file, or bytes, in the place of the first model, with its hash."""
    path = folder / "models/m0/model.skops"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        dump(content, path)
    digest = intact.file_hash(path)
    rewrite_manifest(folder, lambda facts: facts["files"].update({"models/m0/model.skops": digest}))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"a": 1}, "holds an object of type dict, which is no classifier"),
        (
            LinearRegression().fit(np.eye(2), [0, 1]),
            "LinearRegression, which is no classifier",
        ),
        (b"no archive", "holds no model"),
        (b"", "holds no model"),
    ],
    ids=["dict", "regression", "text", "empty"],
)
def test_a_model_file_that_is_no_classifier_is_refused(
    odd: Path, content: object, said: str
) -> None:
    """Even where someone made its hash fit."""
    put_model(odd, content)
    with pytest.raises(ArtifactsError, match=f"model.skops .*{said}.* Build it again"):
        Artifacts(odd).classifier("m0")


WRONG: tuple[Any, ...] = (None, True, "text", 1.5, -1, [1], {"a": 1}, [[]], {"a": {"b": []}})


def fields(facts: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """Every field of a manifest, and of the facts of its first model, protocol and feature set."""
    parts = [next(iter(facts[name].values())) for name in ("models", "protocols", "features")]
    for part in (facts, *parts, *facts["published"]):
        yield from ((part, name) for name in part)


def test_wrong_types_in_a_forged_manifest_are_refused(odd: Path) -> None:
    """Each field with values of every other type: one sentence, or it is a value that may be."""
    whole = (odd / "manifest.json").read_text()
    refused: dict[str, int] = {}
    for number in range(len(list(fields(json.loads(whole))))):
        for value in WRONG:
            facts = json.loads(whole)
            part, name = list(fields(facts))[number]
            part[name] = value
            (odd / "manifest.json").write_text(json.dumps(facts))
            (odd / "manifest.sha256").unlink(missing_ok=True)
            refused.setdefault(f"{number} {name}", 0)
            try:
                Artifacts(odd)
            except ArtifactsError as error:
                assert "Build it again" in str(error)  # noqa: PT017 - most raise, some may not
                refused[f"{number} {name}"] += 1
    assert min(refused.values()) >= 5


def test_a_forged_manifest_names_the_field(odd: Path) -> None:
    """And what is wrong with it."""
    rewrite_manifest(odd, lambda facts: facts["models"]["m0"].update(temperatures="hot"))
    with pytest.raises(ArtifactsError, match=r"manifest.json does not fit \(temperatures is 'hot'"):
        Artifacts(odd)

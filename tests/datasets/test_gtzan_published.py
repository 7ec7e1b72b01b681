"""GTZAN's published tables, compared with what the csv module counts in them."""

from __future__ import annotations

import csv
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pytest
from support.tables import check_range, documentation, genres, lay_out, table, write

from pipeline.datasets import (
    gtzan,
    gtzan_published,
)
from pipeline.errors import DatasetError
from pipeline.features import timbre

if TYPE_CHECKING:
    from pathlib import Path

    pass


def test_published_windows_are_those_of_the_file(gtzan_root: Path) -> None:
    """2991 windows of 10 s of 1000 clips; nine clips have two. Numbers stand under their names."""
    rows = gtzan_published._timbre(gtzan_root, gtzan_published._facts())
    assert rows is not None
    check_range("timbre", rows.X)
    assert rows.X.shape == (2991, 55)
    assert rows.seconds == 10
    assert Counter(Counter(rows.track.tolist()).values()) == {3: 991, 2: 9}
    with (gtzan_root / "features_10_sec.csv").open(newline="") as file:
        lines = sorted(csv.DictReader(file), key=lambda line: line["filename"])
    names = timbre.FEATURES.names
    expected = [[float(line[name]) for name in names] for line in lines]
    np.testing.assert_allclose(rows.X, expected, rtol=1e-6)
    copies = len(rows.X) - len(np.unique(rows.X, axis=0))
    assert f"{copies} rows of the 10-s table are exact copies" in documentation()
    published = set(lines[0]) - {"filename", "length", "label"}
    assert published - set(names) == {"harmony_mean", "perceptr_mean"}
    ids = sorted(gtzan.facts())
    assert [line["filename"][: line["filename"].index(".") + 6] for line in lines] == [
        ids[i] for i in rows.track
    ]


def test_published_taggrams_are_the_train_and_test_parts(gtzan_root: Path) -> None:
    """733 clips, and their files agree with the split in gtzan.csv."""
    ids, taggrams = gtzan_published.frames(gtzan_root)
    facts = gtzan.facts()
    assert ids == sorted(i for i, fact in facts.items() if fact["split"] in ("train", "test"))
    assert Counter(len(taggram) for taggram in taggrams) == {28: 715, 29: 18}
    assert all(taggram.shape[1] == 50 for taggram in taggrams)
    assert all(((taggram >= 0) & (taggram <= 1)).all() for taggram in taggrams)
    for file, part in (("training", "train"), ("evaluation", "test")):
        path = next((gtzan_root / "musicnn_taggram").glob(f"{file}*.npz"))
        found = {track_id for track_id, _ in gtzan_published._clips(path)}
        assert found == {i for i, fact in facts.items() if fact["split"] == part}


def test_published_taggrams_are_summarised_by_clip(gtzan_root: Path) -> None:
    """A row a clip, of what the feature set makes of the clip's frames."""
    taggram = pytest.importorskip("pipeline.features.taggram", reason="it is not written yet")
    found = table(gtzan_published.DATASET, gtzan_root)
    assert genres(found) == dict.fromkeys(gtzan.GENRES, 100)
    rows = found.rows["taggram"]
    assert rows.X.shape == (733, len(taggram.FEATURES.names))
    assert rows.seconds == 30
    ids, taggrams = gtzan_published.frames(gtzan_root)
    assert list(found.tracks["track_id"].iloc[rows.track]) == ids
    for i in (0, 400, 732):
        np.testing.assert_array_equal(rows.X[i], taggram.summarise(taggrams[i]))
    assert "733 clips." in " ".join(found.notes)
    assert "2,991 rows of 10 s of 1,000 clips." in " ".join(found.notes)


def windows(root: Path, name: str, *files: str) -> Path:
    """Write a published table: the numbers of row i are i tenths and the column's place."""
    names = timbre.FEATURES.names
    rows = [[i / 10 + j / 1000 for j in range(55)] for i in range(len(files))]
    return write(
        root / name,
        ["label", "harmony_mean", *reversed(names), "filename"],
        *(["?", 0, *reversed(row), file] for row, file in zip(rows, files, strict=True)),
    )


def test_published_tables_are_taken_as_they_are_there(tmp_path: Path) -> None:
    """The 10-s table goes before the 3-s table, and that before the 30-s table."""
    windows(tmp_path, "features_30_sec.csv", "rock.00001.wav", "blues.00000.wav")
    found = table(gtzan_published.DATASET, tmp_path)
    assert list(found.tracks["track_id"]) == sorted(gtzan.facts())
    assert found.rows.keys() == {"timbre"}
    assert found.rows["timbre"].seconds == 30
    ids = found.tracks["track_id"].iloc[found.rows["timbre"].track]
    assert list(ids) == ["blues.00000", "rock.00001"]
    np.testing.assert_allclose(
        found.rows["timbre"].X, np.array([[0.1], [0]]) + np.arange(55) / 1000, rtol=1e-6
    )
    windows(tmp_path, "features_3_sec.csv", "pop.00000.0.wav", "pop.00000.1.wav")
    found = table(gtzan_published.DATASET, tmp_path)
    assert found.rows["timbre"].seconds == 3
    assert found.notes == ("timbre: 2 rows of 3 s of 1 clips.",)
    windows(tmp_path, "features_10_sec.csv", "pop.00000.0.wav")
    assert table(gtzan_published.DATASET, tmp_path).rows["timbre"].seconds == 10


def test_published_facts_are_those_of_gtzan(tmp_path: Path) -> None:
    """Artist, title, part and fault are as the data set with audio has them."""
    windows(tmp_path, "features_10_sec.csv", "pop.00000.0.wav")
    found = table(gtzan_published.DATASET, tmp_path).tracks.set_index("track_id")
    audio = gtzan.tracks(lay_out(tmp_path, *(f"{i[:-6]}/{i}.wav" for i in gtzan.facts())))
    for track in audio:
        fact = found.loc[track.track_id]
        assert (fact["genre"], fact["artist"]) == (track.genre, track.artist)
        assert (fact["title"], fact["fault"]) == (track.title, track.fault)
        assert fact["split"] == track.split or (
            track.split is None and fact["split"] != fact["split"]
        )


def frames_file(root: Path, name: str, ids: list[str], **arrays: np.ndarray) -> Path:
    """Write a file of frames: row i holds i everywhere."""
    path = root / "musicnn_taggram" / name
    path.parent.mkdir(exist_ok=True)
    X = np.repeat(np.arange(len(ids), dtype=np.float32)[:, None], 50, axis=1)
    np.savez(path, **{"X": X, "IDS": np.array(ids)} | arrays)
    return path


def test_published_frames_are_grouped_by_clip(tmp_path: Path) -> None:
    """Frames keep their order, clips are sorted over all files, and no clip is in two."""
    frames_file(tmp_path, "b.npz", ["pop/pop.00001.au"] * 2 + ["jazz/jazz.00000.au"])
    frames_file(tmp_path, "a.npz", ["pop/pop.00000.au"])
    ids, found = gtzan_published.frames(tmp_path)
    assert ids == ["jazz.00000", "pop.00000", "pop.00001"]
    assert [taggram[:, 0].tolist() for taggram in found] == [[2], [0], [0, 1]]
    frames_file(tmp_path, "c.npz", ["pop/pop.00000.au"])
    with pytest.raises(DatasetError, match=r"c\.npz has pop\.00000, as another file does"):
        gtzan_published.frames(tmp_path)
    assert gtzan_published.frames(tmp_path / "nowhere") == ([], [])


def test_published_files_must_be_as_published(tmp_path: Path) -> None:
    """Nothing there, unknown clips, lacking columns, gaps, pickles and odd shapes are errors."""
    with pytest.raises(DatasetError, match="need a folder, which None is not"):
        gtzan_published.DATASET.tracks(None)
    with pytest.raises(DatasetError, match=r"holds nothing that was published.*features_10_sec"):
        gtzan_published.DATASET.tracks(tmp_path)
    path = windows(tmp_path, "features_10_sec.csv", "techno.00000.0.wav")
    with pytest.raises(DatasetError, match=r"has 'techno\.00000', which is no clip of GTZAN"):
        gtzan_published.DATASET.tracks(tmp_path)
    write(path, ["filename", "tempo"], ["pop.00000.0.wav", 90])
    with pytest.raises(DatasetError, match=r"features_10_sec\.csv is not as published: .*rms_var"):
        gtzan_published.DATASET.tracks(tmp_path)
    windows(tmp_path, "features_10_sec.csv", "pop.00000.0.wav")
    path.write_text(path.read_text().replace("0.054", ""))
    with pytest.raises(DatasetError, match="missing or infinite"):
        gtzan_published.DATASET.tracks(tmp_path)
    frames_file(tmp_path, "a.npz", ["pop/pop.00000.au"], X=np.zeros((2, 50)))
    with pytest.raises(DatasetError, match=r"X of shape \(2, 50\) for 1 ids"):
        gtzan_published.frames(tmp_path)
    frames_file(tmp_path, "a.npz", [], IDS=np.array([{}], dtype=object))
    with pytest.raises(DatasetError, match=r"a\.npz is not as published: .*pickle"):
        gtzan_published.frames(tmp_path)

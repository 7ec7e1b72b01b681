"""Where recordings lie on a map, on embeddings made by hand and stored ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from pipeline.inference.neighbours import model_in_space_of, near_track, nearest_tracks
from pipeline.inference.placement import place

if TYPE_CHECKING:
    from pipeline.artifacts.reader import Artifacts


@dataclass(eq=False)
class Known:
    """The part of artifacts that is asked, with a track of each embedding."""

    at: np.ndarray
    models: dict[str, Any] = field(default_factory=dict)

    @property
    def tracks(self) -> pd.DataFrame:
        """In another order than the embeddings."""
        ids = [f"t{n}" for n in range(len(self.at))]
        facts = pd.DataFrame({"track_id": ids, "genre": "jazz", "artist": "Ann", "title": ids})
        return facts.iloc[::-1]

    def embeddings(self, model: str) -> pd.DataFrame:
        """The same for all models."""
        table = pd.DataFrame(self.at, columns=[f"x{n}" for n in range(self.at.shape[1])])
        return table.assign(track_id=[f"t{n}" for n in range(len(table))])


LINE = Known(np.array([[0, 0], [1, 0], [4, 0], [9, 0], [0, 9]], np.float32))
MAP = pd.DataFrame(
    {
        "track_id": ["t0", "t1", "t2", "t3"],  # not t4
        "x": [0.0, 10.0, 20.0, 500.0],
        "y": [5.0, 5.0, 50.0, 500.0],
    }
)


def on_line(x: float, y: float = 0, k: int = 2) -> Any:
    """A place near the first tracks."""
    return place(LINE, "m", np.array([x, y], np.float32), MAP, k)  # type: ignore[arg-type]


def test_a_recording_that_equals_a_track_lies_on_it() -> None:
    """And the track is the first of those that it is near."""
    for number, track in enumerate(MAP.itertuples()):
        found = on_line(*LINE.at[number])
        assert (found.x, found.y) == pytest.approx((track.x, track.y), abs=1e-3)
        assert found.near["track_id"].iloc[0] == track.track_id
        assert not found.is_vague


def test_nearer_tracks_count_more() -> None:
    """A quarter of the way from one track to the next, the place is there too."""
    found = on_line(0.25)
    assert (found.x, found.y) == pytest.approx((2.5, 5.0))
    assert found.near["track_id"].tolist() == ["t0", "t1"]
    root_mean_square = np.sqrt(0.75 * 2.5**2 + 0.25 * 7.5**2)
    apart = np.sqrt(MAP[["x", "y"]].var(ddof=0).sum())
    assert found.spread == pytest.approx(root_mean_square / apart)


def test_tracks_that_are_not_on_the_map_do_not_count() -> None:
    """Of the nearest, the fifth track is on no map; without any there is no place."""
    assert on_line(0, 8).near["track_id"].isin(MAP["track_id"]).all()
    empty = MAP.assign(track_id=["u", "v", "w", "x"])
    assert place(LINE, "m", np.zeros(2, np.float32), empty) is None  # type: ignore[arg-type]


def test_a_place_between_distant_tracks_is_vague() -> None:
    """Between the third and the fourth, which lie at two ends of the map."""
    assert on_line(6.5).is_vague


def test_the_nearest_of_a_track_are_without_itself() -> None:
    """In the order of all its neighbours."""
    near = near_track(LINE, "m", "t1", 2)  # type: ignore[arg-type]
    assert near["track_id"].tolist() == ["t0", "t2"]
    assert near_track(LINE, "m", "nobody", 2).empty  # type: ignore[arg-type]


def test_stored_tracks_are_placed_where_they_are(gtzan: Artifacts) -> None:
    """Every track that the map of GTZAN's features shows comes back to its own position."""
    for features in gtzan.summarised("map"):
        model = model_in_space_of(gtzan, features)
        if model is None:
            assert not any(
                card.trained_on == features and gtzan.embeddings(name) is not None
                for name, card in gtzan.models.items()
            )
            continue
        table = gtzan.summary(features, "map")
        positions = table.rename(columns={"tsne_1": "x", "tsne_2": "y"})
        known = gtzan.embeddings(model).set_index("track_id")
        for track_id in positions["track_id"][::150]:
            found = place(gtzan, model, known.loc[track_id].to_numpy(np.float32), positions)
            at = positions.set_index("track_id").loc[track_id, ["x", "y"]].to_numpy(float)
            assert (found.x, found.y) == pytest.approx(tuple(at), abs=0.02)


def test_a_space_is_that_of_the_features(gtzan: Artifacts) -> None:
    """Not one that a network made of them: as wide as the feature set."""
    spaces = {name: model_in_space_of(gtzan, name) for name in gtzan.summarised("map")}
    assert any(spaces.values())
    for features, model in spaces.items():
        if model is not None:
            width = len(gtzan.manifest.features[features]["columns"])
            assert gtzan.embeddings(model).shape[1] == width + 1
            nearest = nearest_tracks(gtzan, model, np.zeros(width, np.float32), 3)
            assert len(nearest) == 3

"""How near a photo is to the training photos: compared with a plain loop, and at every edge."""

import numpy as np
import pytest

from tl_core.prediction import nearness as module
from tl_core.prediction.nearness import NEAREST, Nearness, nearness, of_length_one, own_distances
from tl_core.statistics import Proportion


def features(count, channels=16, seed=0):
    return np.random.default_rng(seed).gamma(1.0, size=(count, channels)).astype(np.float32)


def images_of(count):
    return [(f"{row:064x}", row % 2) for row in range(count)]


def asked(photo, rows):
    photo, rows = (of_length_one(each) for each in (photo, rows))
    return nearness(photo, rows, own_distances(rows), images_of(len(rows)))


def cosine(one, other):
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))


def by_hand(photo, rows):
    """Return the mean distance of one photo from its nearest."""
    return float(np.mean(sorted(1 - cosine(photo, row) for row in rows)[:NEAREST]))


def test_it_is_the_mean_to_the_five_nearest_set_against_what_the_training_photos_have_themselves():
    rows, photo = features(60), features(1, seed=1)
    found = asked(photo, rows)
    assert found.distance == pytest.approx(by_hand(photo[0], rows), abs=1e-5)
    own = [by_hand(row, np.delete(rows, place, axis=0)) for place, row in enumerate(rows)]
    assert own_distances(of_length_one(rows)) == pytest.approx(sorted(own), abs=1e-5)
    assert found.nearer == Proportion(correct=sum(x < found.distance for x in own), n=60)
    assert 0 < found.nearer.correct < 60


def test_the_nearest_come_first_with_their_hash_and_class():
    rows, photo = features(40), features(1, seed=2)
    found = asked(photo, rows)
    order = sorted(range(40), key=lambda row: -cosine(photo[0], rows[row]))[:NEAREST]
    assert [(one.sha256, one.label) for one in found.photos] == [
        images_of(40)[row] for row in order
    ]
    assert [one.cosine for one in found.photos] == pytest.approx(
        [cosine(photo[0], rows[row]) for row in order], abs=1e-5
    )
    assert found.trained == 40


def test_only_the_direction_counts_and_a_feature_map_is_pooled():
    rows, photo = features(30), features(1, seed=3)
    assert asked(7 * photo, 0.1 * rows).distance == pytest.approx(asked(photo, rows).distance)
    maps = np.stack([0.5 * rows, 1.5 * rows], axis=1)[:, :, np.newaxis]  # (n, 2, 1, channels)
    assert of_length_one(maps) == pytest.approx(of_length_one(rows), abs=1e-6)


def test_what_has_nothing_in_common_is_farther_than_all():
    rows = features(50)
    rows[:, 8:] = 0
    other = np.zeros((1, 16), np.float32)
    other[0, 8:] = 1
    found = asked(other, rows)
    assert found.distance == pytest.approx(1) and found.nearer.accuracy == 1
    assert found.verdict == "none" and not found.trained_on
    nothing = asked(np.zeros((1, 16), np.float32), rows)  # a network of dead units
    assert nothing.distance == pytest.approx(1) and nothing.verdict == "none"


def test_a_training_photo_is_known_for_one():
    rows = features(50)
    found = asked(rows[7:8], rows)
    assert found.trained_on and found.photos[0].sha256 == images_of(50)[7][0]
    assert not asked(features(1, seed=9), rows).trained_on


@pytest.mark.parametrize("count", [2, 3, 5, 6])
def test_a_handful_of_training_photos_is_enough_to_say_something(count):
    found = asked(features(1, seed=4), features(count))
    assert len(found.photos) == min(count, NEAREST)
    assert found.nearer.n == count and np.isfinite(found.distance)


def test_with_few_photos_both_sides_have_as_many_neighbours():
    """All rows are as far from each other as from the photo: then none is nearer, whatever is rounded."""
    rows = np.eye(4, dtype=np.float32)[:3]
    found = asked(np.eye(4, dtype=np.float32)[3:], rows)
    assert found.nearer.correct == 0


def test_of_many_a_draw_is_judged_that_is_the_same_each_time(monkeypatch):
    rows = of_length_one(features(90))
    whole = own_distances(rows)
    monkeypatch.setattr(module, "MOST_JUDGED", 20)
    monkeypatch.setattr(module, "ROWS_AT_ONCE", 7)
    drawn = own_distances(rows)
    assert len(drawn) == 20 and (np.diff(drawn) >= 0).all()
    assert np.array_equal(drawn, own_distances(rows))
    assert np.isin(drawn.round(5), whole.round(5)).all()  # each against all others, itself left out


@pytest.mark.parametrize(
    ("nearer", "verdict"),
    [(0, "known"), (89, "known"), (90, "unusual"), (97, "unusual"), (98, "none"), (100, "none")],
)
def test_words_change_where_measured(nearer, verdict):
    proportion = Proportion(correct=nearer, n=100)
    assert Nearness(photos=(), distance=0.2, nearer=proportion, trained=100).verdict == verdict

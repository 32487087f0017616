"""The map of a run's photos: PCA as everybody else computes it, and what is said of the classes in it."""

import numpy as np
import pytest

from tl_core.results.photo_map import MOST_SHOWN, choose, neighbours, pca


@pytest.mark.parametrize("shape", [(60, 9), (12, 200), (5, 5)])
def test_pca_is_that_of_the_singular_values(shape):
    rows = np.random.default_rng(3).normal(2.0, 1.0, shape).astype(np.float32)
    centred = rows - rows.mean(axis=0)
    left, sizes, _ = np.linalg.svd(centred.astype(np.float64), full_matrices=False)
    points, share = pca(rows)
    assert np.abs(np.abs(points) - np.abs(left[:, :2] * sizes[:2])).max() < 1e-4
    assert share == pytest.approx((sizes[:2] ** 2).sum() / (sizes**2).sum())
    assert 0 < share <= 1


def test_the_same_photos_give_the_same_picture_in_any_order():
    rows = np.random.default_rng(1).normal(size=(40, 7)).astype(np.float32)
    order = np.random.default_rng(2).permutation(40)
    assert np.allclose(pca(rows)[0][order], pca(rows[order])[0], atol=1e-5)


def test_photos_that_are_all_alike_lie_on_one_point():
    points, share = pca(np.ones((4, 6), np.float32))
    assert np.isfinite(points).all() and not points.any() and share == 0


def test_training_photos_are_drawn_where_there_are_too_many():
    few, many = np.arange(50), np.arange(5000)
    assert choose(100, few, 0).tolist() == few.tolist()
    drawn = choose(100, many, 0)
    assert len(set(drawn.tolist())) == len(drawn) == MOST_SHOWN - 100
    assert sorted(drawn) == drawn.tolist()
    assert choose(100, many, 0).tolist() == drawn.tolist() != choose(100, many, 1).tolist()
    assert len(choose(5000, many, 0)) == MOST_SHOWN // 3, "some of them, whatever is held out"


def test_what_is_said_of_the_classes_is_where_they_lie():
    points = np.array([[0, 0], [1, 0], [10, 0], [11, 0], [14, 0], [15, 0], [10.6, 0]], np.float32)
    labels = np.array([0, 0, 1, 1, 2, 2, 0])
    guesses = np.array([-1, 0, 1, 1, 2, 1, 1])
    found = neighbours(points, labels, guesses)
    assert found
    assert found.nearest == (0, 1), "a stray photo makes a class wide, and near to others"
    without = neighbours(points[:6], labels[:6], guesses[:6])
    assert without and without.nearest == (1, 2)
    assert found.towards == 1, "the last is among the ones; the twos' mistake is not"
    assert neighbours(points[:2], labels[:2], guesses[:2]) is None

import numpy as np
import pytest

from tl_core.convolution.kernels import get_kernel
from tl_core.convolution.similarity import most_similar

SOBEL = get_kernel("sobel_x").weights
RANDOM = np.random.default_rng(0).standard_normal((6, 3, 3, 3)).astype(np.float32)


def coloured(weights):
    return np.repeat(weights[..., None], 3, axis=2)


@pytest.mark.parametrize("factor", [1, 7.5, 1e-4])
def test_the_same_pattern_is_found_however_strong_it_is(factor):
    filters = np.concatenate([RANDOM, coloured(SOBEL)[None] * np.float32(factor)])
    assert most_similar(SOBEL, filters) == (6, 1.0)
    assert most_similar(coloured(SOBEL), filters) == (6, 1.0)


def test_the_opposite_pattern_is_the_least_similar():
    filters = np.stack([-coloured(SOBEL), coloured(SOBEL.T)])
    assert most_similar(SOBEL, filters) == (1, 0.0)
    assert most_similar(SOBEL, filters[:1]) == (0, -1.0)


def test_the_same_line_one_column_beside_is_neither_like_it_nor_its_opposite():
    left, middle = np.zeros((2, 3, 3), np.float32)
    left[:, 0] = middle[:, 1] = 1
    assert most_similar(left, coloured(middle)[None]) == (0, 0.0)


def test_a_large_kernel_is_cut_to_its_middle():
    large = np.pad(SOBEL, 2, constant_values=9)
    assert most_similar(large, coloured(SOBEL)[None]) == (0, 1.0)


def test_the_number_is_the_cosine_of_the_weights_added_up_over_the_channels():
    index, cosine = most_similar(SOBEL, RANDOM)
    grey = RANDOM.sum(axis=3)
    expected = [
        (plane * SOBEL).sum() / np.linalg.norm(plane) / np.linalg.norm(SOBEL) for plane in grey
    ]
    assert index == np.argmax(expected)
    assert cosine == pytest.approx(max(expected), abs=1e-5)


@pytest.mark.parametrize("shape", [(1, 1), (5, 5), (11, 2)])
def test_a_kernel_of_another_size_is_cut_or_padded(shape):
    index, cosine = most_similar(np.ones(shape, np.float32), RANDOM)
    assert 0 <= index < len(RANDOM) and -1 <= cosine <= 1


def test_a_kernel_of_zeros_is_like_nothing():
    assert most_similar(np.zeros((3, 3), np.float32), RANDOM)[1] == 0

import numpy as np
import pytest

from tl_core.convolution.challenges import guesses, mystery_kernel, score, size_question
from tl_core.convolution.kernels import get_kernel


def test_the_same_number_is_the_same_puzzle_and_others_are_others():
    assert mystery_kernel(3).name == mystery_kernel(3).name
    assert guesses(3) == guesses(3)
    assert len({mystery_kernel(seed).name for seed in range(40)}) > 8
    assert len({tuple(guesses(seed)[0]) for seed in range(40)}) > 30


@pytest.mark.parametrize("seed", [0, 1, 7, 9999])
def test_a_mystery_can_be_solved_by_choosing_a_preset(seed):
    kernel = mystery_kernel(seed)
    assert (get_kernel(kernel.name).weights == kernel.weights).all()
    assert kernel.second is None and kernel.name != "identity"


@pytest.mark.parametrize("seed", range(20))
def test_the_right_answer_is_one_of_four_different_ones(seed):
    names, right = guesses(seed)
    assert right in names
    assert len(set(names)) == 4


def test_the_right_answer_is_not_always_at_the_same_place():
    assert len({names.index(right) for names, right in map(guesses, range(40))}) == 4


def test_the_score_grows_with_agreement():
    wanted = np.random.default_rng(0).standard_normal((8, 9)).astype(np.float32)
    assert score(wanted, wanted) == 100
    assert score(wanted, wanted + np.float32(1e-6)) >= 99
    other = np.random.default_rng(1).standard_normal((8, 9)).astype(np.float32)
    assert (
        score(wanted, wanted + other / np.float32(4))
        > score(wanted, wanted + other)
        > score(wanted, other)
    )
    assert score(wanted, -wanted) == 0
    assert score(wanted, wanted[:-1]) == 0
    assert score(np.zeros_like(wanted), wanted) == 0


@pytest.mark.parametrize("factor", [2, 0.5, 255, 1e-3])
def test_a_factor_does_not_count_because_the_pictures_do_not_show_it(factor):
    wanted = np.random.default_rng(0).standard_normal((8, 9)).astype(np.float32)
    assert score(wanted, np.float32(factor) * wanted) == 100
    assert score(wanted, np.float32(-factor) * wanted) == 0
    assert score(wanted, np.float32(factor) * (wanted + np.float32(1))) < 90


def test_every_question_about_a_size_can_be_asked_and_the_next_is_another_one():
    questions = [size_question(seed) for seed in range(300)]
    assert all(min(question.answer) >= 1 for question in questions)
    assert all(question.geometry.keras_can for question in questions)
    different = {(question.image, question.geometry) for question in questions}
    assert len(different) > 290
    paddings = {question.geometry.padding for question in questions}
    assert paddings == {"valid", "same", "full", 1, 2}

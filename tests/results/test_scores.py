import numpy as np
import pytest

from tl_core.results import scores


def test_probabilities_are_the_softmax_of_the_logits():
    found = scores.probabilities(np.array([[0.0, np.log(3.0)], [1000.0, 0.0]], dtype=np.float32))
    assert found == pytest.approx(np.array([[0.25, 0.75], [1.0, 0.0]]), abs=1e-6)


def test_sigmoid_logit_is_the_probability_of_the_second_class():
    found = scores.probabilities(np.array([[np.log(3.0)], [0.0]], dtype=np.float32))
    assert found == pytest.approx(np.array([[0.25, 0.75], [0.5, 0.5]]), abs=1e-6)


def test_confusion_has_a_row_for_each_true_class():
    found = scores.confusion_matrix(np.array([0, 0, 1, 2]), np.array([0, 1, 1, 0]), 3)
    assert found.tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 0]]


def test_evidence_is_what_the_probabilities_follow_from():
    logits = np.array([[3.0, 1.0, -1.0], [13.0, 11.0, 9.0]], np.float32)
    found = scores.above_mean(logits)
    assert found.tolist() == [[2, 0, -2], [2, 0, -2]]
    assert scores.probabilities(found.astype(np.float32)) == pytest.approx(
        scores.probabilities(logits)
    )
    one_unit = np.array([[4.0], [np.nan]], np.float32)  # of the second class against the first
    assert scores.above_mean(one_unit).tolist() == [[-2, 2], [0, 0]]

"""What is written beside a question is what its function in a worker returns."""

from typing import get_args, get_type_hints

import pytest

from tl_core.engine import questions
from tl_core.engine.questions import PREDICT, Question
from tl_core.engine.tasks import TASKS, resolve

TYPES = {
    name: get_args(hint)[0]
    for name, hint in get_type_hints(questions).items()
    if isinstance(vars(questions)[name], Question)
}


@pytest.mark.parametrize("name", TYPES)
def test_the_worker_finds_the_function_and_it_returns_that_type(name):
    question = vars(questions)[name]
    function = resolve(TASKS[question.name])
    assert get_type_hints(function)["return"] is TYPES[name]
    assert function.__name__ == question.name


def test_every_question_is_known_by_a_name_of_its_own():
    assert len(TYPES) == len(questions.QUESTIONS) > 10
    assert TYPES["PREDICT"] is not TYPES["HEAT_MAP"]
    assert questions.QUESTIONS["predict"] is PREDICT

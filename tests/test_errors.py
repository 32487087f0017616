import pickle

import pytest

from tl_core import errors
from tl_core.errors import ImageRefused, LabError

KINDS = [
    kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, LabError)
]


@pytest.mark.parametrize("kind", KINDS)
def test_error_keeps_kind_template_and_values_on_its_way_from_a_worker(kind):
    copy = pickle.loads(pickle.dumps(kind("{name} is empty.", name="cat.jpg")))
    assert type(copy) is kind
    assert str(copy) == "cat.jpg is empty."
    assert copy.sentence.template == "{name} is empty."


def test_tree_at_the_top_of_the_module_names_every_error():
    for kind in KINDS:
        assert kind.__name__ in (errors.__doc__ or "")


def test_braces_in_a_value_are_shown_and_not_filled_in():
    assert str(ImageRefused("{name} is empty.", name="{evil}")) == "{evil} is empty."

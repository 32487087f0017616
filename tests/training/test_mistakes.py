import pytest

from tl_core.backbones import get_backbone
from tl_core.errors import SettingInvalid
from tl_core.training import MISTAKES, TrainingConfig
from tl_core.training.mistakes import can_be_made, get_mistake, list_mistakes, with_mistakes

USUAL = TrainingConfig(dataset="emoji")


def test_every_mistake_of_the_trainings_is_explained():
    assert [mistake.name for mistake in list_mistakes()] == list(MISTAKES)
    for mistake in list_mistakes():
        assert mistake.title and mistake.does and mistake.explanation and mistake.right


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_changes_only_what_lets_it_be_seen(name):
    broken = with_mistakes(USUAL, [name], blocks=18)
    assert broken.mistakes == (name,)
    changed = {"mistakes"} | (
        {
            "hot-unfreeze": {"unfrozen", "epochs", "fine_rate", "keep_best"},
            "batch-norm": {"unfrozen", "keep_best"},
        }.get(name, set())
    )
    before, after = USUAL.as_json(), broken.as_json()
    assert {key for key in before if before[key] != after[key]} == changed


def test_an_untrained_head_at_a_high_rate_leaves_out_the_first_phase():
    broken = with_mistakes(USUAL, ["hot-unfreeze"], blocks=18)
    assert (broken.epochs, broken.fine_rate, broken.unfrozen) == (0, 0.01, 3)
    many = with_mistakes(TrainingConfig(dataset="emoji", unfrozen=9), ["hot-unfreeze"], blocks=18)
    assert many.unfrozen == 9


def test_the_rate_that_is_called_right_is_the_one_that_the_lab_goes_on_at():
    said = f"such as {USUAL.fine_rate} or less"
    assert said in get_mistake("hot-unfreeze").right.replace("\N{NO-BREAK SPACE}", " ")


def test_no_mistake_is_the_same_training():
    assert with_mistakes(USUAL, [], blocks=18) == USUAL


@pytest.mark.parametrize(
    ("name", "backbone", "classes", "expected"),
    [
        ("one-unit", "efficientnet-lite0", 2, True),
        ("one-unit", "efficientnet-lite0", 3, False),
        ("batch-norm", "efficientnet-lite0", 3, True),
        ("batch-norm", "vgg16", 3, False),  # has none
        ("batch-norm", "small-convnet", 3, False),
        ("leak", "vgg16", 3, True),
    ],
)
def test_a_mistake_is_offered_where_it_does_something(name, backbone, classes, expected):
    assert can_be_made(get_mistake(name), get_backbone(backbone), classes) is expected


def test_an_unknown_mistake_lists_the_valid_ones():
    with pytest.raises(SettingInvalid, match="shuffled-labels"):
        with_mistakes(USUAL, ["typo"], blocks=18)

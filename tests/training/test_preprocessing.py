"""How the pixels of a training are scaled: as its backbone wants, but for the mistake made on purpose."""

import pytest

from tl_core.backbones import list_backbones
from tl_core.errors import SettingInvalid
from tl_core.training import TrainingConfig
from tl_core.training.preprocessing import DIVIDED_BY_255, preprocessing_of


@pytest.mark.parametrize("spec", list_backbones(), ids=lambda spec: spec.name)
def test_it_is_that_of_the_backbone_unless_the_mistake_is_made(spec):
    config = TrainingConfig(dataset="emoji", backbone=spec.name, size=160)
    assert preprocessing_of(config) == spec.preprocessing
    wrong = TrainingConfig(
        dataset="emoji", backbone=spec.name, size=160, mistakes=("preprocessing",)
    )
    assert preprocessing_of(wrong) == DIVIDED_BY_255
    assert spec.preprocessing != DIVIDED_BY_255


def test_other_mistakes_leave_it_alone():
    config = TrainingConfig(dataset="emoji", mistakes=("leak", "shuffled-labels"))
    assert preprocessing_of(config) != DIVIDED_BY_255


def test_a_backbone_that_is_not_known_is_refused():
    with pytest.raises(SettingInvalid):
        preprocessing_of(TrainingConfig(dataset="emoji", backbone="nobody"))

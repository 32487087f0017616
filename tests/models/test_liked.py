"""What a channel likes: louder than noise and than photos, its own and no other, the same for one seed."""

import keras
import numpy as np
import pytest

from tl_core import images
from tl_core.backbones import get_backbone
from tl_core.datasets.catalogue import read_photo
from tl_core.errors import SettingInvalid
from tl_core.models.answers import liked as liking
from tl_core.models.answers.liked import SIDE, liked

LITE = "efficientnet-lite0"
EARLY = 3
"""block2b: near the input, so that a step is quick."""


def mean(pixels, channel, block=EARLY):
    """Return the mean of a channel as the network itself gives it."""
    network, spec = liking._network(LITE), get_backbone(LITE)
    until = keras.Model(network.input, network.get_layer(spec.blocks[block].last_layer).output)
    return float(
        np.asarray(until(spec.preprocessing.apply(pixels[np.newaxis])))[..., channel].mean()
    )


def test_the_picture_is_liked_by_its_channel_more_than_noise_photos_and_the_pictures_of_others():
    first, second = (liked(LITE, EARLY, channel) for channel in (3, 7))
    photo = images.model_input(read_photo("chelsea"), "chelsea", SIDE)
    assert first.pixels.shape == (SIDE, SIDE, 3) and first.pixels.dtype == np.uint8
    assert first.after > first.before + 5
    assert mean(first.pixels, 3) == pytest.approx(first.after, abs=0.5)  # rounded to whole greys
    assert mean(first.pixels, 3) > mean(photo, 3) + 5
    assert mean(first.pixels, 3) > mean(second.pixels, 3) + 5
    assert mean(second.pixels, 7) > mean(first.pixels, 7) + 5


def test_a_seed_is_always_the_same_picture_and_another_seed_another(monkeypatch):
    monkeypatch.setattr(liking, "STEPS", 3)
    first, again, other = (liked(LITE, EARLY, 3, seed=seed).pixels for seed in (0, 0, 1))
    assert (again == first).all()
    assert (other != first).any()


def test_a_channel_that_nothing_moves_stays_as_it_was():
    silent = liked(LITE, 0, 11)  # its weights are 0 after the normalisation
    assert silent.after == silent.before == 0


@pytest.mark.parametrize(("block", "channel"), [(-1, 0), (99, 0), (0, 32), (0, -1)])
def test_what_is_not_there_is_refused(block, channel):
    with pytest.raises(SettingInvalid):
        liked(LITE, block, channel)

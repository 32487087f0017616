"""MixUp and CutMix as arithmetic, compared with Keras' own layers given the same draws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tl_core.training.mixing import cut_in, mix_of_batch, mixed_up

KINDS = ("mixup", "cutmix")


@given(
    st.sampled_from(KINDS),
    st.integers(1, 40),
    st.integers(8, 300),
    st.tuples(*[st.integers(0, 2**31 - 1)] * 3),
)
def test_a_mix_is_one_partner_each_and_a_share_that_its_pixels_bear_out(kind, count, side, seed):
    mix = mix_of_batch(kind, count, side, seed)
    assert sorted(mix.partners.tolist()) == list(range(count))
    assert ((mix.shares >= 0) & (mix.shares <= 1)).all()
    top, left, bottom, right = mix.boxes.T
    assert ((top >= 0) & (left >= 0) & (bottom <= side) & (right <= side)).all()
    area = (bottom - top) * (right - left) / side**2
    assert np.allclose(1 - mix.shares, area if kind == "cutmix" else 1 - mix.shares, atol=1e-6)
    again = mix_of_batch(kind, count, side, seed)
    assert all(np.array_equal(one, other) for one, other in zip(mix, again, strict=True))


@pytest.mark.parametrize("kind", KINDS)
def test_every_seed_epoch_and_batch_draws_another_mix_than_the_order_of_the_epoch(kind):
    seeds = [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)]
    shares = {mix_of_batch(kind, 16, 160, seed).shares.tobytes() for seed in seeds}
    assert len(shares) == len(seeds)
    # NumPy fills a short seed with zeros: an order and the mix of its first batch would be one stream.
    order = np.random.default_rng((0, 4)).permutation(16)
    assert not np.array_equal(order, mix_of_batch(kind, 16, 160, (0, 4, 0)).partners)


def test_shares_follow_the_beta_distributions_of_the_papers():
    mixup = np.concatenate([mix_of_batch("mixup", 64, 160, (0, 0, n)).shares for n in range(100)])
    cutmix = np.concatenate([mix_of_batch("cutmix", 64, 160, (0, 0, n)).shares for n in range(100)])
    for found, alpha in ((mixup, 0.2), (cutmix, 1.0)):
        # A beta distribution with both parameters alike has this variance about one half.
        assert found.mean() == pytest.approx(0.5, abs=0.02)
        assert found.var() == pytest.approx(1 / (4 * (2 * alpha + 1)), abs=0.01)


@settings(max_examples=10, deadline=None)
@given(st.integers(2, 9), st.integers(0, 1000))
def test_mixed_photos_and_labels_are_those_of_keras(count, seed):
    import keras

    random = np.random.default_rng(seed)
    pixels = random.integers(0, 256, (count, 16, 16, 3), dtype=np.uint8)
    labels = np.eye(3, dtype=np.float32)[random.integers(0, 3, count)]
    for kind, layer in (("mixup", keras.layers.MixUp()), ("cutmix", keras.layers.CutMix())):
        mix = mix_of_batch(kind, count, 16, (seed, 0, 0))
        drawn = {"mix_weight": mix.shares, "permutation_order": mix.partners}
        rows, columns = np.arange(16)[:, None], np.arange(16)
        inside = [
            (rows >= a) & (rows < c) & (columns >= b) & (columns < d) for a, b, c, d in mix.boxes
        ]
        drawn["batch_masks"] = np.repeat(np.stack(inside)[..., None], 3, axis=-1)
        theirs = np.asarray(layer.transform_images(pixels, drawn))
        if kind == "mixup":
            ours = mixed_up(pixels.astype(np.float32), mix.partners, mix.shares)
        else:
            ours = cut_in(pixels, mix.partners, mix.boxes).astype(np.float32)
        assert np.allclose(ours, theirs, atol=1e-3)
        their_labels = np.asarray(layer.transform_labels(labels, drawn))
        assert np.allclose(mixed_up(labels, mix.partners, mix.shares), their_labels, atol=1e-6)


def test_mixing_leaves_what_it_was_given_alone():
    pixels = np.random.default_rng(0).integers(0, 256, (4, 20, 20, 3), dtype=np.uint8)
    before = pixels.copy()
    mix = mix_of_batch("cutmix", 4, 20, (0, 0, 0))
    assert not np.array_equal(cut_in(pixels, mix.partners, mix.boxes), before)
    assert np.array_equal(pixels, before)

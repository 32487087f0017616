"""The followed photo's feature map is what the backbone computes for training, before its mean."""

import numpy as np

from tl_core.answers.followed_map import followed_map
from tl_core.answers.networks import extractor
from tl_core.backbones import DEFAULT_BACKBONE, get_backbone

SIZE = 64


def photo(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (SIZE, SIZE, 3), np.uint8)


def test_its_means_are_the_features_that_gap_trains_on() -> None:
    feature_map = followed_map(DEFAULT_BACKBONE, SIZE, photo(0)).values
    assert feature_map.shape == get_backbone(DEFAULT_BACKBONE).feature_shape(SIZE)
    assert feature_map.dtype == np.float32
    features = extractor(DEFAULT_BACKBONE, "imagenet", SIZE, "gap")(photo(0)[np.newaxis])[0]
    assert np.allclose(feature_map.mean(axis=(0, 1)), features, atol=1e-5)
    assert not np.allclose(
        followed_map(DEFAULT_BACKBONE, SIZE, photo(1)).values, feature_map, atol=1e-2
    )

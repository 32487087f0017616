"""Which file a browser needs: one for a class where it can, the whole network of a run where it must."""

import pytest

from tests.app.trainings import done, open_run
from tl_core import files
from tl_core.errors import RunNotFound, SettingInvalid
from tl_core.exports import trained_mark
from tl_core.prediction.live import MOST_HEAD_NUMBERS, LiveConfig, find_live, live_config
from tl_core.training import Training


@pytest.fixture(autouse=True)
def data_dir(tmp_path, monkeypatch):
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path))


def trained(model=None, **changes):
    run = done(open_run(**changes))
    if model:
        files.write_json(
            run.folder / "model.json", files.read_json(run.folder / "model.json") | model
        )
    return Training.of(run)


def test_trainings_of_one_frozen_backbone_share_its_features():
    one, other = live_config(trained()), live_config(trained(seed=1, dense=[8], epochs=3))
    assert one == other
    assert one.part == "features" and not one.run
    assert one.name == other.name


@pytest.mark.parametrize(
    "changes", [{"size": 96}, {"pooling": "flatten"}, {"mistakes": ["preprocessing"]}]
)
def test_what_changes_the_features_is_another_file(changes):
    assert live_config(trained()).name != live_config(trained(**changes)).name


@pytest.mark.parametrize(
    ("changes", "model"),
    [({"unfrozen": 2}, {"unfrozen": 2}), ({}, {"parameters": MOST_HEAD_NUMBERS + 1})],
)
def test_where_blocks_learned_or_the_head_is_large_the_file_is_the_runs_own(changes, model):
    run = trained(model, **changes)
    config = live_config(run)
    assert (config.part, config.run, config.trained) == ("whole", run.id, trained_mark(run))
    before = config.name
    metrics = files.read_json(run.folder / "metrics.json")
    files.write_json(run.folder / "metrics.json", metrics | {"seconds_head": 9.0})
    assert live_config(run).name != before, "trained further, it is another network"


def test_a_head_of_the_largest_size_is_sent_by_itself():
    assert live_config(trained({"parameters": MOST_HEAD_NUMBERS})).part == "features"


def test_a_run_that_was_stopped_before_its_blocks_learned_shares_the_features():
    assert live_config(trained({"unfrozen": 0}, unfrozen=2)).part == "features"


@pytest.mark.parametrize(("profile", "size"), [("classroom", 224), ("cloud", 160)])
def test_without_a_training_it_is_imagenets_classifier(monkeypatch, profile, size):
    monkeypatch.setenv("TL_PROFILE", profile)
    config = live_config(None)
    assert (config.part, config.size) == ("imagenet", size)
    assert find_live(config) is None
    assert config.about_bytes == 4 * 4_694_024


def test_a_run_without_a_result_is_one_sentence():
    with pytest.raises(RunNotFound):
        live_config(Training.of(open_run()))


@pytest.mark.parametrize(
    "wrong", [{"part": "half"}, {"backbone": "x"}, {"size": 9000}, {"pooling": "max"}]
)
def test_what_cannot_be_made_is_refused(wrong):
    with pytest.raises(SettingInvalid):
        LiveConfig(**{"part": "features", "backbone": "efficientnet-lite0", "size": 160} | wrong)


def test_a_config_survives_the_run_book():
    config = LiveConfig(part="features", backbone="vgg16", size=150, divided=True)
    assert LiveConfig.from_json(config.as_json()) == config

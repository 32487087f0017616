"""Which engine computes, and how exactly: allowed, timed, kept, and the same for whoever asks next."""

import time
from dataclasses import replace

import pytest

from tl_core import files
from tl_core.inference import choice
from tl_core.inference.choice import (
    EXACT,
    FALLBACK,
    ROUNDED,
    candidates,
    choose,
    keep_choice,
    kept_choice,
    precision_of,
    wished,
)
from tl_core.inference.exported import FrozenName, inference_dir
from tl_core.machine import processor
from tl_core.training import TrainingConfig
from tl_core.training.kept_features import transform_of, transforms_of

NAME = FrozenName(backbone="efficientnet-lite0", weights="random", size=64)
USUAL = FrozenName(backbone="efficientnet-lite0", weights="imagenet", size=160)
UNMEASURED = FrozenName(backbone="resnet50", weights="imagenet", size=160)


@pytest.fixture(autouse=True)
def machine(tmp_path, monkeypatch):
    """A machine of its own that has everything: the engine, and a processor with bfloat16."""
    monkeypatch.delenv("TL_NETWORK_DIR", raising=False)
    monkeypatch.delenv("TL_PRECISION", raising=False)
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(choice, "_version", lambda: "1")
    monkeypatch.setattr(processor, "computes_bfloat16", lambda: True)
    monkeypatch.setattr(choice, "_known", {})
    return monkeypatch


def forget_process():
    choice._known.clear()


@pytest.mark.parametrize(
    ("name", "variables", "expected"),
    [
        (USUAL, {}, (ROUNDED, EXACT, FALLBACK)),
        (USUAL, {"TL_PRECISION": "float32"}, (EXACT, FALLBACK)),
        (USUAL, {"TL_SCHEDULER": "tcp://127.0.0.1:1"}, (EXACT, FALLBACK)),  # many processors
        (USUAL, {"TL_SCHEDULER": "tcp://127.0.0.1:1", "TL_PRECISION": "bfloat16"}, (ROUNDED,)),
        (UNMEASURED, {}, (EXACT, FALLBACK)),
        (NAME, {}, (EXACT, FALLBACK)),  # nobody has measured what is learned on random weights
        (NAME, {"TL_PRECISION": "bfloat16"}, (ROUNDED,)),
    ],
)
def test_the_operator_the_backbone_and_a_cluster_say_what_may_compute(
    machine, name, variables, expected
):
    for variable, value in variables.items():
        machine.setenv(variable, value)
    assert candidates(name) == expected
    machine.setattr(processor, "computes_bfloat16", lambda: False)
    assert candidates(name) == (EXACT, FALLBACK)
    machine.setattr(choice, "_version", lambda: "")
    assert candidates(name) == (FALLBACK,)


def spent(seconds):
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


@pytest.mark.parametrize(("fast", "slow"), [(EXACT, FALLBACK), (FALLBACK, EXACT)])
def test_the_fastest_is_chosen_and_kept_for_everybody(fast, slow):
    assert kept_choice(NAME) is None
    ways = {fast: lambda: spent(0.002), slow: lambda: spent(0.01)}
    assert choose(NAME, ways) == fast
    forget_process()
    assert kept_choice(NAME) == fast
    assert kept_choice(FrozenName(backbone=NAME.backbone, weights="random", size=96)) is None


def test_waiting_for_others_does_not_count_against_an_engine():
    ways = {EXACT: lambda: time.sleep(0.03), FALLBACK: lambda: spent(0.01)}
    assert choose(NAME, ways) == EXACT


def test_whoever_chooses_second_takes_what_is_kept():
    keep_choice(NAME, FALLBACK, {})
    forget_process()
    assert keep_choice(NAME, EXACT, {}) == FALLBACK
    assert kept_choice(NAME) == FALLBACK


def test_another_kind_of_machine_chooses_for_itself(machine):
    keep_choice(NAME, FALLBACK, {})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TL_PRECISION", "bfloat16")
        assert kept_choice(NAME) is None
    machine.setattr(choice, "_version", lambda: "2")
    assert kept_choice(NAME) is None
    machine.setattr(choice, "_version", lambda: "1")
    assert kept_choice(NAME) == FALLBACK


@pytest.mark.parametrize("content", ["", "{}", '{"engine": "gpu", "precision": "float32"}', "[1]"])
def test_a_record_that_says_nothing_of_use_is_as_good_as_none(content):
    keep_choice(NAME, EXACT, {})
    forget_process()
    (record,) = inference_dir().glob("*/choice.json")
    files.write_bytes(record, content.encode())
    assert kept_choice(NAME) is None
    keep_choice(NAME, FALLBACK, {})
    forget_process()
    assert kept_choice(NAME) == FALLBACK, "the next one is kept"


def test_features_in_another_precision_are_other_features():
    config = TrainingConfig(dataset="emoji", weights="random", size=64)
    keep_choice(NAME, EXACT, {})
    exact = transform_of(config)
    forget_process()
    (record,) = inference_dir().glob("*/choice.json")
    files.write_json(record, {"engine": "tensorflow", "precision": "float32"})
    assert transform_of(config).id == exact.id  # every engine of float32 computes the same
    assert transform_of(config, precision="bfloat16").id != exact.id
    assert precision_of(NAME) == "float32"


def test_blocks_that_are_to_learn_read_exact_features():
    config = TrainingConfig(dataset="emoji", size=160)
    assert transform_of(config).precision == "bfloat16"
    fine = transforms_of(replace(config, unfrozen=2))
    assert [one.precision for one in fine] == ["float32", "float32"]
    keep_choice(USUAL, EXACT, {})  # it was measured to be faster here
    assert transform_of(config).precision == "float32"


@pytest.mark.parametrize("asked", ["float32", "bfloat16"])
def test_a_precision_that_is_asked_for_is_that_of_all_features(monkeypatch, asked):
    monkeypatch.setenv("TL_PRECISION", asked)
    config = TrainingConfig(dataset="emoji", size=160)
    for unfrozen in (0, 2):
        found = transforms_of(replace(config, unfrozen=unfrozen))
        assert {one.precision for one in found} == {asked}


def test_a_training_goes_on_with_the_precision_that_it_began_with(machine):
    assert wished(ROUNDED, "float32") == EXACT
    assert wished(EXACT, "bfloat16") == ROUNDED
    assert wished(EXACT, "") == wished(EXACT, "float32") == EXACT
    machine.setattr(processor, "computes_bfloat16", lambda: False)
    assert wished(EXACT, "bfloat16") == EXACT
    assert wished(FALLBACK, "float32") == FALLBACK

"""Configurations as JSON: what is kept of them, what is refused, and under which id a job is known."""

import importlib
import json
from collections import Counter
from dataclasses import dataclass
from typing import ClassVar

import pytest

from tests.test_architecture import PROJECT, sources
from tl_core import runs
from tl_core.checks import LONGEST_VALUE, Config, JobConfig, look_up
from tl_core.datasets.job_configs import (
    DownloadConfig,
    ImportConfig,
    ImportFilesConfig,
    InspectConfig,
    ScanConfig,
    ScoreConfig,
    UnpackConfig,
)
from tl_core.datasets.reading.choices import Choices
from tl_core.engine.tasks import JOBS
from tl_core.errors import SettingInvalid
from tl_core.exports import ExportConfig
from tl_core.lessons.heads import ComparisonConfig
from tl_core.lessons.skip import SkipConfig
from tl_core.lessons.transfer import TransferConfig
from tl_core.prediction.live import LiveConfig
from tl_core.projects.contents import PackConfig
from tl_core.training import TrainingConfig
from tl_core.training.augmentation import Augmentation
from tl_core.training.rate_finder import RateTestConfig

USUAL = TrainingConfig(dataset="emoji")
OTHER = TrainingConfig(
    dataset="emoji",
    fingerprint="ab",
    backbone="vgg16",
    dense=(256, 16),
    unfrozen=3,
    augmentation=Augmentation(rotation=20, flip_horizontal=True),
    copies=2,
    test=0.1,
    mistakes=("leak",),
)
IDS = {
    USUAL: "06853a58e4c361d5",
    OTHER: "40ad5bd14f288e03",
    RateTestConfig(phase="head", training=USUAL): "bc85ea01071eedfc",
    RateTestConfig(phase="tail", training=OTHER): "dcb1917e9dc6b6ed",
    SkipConfig(): "0145d9745a506981",
    TransferConfig(dataset="emoji"): "7b7a4b21568d0218",
    ComparisonConfig(dataset="emoji", dense=(64,)): "3956d7be6be2cf50",
    ExportConfig(run="0" * 16, format="keras", trained="1" * 16): "8ac048c09f83e9ab",
    ScanConfig(sha256="0" * 64, title="Pets"): "d842b396a82591ac",
    ImportConfig(sha256="0" * 64, title="Pets"): "28978065753a314c",
    ImportConfig(
        sha256="0" * 64, title="Pets", choices=Choices(off=("owls",)), dataset="1" * 16
    ): "1bdd21fdbdcdde3c",
    ImportFilesConfig(staging="0" * 32, digest="1" * 16, title="Pets"): "e096c660074631a7",
    DownloadConfig(): "c2a2a56140cc7cd2",
    InspectConfig(dataset="emoji", validation=0.2, test=0.0, seed=0): "e6e7274c181ec248",
    ScoreConfig(
        sha256="0" * 64, title="pets", run="0" * 16, trained="1" * 16, titles=("cats", "dogs")
    ): "00eded2056ad9956",
    LiveConfig(part="features", backbone="efficientnet-lite0", size=160): "62ca5210d8bd41c1",
    PackConfig(title="Pets", mark="0" * 16, datasets=("1" * 16,)): "e64df9fa91b1588d",
    UnpackConfig(sha256="0" * 64, title="Pets"): "534894ae42460f27",
}
"""Under these ids people have runs, and links to them."""


@pytest.mark.parametrize(("config", "identifier"), IDS.items())
def test_a_configuration_keeps_its_id(config, identifier):
    assert runs.run_id(config.KIND, config.as_json()) == identifier


@pytest.mark.parametrize("config", IDS)
def test_a_configuration_survives_the_disk(config):
    again = type(config).from_json(json.loads(json.dumps(config.as_json())))
    assert again.as_json() == config.as_json()
    assert again == config or isinstance(config, RateTestConfig)  # forgets what plays no part


def test_every_kind_of_job_has_one_configuration_and_one_function():
    for path in sources("tl_core/**/*.py"):
        if "JobConfig)" in path.read_text():
            name = ".".join(path.relative_to(PROJECT).with_suffix("").parts)
            importlib.import_module(name)
    kinds = Counter(one.KIND for one in JobConfig.__subclasses__() if one.__module__ != __name__)
    assert kinds == Counter(dict.fromkeys(JOBS, 1))
    assert kinds == Counter(config.KIND for config in {type(one): one for one in IDS}.values())


@dataclass(frozen=True, kw_only=True)
class Part(Config):
    """Has a default, unlike the others of `Sample`."""

    share: float = 0.5


@dataclass(frozen=True, kw_only=True)
class Sample(JobConfig):
    """A field of every type."""

    KIND: ClassVar[str] = "sample"

    text: str
    count: int
    share: float
    flag: bool
    numbers: tuple[int, ...]
    part: Part


GOOD = {"text": "a", "count": 1, "share": 0.5, "flag": True, "numbers": [1, 2], "part": {}}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("text", value) for value in (3, None, ["a"], b"a")],
        *[("count", value) for value in ("1", 1.0, True, None)],  # True is 1 for Python
        *[("share", value) for value in ("0.5", True, None, [0.5])],
        *[("flag", value) for value in (1, 0, "yes", None)],
        *[("numbers", value) for value in (1, "12", None, {"1": 2}, [1.5], ["1"], [True], [[1]])],
        *[("part", value) for value in (1, list[str](), None, "share", {"share": "a"})],
    ],
)
def test_a_value_of_another_type_is_refused_in_one_sentence(name, value):
    with pytest.raises(SettingInvalid, match=r"cannot be read: .* Start it again") as refused:
        Sample.from_json(GOOD | {name: value})
    assert str(refused.value).count(". ") == 1


def test_a_whole_number_will_do_for_a_share_and_stays_what_it_was():
    found = Sample.from_json(GOOD | {"share": 1})
    assert found.as_json() == GOOD | {"share": 1, "part": {"share": 0.5}}
    assert type(found.share) is int and found.numbers == (1, 2)  # or the id would change


def test_a_missing_setting_is_named_and_one_with_a_default_is_not_needed():
    values = {name: value for name, value in GOOD.items() if name not in ("text", "flag")}
    with pytest.raises(SettingInvalid, match=r"lacks settings .*: flag, text\. Start it again"):
        Sample.from_json(values)
    assert Sample.from_json(GOOD).part == Part(share=0.5)


def test_an_unknown_setting_is_named_also_in_a_part():
    with pytest.raises(SettingInvalid, match="does not know: colour"):
        Sample.from_json(GOOD | {"colour": 1})
    with pytest.raises(SettingInvalid, match="does not know: colour"):
        Sample.from_json(GOOD | {"part": {"colour": 1}})


def test_a_sentence_repeats_little_of_what_a_damaged_file_holds():
    with pytest.raises(SettingInvalid) as refused:
        Sample.from_json(GOOD | {"count": "9" * 10**6})
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize(
    ("job", "values"),
    [
        (SkipConfig, {"blocks": "a"}),
        (SkipConfig, {"blocks": None}),
        (TransferConfig, {"dataset": "emoji", "seeds": 3}),
        (TransferConfig, {}),
        (ComparisonConfig, {"dataset": 3}),
        (ComparisonConfig, {"dataset": "emoji", "channels": 1.5}),
        (ExportConfig, {"run": "0" * 16, "format": [], "trained": ""}),
        (ExportConfig, {"format": "keras"}),
        (RateTestConfig, {"dataset": "emoji"}),
        (RateTestConfig, {"phase": ["head"], "dataset": "emoji"}),
        (ImportConfig, {"sha256": "0" * 64, "title": None}),
        (ImportFilesConfig, {"staging": 0}),
        (InspectConfig, {"dataset": "emoji", "validation": "a", "test": 0.0, "seed": 0}),
    ],
)
def test_a_damaged_job_is_no_fault_of_the_program(job, values):
    with pytest.raises(SettingInvalid):
        job.from_json(values)


def test_a_configuration_is_checked_where_it_is_made_too():
    with pytest.raises(SettingInvalid, match="dataset cannot be 3"):
        ComparisonConfig(dataset=3)  # type: ignore[arg-type]


def test_an_unknown_name_is_told_which_there_are():
    known = {"one": 1, "two": 2}
    assert look_up(known, "two", "No {name}. Choose one of: {valid}.") == 2
    with pytest.raises(SettingInvalid) as refused:
        look_up(known, "x" * 10**6, "No {name}. Choose one of: {valid}.")
    assert str(refused.value) == f"No {'x' * LONGEST_VALUE}. Choose one of: one, two."

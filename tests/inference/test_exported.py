"""Networks as files: whole or not there, and never more than the disk is to hold."""

import os
from dataclasses import replace

import pytest

from tl_core.inference.exported import (
    CHOICE,
    NETWORK,
    RECORD,
    WEIGHTS,
    FrozenName,
    drop_of_run,
    drop_oldest,
    find_exported,
    inference_dir,
    keep_exported,
    sweep_networks,
)

NAME = FrozenName(backbone="efficientnet-lite0", weights="random", size=64)


@pytest.fixture(autouse=True)
def data_dir(tmp_path, monkeypatch):
    monkeypatch.delenv("TL_NETWORK_DIR", raising=False)
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path / "data"))


def kept(name, tmp_path, content=b"x"):
    made = tmp_path / f"made-{name.size}"
    made.mkdir(exist_ok=True)
    for file in (NETWORK, WEIGHTS):
        (made / file).write_bytes(file.encode() + content)
    return keep_exported(name, made, 12)


def test_what_was_exported_is_found_by_what_it_is(tmp_path):
    assert find_exported(NAME) is None
    exported = kept(NAME, tmp_path)
    assert find_exported(NAME) == exported and exported.largest == 12
    assert exported.network.read_bytes() == b"network.xmlx"
    for other in (
        replace(NAME, size=96),
        replace(NAME, backbone="vgg16"),
        replace(NAME, weights="imagenet"),
    ):
        assert find_exported(other) is None


@pytest.mark.parametrize("file", [NETWORK, WEIGHTS, RECORD])
@pytest.mark.parametrize("damage", ["flipped", "gone", "empty"])
def test_what_is_damaged_is_not_there_and_can_be_made_again(tmp_path, file, damage):
    exported = kept(NAME, tmp_path)
    path = exported.folder / file
    content = {"flipped": path.read_bytes()[:-1] + b"?", "empty": b""}
    path.unlink() if damage == "gone" else path.write_bytes(content[damage])
    assert find_exported(NAME) is None
    assert kept(NAME, tmp_path) == find_exported(NAME)


def test_what_is_whole_stays_when_a_second_process_has_made_it_too(tmp_path):
    before = kept(NAME, tmp_path).network.stat().st_ino
    assert kept(NAME, tmp_path, b"other").network.stat().st_ino == before
    assert find_exported(NAME) is not None


def test_the_least_recently_used_networks_leave_when_the_quota_is_full(tmp_path, monkeypatch):
    names = [FrozenName(backbone=NAME.backbone, weights="random", size=s) for s in (64, 96, 128)]
    for age, name in enumerate(reversed(names)):
        record = kept(name, tmp_path, b"x" * 400_000).folder / RECORD
        os.utime(record, (1000 - age, 1000 - age))
    assert drop_oldest() == 0
    find_exported(names[0])  # is used
    monkeypatch.setenv("TL_NETWORK_QUOTA_MB", "1")
    assert drop_oldest() == 2
    assert [find_exported(name) is not None for name in names] == [True, False, False]
    kept(names[1], tmp_path, b"x" * 600_000)  # is larger than all that may be, and needed now
    assert [find_exported(name) is not None for name in names] == [False, True, False]
    assert [path.name for path in inference_dir().iterdir()] == [names[1].id]


def test_what_a_kill_has_left_of_a_network_is_swept_and_a_whole_one_stays(tmp_path):
    exported = kept(NAME, tmp_path)
    half = kept(replace(NAME, size=96), tmp_path).folder
    (half / RECORD).unlink()
    young = kept(replace(NAME, size=128), tmp_path).folder
    (young / RECORD).unlink()
    choice = inference_dir() / "choice-of-a-machine"
    choice.mkdir()
    (choice / CHOICE).write_text("{}")
    for folder in (exported.folder, half, choice):
        os.utime(folder, (1000, 1000))
    assert sweep_networks() == 1
    assert {path.name for path in inference_dir().iterdir()} == {
        *(exported.folder.name, young.name, choice.name)
    }


def test_nothing_of_a_folder_that_an_operator_names_is_removed(tmp_path, monkeypatch):
    monkeypatch.setenv("TL_NETWORK_DIR", str(tmp_path / "shared"))
    (tmp_path / "shared" / "holiday").mkdir(parents=True)
    os.utime(tmp_path / "shared" / "holiday", (0, 0))
    assert sweep_networks() == 0 and (tmp_path / "shared" / "holiday").is_dir()
    kept(NAME, tmp_path)
    assert find_exported(NAME) and inference_dir().is_relative_to(tmp_path / "shared")
    (left := inference_dir() / "left").mkdir()
    os.utime(left, (0, 0))
    assert sweep_networks() == 1 and not left.exists() and find_exported(NAME)


def test_what_was_made_of_a_training_goes_with_it(tmp_path):
    own = replace(NAME, run="0123456789abcdef", trained="1")
    kept(NAME, tmp_path)
    kept(own, tmp_path)
    drop_of_run("0" * 16)
    assert find_exported(own)
    drop_of_run(own.run)
    assert find_exported(own) is None and find_exported(NAME)

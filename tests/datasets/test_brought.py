"""Whatever people bring is read rightly, or refused with the true reason and a way on."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from tests.datasets.brought import BROUGHT, Brought
from tests.datasets.brought.pieces import Shot, in_small
from tl_core import files, runs
from tl_core.datasets.bringing.archive import Scan
from tl_core.datasets.bringing.waiting import REFUSED, upload_path
from tl_core.datasets.catalogue import datasets_dir
from tl_core.datasets.checking.findings import read_findings
from tl_core.datasets.dataset import Dataset
from tl_core.datasets.job_configs import ImportConfig, InspectConfig, ScanConfig
from tl_core.datasets.jobs import read_imported, read_scan, run_import, run_inspect, run_scan
from tl_core.datasets.reading.choices import counts
from tl_core.datasets.splits import split
from tl_core.errors import DatasetRefused
from tl_core.wording import Sentence

MOST_APART = 12.0
"""Grey levels by which a picture may differ from what was put into the archive: other ones differ more."""
FOR_FEW = {"few-to-judge", "few-groups"}
"""What the check finds because these archives are small."""
NO_CLASSES = {
    *(
        "train",
        "training",
        "training_set",
        "test",
        "testing",
        "test_set",
        "val",
        "valid",
        "validation",
    ),
    *("evaluation", "masks", "images", "annotations", "trimaps", "color", "grayscale", "segmented"),
    *("__macosx", "labels"),
}


def params(found: Iterable[Brought]) -> list[Any]:
    return [
        pytest.param(one, id=one.name, marks=[pytest.mark.slow] if one.slow else [])
        for one in found
    ]


ACCEPTED = [one for one in BROUGHT if not one.refused]
TURNED_AWAY = [one for one in BROUGHT if one.refused and not one.refused.planned]
PLANNED = [one for one in BROUGHT if one.refused and one.refused.planned]


@dataclass(frozen=True)
class Result:
    """What the jobs made of an archive."""

    scan: Scan
    dataset: Dataset
    findings: frozenset[str]


def scanned(entry: Brought) -> Scan:
    """Upload an archive, and look into it as the job does."""
    data = entry.data()
    digest = hashlib.sha256(data).hexdigest()
    run = runs.open_job(ScanConfig(sha256=digest, title=title(entry)))
    files.write_bytes(upload_path(run), data)
    run_scan(run)
    return read_scan(run)


def opened_import(entry: Brought) -> runs.Run:
    digest = hashlib.sha256(entry.data()).hexdigest()
    return runs.open_job(ImportConfig(sha256=digest, title=title(entry), choices=entry.choices))


def title(entry: Brought) -> str:
    return Path(entry.file).stem


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Return ``results(entry)``: what the jobs make of it; each is brought once."""
    made: dict[str, Result] = {}

    def bring(entry: Brought) -> Result:
        if entry.name not in made:
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("TL_DATA_DIR", str(tmp_path_factory.mktemp("brought")))
                made[entry.name] = all_jobs(entry)
        return made[entry.name]

    return bring


def all_jobs(entry: Brought) -> Result:
    scan = scanned(entry)
    run = opened_import(entry)
    run_import(run)
    assert not upload_path(run).exists()
    dataset = read_imported(run)
    check = runs.open_job(InspectConfig(dataset=dataset.id, validation=0.2, test=0.0, seed=0))
    run_inspect(check)
    kinds = frozenset(finding.kind for finding in read_findings(check)) - FOR_FEW
    return Result(scan, dataset, kinds)


def sides(dataset: Dataset) -> dict[str, dict[str, int]]:
    found: dict[str, Counter[str]] = {name: Counter() for name in dataset.class_names}
    for image in dataset.images:
        found[dataset.class_names[image.label]][image.part] += 1
    return {name: dict(side) for name, side in found.items()}


def are(told: Sequence[Sentence], pieces: Sequence[str]) -> bool:
    """Whether these sentences are told, in any order, and no others."""
    templates = [one.template for one in told]
    found = {piece: sum(piece in template for template in templates) for piece in pieces}
    return found == Counter(pieces) and len(templates) == len(pieces)


# What is imported


@pytest.mark.parametrize("entry", params(ACCEPTED))
def test_classes_and_parts_are_those_that_were_brought(results, entry):
    result = results(entry)
    assert sides(result.dataset) == entry.counts()
    assert list(result.dataset.class_names) == list(entry.right)


@pytest.mark.parametrize("entry", params(ACCEPTED))
def test_what_was_found_is_what_is_imported(results, entry):
    result = results(entry)
    assert counts(result.scan.plan, entry.choices) == sides(result.dataset)


@pytest.mark.parametrize("entry", params(ACCEPTED))
def test_each_photo_is_in_the_class_in_which_it_was_put(results, entry):
    check_pictures(entry, results(entry).dataset)


@pytest.mark.parametrize("entry", params(ACCEPTED))
def test_no_photo_is_in_two_parts_and_no_group_on_two_sides(results, entry):
    dataset = results(entry).dataset
    divided = split(dataset, validation=0.3, test=0.0, seed=1)
    of_picture: dict[str, set[str]] = {}
    of_group: dict[str, set[str]] = {}
    for image in dataset.images:
        of_picture.setdefault(image.pixels, set()).add(image.part)
    for side, images in (("learn", divided.train), ("judge", divided.validation)):
        for image in (dataset.images[place] for place in images):
            of_group.setdefault(image.group or image.path, set()).add(side)
    assert all(len(found) == 1 for found in (*of_picture.values(), *of_group.values()))
    assert len({image.group for image in dataset.images} - {""}) == entry.groups


@pytest.mark.parametrize("entry", params(ACCEPTED))
def test_no_part_mask_or_group_became_a_class(results, entry):
    dataset = results(entry).dataset
    names = {name.casefold() for name in dataset.class_names}
    assert not names & NO_CLASSES
    assert not names & {image.group.casefold() for image in dataset.images}


@pytest.mark.parametrize("entry", params(ACCEPTED))
def test_it_is_told_why_it_is_read_so_and_what_is_left_out(results, entry):
    result = results(entry)
    told = {one.template for one in check_told(entry, result.scan)}
    assert told <= {one.template for one in result.dataset.account}


def check_told(entry: Brought, scan: Scan) -> list[Sentence]:
    """Compare what is said of an archive with what is right; returns the reasons and what is left out."""
    plan, reading = scan.plan, scan.plan.reading()
    assert are(reading.reasons, entry.reasons), reading.reasons
    assert are(reading.warnings, entry.warnings), reading.warnings
    left = (*reading.left_out, *plan.left_out)
    assert are([one.sentence for one in left], list(entry.left_out)), left
    for piece, count in entry.left_out.items():
        assert [one.count for one in left if piece in one.sentence.template] == [count]
    assert tuple(one.key for one in plan.readings[1:]) == entry.others
    return [*reading.reasons, *(one.sentence for one in left)]


@pytest.mark.parametrize("entry", params(ACCEPTED))
def test_every_class_is_shown_by_pictures_of_its_own(results, entry):
    shown = results(entry).scan.samples.names
    for name, right in entry.right.items():
        patterns = [pattern for _, pattern in right.values()]
        assert any(fnmatch(one, pattern) for one in shown for pattern in patterns), name


@pytest.mark.parametrize("entry", params(ACCEPTED))
def test_the_check_finds_what_is_wrong_and_nothing_else(results, entry):
    result = results(entry)
    assert result.findings == entry.findings
    assert are([one.sentence for one in result.dataset.skipped], entry.skipped)


# What is refused


@pytest.mark.parametrize("entry", params(TURNED_AWAY))
def test_what_holds_no_labelled_photos_is_refused_by_what_it_is(entry):
    with pytest.raises(DatasetRefused) as refused:
        scanned(entry)
    check_refusal(entry, refused.value)
    assert not upload_path(opened_import(entry)).exists()
    assert not datasets_dir().exists()


@pytest.mark.parametrize("entry", params(PLANNED))
def test_what_cannot_teach_is_refused_and_waits_for_other_choices(entry):
    scan = scanned(entry)
    assert counts(scan.plan, entry.choices) == entry.counts()
    check_told(entry, scan)
    run = opened_import(entry)
    with pytest.raises(DatasetRefused) as refused:
        run_import(run)
    check_refusal(entry, refused.value)
    assert upload_path(run).exists() and (run.folder / REFUSED).exists()
    assert not datasets_dir().exists() or not any(datasets_dir().iterdir())


def check_refusal(entry: Brought, refused: DatasetRefused) -> None:
    right = entry.refused
    assert right
    assert right.says in refused.sentence.template, str(refused)
    assert right.values.items() <= dict(refused.sentence.values).items()
    because = " ".join(one.template for one in list(refused.sentence.parts())[1:])
    assert right.because in because, str(refused)


# That these tests would notice


def check_pictures(entry: Brought, dataset: Dataset) -> None:
    """Compare every picture that was imported with those that were put into the archive."""
    put = {name: shot for name, shot in entry.files.items() if isinstance(shot, Shot)}
    for label, (name, right) in enumerate(entry.right.items()):
        for part, (count, pattern) in right.items():
            images = [one for one in dataset.images if (one.label, one.part) == (label, part)]
            wanted = [in_small(shot.image()) for key, shot in put.items() if fnmatch(key, pattern)]
            assert len(wanted) == count == len(images), (name, part, pattern)
            nearest = set()
            for image in images:
                picture = in_small(opened(dataset.folder / image.path))
                apart = [float(np.abs(picture - one).mean()) for one in wanted]
                assert min(apart) < MOST_APART, (name, part, image.shown)
                nearest.add(apart.index(min(apart)))
            assert len(nearest) == count, (name, part, "one picture stands for another")


def opened(path: Path) -> Image.Image:
    """Return a picture without any help of the lab's."""
    if path.suffix == ".heic":
        return pillow_heif.read_heif(path).to_pillow()
    return Image.open(path)


def named(name: str) -> Brought:
    return next(one for one in BROUGHT if one.name == name)


@pytest.mark.parametrize(
    "name",
    ["a folder for each pupil", "the label before the first dot", "a Teachable Machine project"],
)
def test_swapped_classes_would_be_noticed(results, name):
    entry = named(name)
    dataset = results(entry).dataset
    swapped = [replace(image, label=1 - image.label) for image in dataset.images]
    with pytest.raises(AssertionError):
        check_pictures(entry, replace(dataset, images=tuple(swapped)))


def test_pictures_of_another_part_would_be_noticed(results):
    entry = named("numbered parts in Korean")
    dataset = results(entry).dataset
    first, second, *rest = dataset.images
    moved = [replace(first, path=dataset.images[-1].path), second, *rest]
    with pytest.raises(AssertionError):
        check_pictures(entry, replace(dataset, images=tuple(moved)))


def test_an_entry_says_what_is_right_and_is_the_same_file_each_time():
    assert len({one.name for one in BROUGHT}) == len(BROUGHT)
    assert all(one.right or one.refused for one in BROUGHT)
    assert all(one.data() == one.data() for one in BROUGHT if not one.slow)

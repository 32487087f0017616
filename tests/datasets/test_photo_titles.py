"""A photo of the lab is called what it shows, in every language and every dataset; any other is not."""

import csv
import re

import pytest

from tests.datasets.importing import import_files
from tests.datasets.samples import picture
from tl_core.datasets.catalogue import get_dataset
from tl_core.datasets.photo_titles import TITLES, photo_title
from tl_core.wording import LANGUAGES

HANGUL = re.compile(r"[가-힣]")


@pytest.mark.parametrize("dataset", ["emoji", "real_photos"])
def test_every_photo_has_a_title_of_its_own_in_every_language(dataset: str) -> None:
    photos = get_dataset(dataset).images
    with TITLES.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if row["dataset"] == dataset]
    assert [row["path"] for row in rows] == sorted(photo.path for photo in photos)
    for code in LANGUAGES:
        titles = [photo_title(photo.sha256, code) for photo in photos]
        assert all(titles) and len(set(titles)) == len(titles)
        assert all(bool(HANGUL.search(title or "")) == (code == "ko") for title in titles)


def test_a_photo_is_known_by_what_is_in_it_and_not_by_its_name() -> None:
    lab = get_dataset("real_photos")
    owl, bee = (
        lab.read(one) for name in ("owl", "bee") for one in lab.images if f"/{name}." in one.path
    )
    others = [[(f"{at}.png", picture(10 * label + at)) for at in range(5)] for label in (0, 1)]
    classes = {"a": [("mine.webp", owl), *others[0]], "b": [("owl.webp", bee + b"\0"), *others[1]]}
    mine = import_files(classes, "Mine", lambda *_: None)
    titles = {one.shown: photo_title(one.sha256, "ko") for one in mine.images}
    assert titles.pop("a/mine.webp") == "올빼미"
    assert "b/owl.webp" in titles and set(titles.values()) == {None}

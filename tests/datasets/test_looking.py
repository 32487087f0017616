"""Before an import few files are looked at: first bytes, small tables, and colours where masks may be."""

import io
import zipfile
import zlib
from functools import cache

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tests.datasets.samples import jpeg, photo, picture, pictures, quiet
from tl_core import settings
from tl_core.datasets.bringing import looking
from tl_core.datasets.bringing.archive import import_archive
from tl_core.datasets.bringing.entries import Entry
from tl_core.datasets.bringing.looking import list_entries, worth_a_look
from tl_core.datasets.catalogue import read_photo, sample_photos
from tl_core.errors import DatasetRefused, ImageRefused, JobCancelled
from tl_core.files import write_bytes

PHOTO = jpeg(photo(1), quality=95)
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 12345\n"


class Files:
    """Files in memory that remember which of them were read, and which only begun."""

    def __init__(self, content):
        self.read: list[str] = []
        self.begun: list[str] = []
        self.entries = [self._entry(name, data) for name, data in content.items()]

    def _entry(self, name, data):
        def load():
            self.read.append(name)
            return data

        def begin():
            self.begun.append(name)
            return data[:2048]

        return Entry(name=name, size=len(data), read=load, begin=begin)

    def listed(self):
        return {one.name: one for one in list_entries(self.entries, quiet).files}


def many_photos(count):
    large = PHOTO + bytes(looking.SMALL)
    return {f"{n % 2}/{n}.jpg": large for n in range(count)}


def test_of_a_large_set_a_few_files_are_begun_and_none_is_read_in_full():
    files = Files(many_photos(3000))
    listed = files.listed()
    assert len(listed) == 3000
    assert sorted(files.begun) == sorted(f"{n % 2}/{n}.jpg" for n in range(2 * looking.A_FOLDER))
    assert files.read == []
    assert {one.kind for one in listed.values()} == {"JPEG", ""}
    assert listed["0/0.jpg"].kind == "JPEG" and listed["0/2998.jpg"].kind == ""


def test_what_is_strangely_small_or_has_no_ending_of_a_photo_is_begun_wherever_it_is():
    odd = {"0/9999.jpg": POINTER, "1/unnamed": PHOTO, "1/table.csv": b"a,b\n" * 1000}
    files = Files(many_photos(3000) | odd)
    listed = files.listed()
    assert listed["0/9999.jpg"].kind == "Git LFS pointer"
    assert listed["1/unnamed"].kind == "JPEG"
    assert len(files.begun) == 2 * looking.A_FOLDER + 2  # a table is read as such


def test_the_last_folder_is_looked_at_also_where_the_first_has_more_odd_files_than_are_looked_at():
    pointers = {f"a/{n}.jpg": POINTER for n in range(looking.MOST_LOOKED_AT + 500)}
    files = Files(pointers | {"z/1.jpg": b"GIF89a" + bytes(3000)})
    listed = files.listed()
    assert listed["z/1.jpg"].kind == "GIF"
    assert len(files.begun) == looking.MOST_LOOKED_AT


def test_files_of_one_name_are_all_listed():
    files = Files({})
    twice = [Entry(name="a/1.jpg", size=n, read=bytes) for n in (1, 2)]
    assert [one.size for one in list_entries([*files.entries, *twice], quiet).files] == [1, 2]
    assert worth_a_look(twice) == [0, 1]


def test_a_file_larger_than_an_image_may_be_is_never_read(monkeypatch):
    """In a folder it may be a film of gigabytes: only its beginning is read."""
    monkeypatch.setenv("TL_MAX_IMAGE_MB", "1")
    large = {f"{label}/0.png": picture(1) + bytes(10**6) for label in ("images", "masks")}
    files = Files(large | {"images/film.mov": bytes(2 * 10**6)})
    assert files.listed()["masks/0.png"].kind == "PNG"
    assert files.read == [] and set(files.begun) == set(large) | {"images/film.mov"}
    unbegun = Entry(name="a.png", size=10**7, read=lambda: pytest.fail("it was read"))
    assert list_entries([unbegun], quiet).files[0].kind == ""


def test_a_file_that_cannot_be_read_is_listed_all_the_same():
    def refuse():
        raise ImageRefused("{name} is damaged.", name="x")

    damaged = Entry(name="cats/1.jpg", size=5, read=refuse)
    table = Entry(name="cats/labels.csv", size=5, read=refuse)
    listing = list_entries([damaged, table], quiet)
    assert [(one.name, one.kind) for one in listing.files] == [
        ("cats/1.jpg", ""),
        ("cats/labels.csv", ""),
    ]
    assert listing.texts == {}


@pytest.mark.parametrize("name", ["cats/1.jpg", "labels.csv"])
def test_what_ends_an_import_ends_the_look(name):
    """A bomb is one also where only its table is looked at."""

    def refuse():
        raise DatasetRefused("The archive unpacks to too much.")

    with pytest.raises(DatasetRefused, match="unpacks to too much"):
        list_entries([Entry(name=name, size=5, read=refuse)], quiet)


def test_stop_ends_the_look_at_once():
    files = Files(many_photos(50))

    def stop(done, total, message):
        if done == 3:
            raise JobCancelled("Stopped.")

    with pytest.raises(JobCancelled):
        list_entries(files.entries, stop)
    assert len(files.begun) == 3


# Tables


def texts_of(content):
    return dict(list_entries(Files(content).entries, quiet).texts)


def test_small_tables_are_read_and_photos_are_not():
    tables = {f"x/labels.{ending}": ending.encode() for ending in ("csv", "TSV", "json", "txt")}
    assert texts_of(tables | {"x/1.jpg": PHOTO, "x/notes.pdf": b"%PDF"}) == tables


def test_a_table_is_found_among_thousands_of_boxes(monkeypatch):
    boxes = {f"a/labels/{n}.txt": b"0 1 1 1 1" for n in range(3000)}
    found = texts_of(boxes | {"z/deep/er/labels.csv": b"file,label", "data.yaml": b"names: []"})
    assert "z/deep/er/labels.csv" in found and "data.yaml" in found
    assert len(found) == looking.MOST_TABLES


def test_tables_take_a_bounded_amount_of_memory(monkeypatch):
    monkeypatch.setattr(looking, "LARGEST_TABLE", 1000)
    monkeypatch.setattr(looking, "MOST_OF_TABLES", 2500)
    found = texts_of({f"{n}.csv": bytes(900) for n in range(5)} | {"large.csv": bytes(1001)})
    assert list(found) == ["0.csv", "1.csv"]


# Copies


@cache
def colliding():
    """Return two different PNG files of one size and one CRC-32; a few hundred have to be tried."""
    seen: dict[tuple[int, int], bytes] = {}
    for number in range(2000):
        data = picture(number, side=24)
        other = seen.setdefault((zlib.crc32(data), len(data)), data)
        if other != data:
            return other, data
    raise AssertionError("no two have the same")


def with_collision():
    """Return two classes, in one of which two photos look like copies in a zip's table of contents."""
    return (
        pictures("a", 9, 5000)
        | pictures("b", 9, 6000)
        | dict(zip(("a/x.png", "a/y.png"), colliding(), strict=True))
    )


def imported(content, packed):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", packed) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    path = settings.current().data_dir / "pets.zip"
    write_bytes(path, file.getvalue())
    return import_archive(path, "Pets", quiet)


@pytest.mark.parametrize("packed", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_png_files_of_one_size_and_checksum_are_no_copies(packed):
    pets = imported(with_collision(), packed)
    assert pets.count_by_class == {"a": 11, "b": 9} and pets.account == ()


def test_png_files_that_repeat_others_are_still_found():
    content = with_collision()
    again = {
        f"a copy/{name.removeprefix('a/')}": d for name, d in content.items() if name[0] == "a"
    }
    pets = imported(content | again, zipfile.ZIP_STORED)
    assert pets.count_by_class == {"a": 11, "b": 9}
    assert "only repeat others: 11" in str(pets.account[0])


def test_where_too_much_would_be_read_nothing_is_taken_for_a_copy(monkeypatch):
    monkeypatch.setattr(looking, "MOST_COMPARED", 1000)
    assert sum(map(len, colliding())) > 1000
    assert imported(with_collision(), zipfile.ZIP_STORED).count_by_class == {"a": 11, "b": 9}


# Masks


def saved(pixels, kind="PNG", **options):
    file = io.BytesIO()
    Image.fromarray(np.asarray(pixels, dtype=np.uint8)).save(file, kind, **options)
    return file.getvalue()


def blob(number, levels=(0, 255), side=160):
    """Return a mask as segmentation sets have it: a shape on a ground."""
    drawn = Image.new("L", (side, side), levels[0])
    draw = ImageDraw.Draw(drawn)
    for at, level in enumerate(levels[1:]):
        box = (20 + 9 * number + 15 * at, 30, 90 + 9 * number - 15 * at, 120)
        draw.ellipse(box, fill=level)
    return drawn


def line_drawing():
    """Return a pencil drawing that was photographed: grey paper and soft strokes."""
    paper = photo(5, 160).mean(axis=2) / 6 + 190
    strokes = Image.new("L", (160, 160), 0)
    ImageDraw.Draw(strokes).line([(10, 20), (80, 140), (150, 30)], fill=150, width=3)
    return np.repeat((paper - np.asarray(strokes))[..., None], 3, axis=2)


def flat_of(files):
    """Return what is found of files in a folder ``masks``, which makes it suspect."""
    listed = Files({f"masks/{name}": data for name, data in files.items()}).listed()
    return {one.name.removeprefix("masks/"): one.flat for one in listed.values()}


def test_masks_have_few_colours_as_png_and_as_jpeg():
    masks = {
        "two.png": saved(blob(0)),
        "labels.png": saved(blob(1, (0, 1, 2))),  # black to the eye
        "trimap.png": saved(blob(2, (255, 128, 0))),
        "palette.png": saved(np.asarray(blob(3)) // 255),
        "coloured.png": saved(np.stack([np.asarray(blob(4))] * 2 + [np.zeros((160, 160))], 2)),
        "saved.jpg": saved(blob(1), "JPEG", quality=75),
    }
    assert flat_of(masks) == dict.fromkeys(masks, True)


def test_photos_and_drawings_have_many_colours():
    photos = {f"{one.name}.jpg": read_photo(one.name) for one in sample_photos()}
    assert flat_of({"horse.png": photos.pop("horse.jpg")}) == {"horse.png": True}  # a silhouette
    drawings = {"drawing.png": saved(line_drawing()), "drawing.jpg": saved(line_drawing(), "JPEG")}
    for content in (photos, drawings):
        looked_at = [flat for flat in flat_of(content).values() if flat is not None]
        assert not any(looked_at) and len(looked_at) >= min(4, len(content))


def test_nobody_looks_at_colours_where_no_masks_can_be():
    content = {f"{label}/{n}.jpg": jpeg(photo(n)) for label in ("cats", "dogs") for n in range(9)}
    files = Files(content)
    assert {one.flat for one in files.listed().values()} == {None} and files.read == []


def test_a_mask_that_is_damaged_is_not_judged():
    assert flat_of({"1.png": saved(blob(0))[:150]}) == {"1.png": None}


def test_of_very_many_folders_some_pictures_of_each_are_looked_at(monkeypatch):
    monkeypatch.setattr(looking, "MOST_DECODED", 20)
    mask = saved(blob(0))
    content = {f"{pupil}/masks/{n}.png": mask for pupil in range(15) for n in range(10)}
    files = Files(content)
    looked = [one.name for one in files.listed().values() if one.flat is not None]
    assert len(looked) == 20 and sorted(files.read) == sorted(looked)
    assert {name.split("/")[0] for name in looked} == {str(pupil) for pupil in range(15)}

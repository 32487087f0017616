"""Many photos through a trained run: scores as one by one, a row for whatever comes, nothing done twice."""

import io
import json
import struct
import unicodedata
import zipfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from tests.datasets.archives.packing import special, tar_bytes
from tests.datasets.samples import zip_bytes
from tests.models.conftest import SIDE, picture
from tl_core import files, images, runs
from tl_core.answers import many
from tl_core.answers.many import run_scoring
from tl_core.answers.prediction import predict, trained_network
from tl_core.datasets.bringing.waiting import upload_path
from tl_core.datasets.job_configs import ScoreConfig
from tl_core.errors import DatasetRefused, JobCancelled, RunNotFound, WeightsMissing
from tl_core.exports import trained_mark
from tl_core.models.fitting.training import run_training
from tl_core.prediction.scored import is_scored, read_scored
from tl_core.runs.snapshots import snapshot

HEADS: dict[str, dict[str, Any]] = {
    "softmax": {"epochs": 2},
    "sigmoid": {"epochs": 2, "activation": "sigmoid"},
    "tail": {"epochs": 1, "unfrozen": 2, "fine_epochs": 1},
}


@pytest.fixture(scope="module")
def trained(new_run):
    """Return ``trained(name)``: the run of one of `HEADS`, trained the first time it is asked for."""
    done = {}

    def get(name="softmax"):
        if name not in done:
            run_training(run := new_run(seed=3, **HEADS[name]))
            done[name] = run
        return done[name]

    return get


def scoring(network, data, *, titles=(), title="photos"):
    """Return the job about an archive that has been uploaded."""
    digest = files.sha256_of_json([title, zlib.crc32(data), len(data)])
    config = ScoreConfig(
        sha256=digest, title=title, run=network.id, trained=trained_mark(network), titles=titles
    )
    run = runs.open_job(config)
    files.write_bytes(upload_path(run), data)
    return run


def scored(network, data, **wanted):
    run_scoring(run := scoring(network, data, **wanted))
    return read_scored(run)


def watched(monkeypatch, network):
    """Return a list to which all pixels are added that the job shows the network."""
    seen: list[NDArray[np.uint8]] = []
    real = trained_network(network)

    def look(pixels):
        seen.append(pixels)
        return real(pixels)

    monkeypatch.setattr(many, "trained_network", lambda run: look)
    return seen


def every(found):
    return found.rows(range(len(found.starts)))


def photos(count=20, folder="photos"):
    random = np.random.default_rng(7)
    return {f"{folder}/{n}.png": picture(random, 40 + 10 * n) for n in range(count)}


def shares(row):
    return [share for _, share in sorted(zip(row.labels, row.shares, strict=True))]


@pytest.mark.parametrize("name", HEADS)
def test_scores_are_those_of_a_prediction_of_one(trained, name):
    network, brought = trained(name), photos()
    found = every(scored(network, zip_bytes(brought)))
    assert [row.name for row in found] == list(brought)  # 2.png before 10.png
    for row in found:
        pixels = images.model_input(brought[row.name], row.name, SIDE)
        assert shares(row) == pytest.approx(predict(network.id, pixels).shares, abs=1e-6)
    assert len({tuple(row.shares) for row in found}) > 15  # and not those of one photo for all


def test_pixels_are_those_of_a_prediction_of_one(trained, monkeypatch):
    """Also of a large JPEG, which is decoded smaller, in as many steps as the size of the network says."""
    network, seen = trained(), watched(monkeypatch, trained())
    file = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 255, (700, 900, 3), dtype=np.uint8)
    exif = Image.Exif()
    exif[0x0112] = 6  # turned
    Image.fromarray(noise).save(file, "JPEG", exif=exif)
    scored(network, zip_bytes({"a.jpg": file.getvalue()}), title="pixels")
    assert np.array_equal(seen[0][0], images.model_input(file.getvalue(), "a.jpg", SIDE))


def test_folders_called_like_classes_judge_the_guesses(trained):
    network = trained()
    brought = {
        "pets/train/Dark/1.png": picture(np.random.default_rng(1), 30),
        "pets/test/LIGHT /2.png": picture(np.random.default_rng(2), 220),
        f"pets/{unicodedata.normalize('NFD', '밝음')}/3.png": picture(
            np.random.default_rng(3), 220
        ),
        "pets/grey/4.png": picture(np.random.default_rng(4), 120),
        "5.png": picture(np.random.default_rng(5), 120),
    }
    titles = ("dark", "light", "어두움", "밝음")
    found = scored(network, zip_bytes(brought), titles=titles)
    labels = {row.name: row.label for row in every(found)}
    assert sorted(labels) == sorted(
        unicodedata.normalize("NFC", " ".join(n.split())) for n in labels
    )
    assert sorted(label for label in labels.values() if label is not None) == [0, 1, 1]
    assert len(found.predictions.labels) == 3
    assert (found.told.outside, found.told.folders) == (2, ("pets/grey",))


def test_what_systems_leave_behind_has_no_row(trained):
    brought = photos(2) | {
        "__MACOSX/photos/._0.png": b"\0\5\26\7",
        "photos/.DS_Store": b"\0\0\0\1Bud1",
        "photos/Thumbs.db": b"\xd0\xcf\x11\xe0",
    }
    found = scored(trained(), zip_bytes(brought), title="aside")
    assert len(every(found)) == 2 and found.told.aside == 3


# Broken, hostile or odd


def header(kind, width, height):
    """Return a small file that declares a large picture."""
    if kind == "PNG":
        chunk = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
        body = struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
        return b"\x89PNG\r\n\x1a\n" + body + b"\0" * 60
    return b"GIF89a" + struct.pack("<HH", min(width, 65535), min(height, 65535)) + b"\0" * 60


def odd_files():
    """Return 200 files of which no network gets anything to see."""
    good = picture(np.random.default_rng(0), 100)
    file = io.BytesIO()
    noise = np.random.default_rng(1).integers(0, 255, (200, 200, 3), dtype=np.uint8)
    Image.fromarray(noise).save(file, "JPEG")
    photo = file.getvalue()
    found: dict[str, bytes] = {}
    for n in range(25):
        found |= {
            f"empty {n}.jpg": b"",
            f"text {n}.jpg": f"no photo {n}".encode(),
            f"cut {n}.jpg": photo[: 20 + 180 * n],
            f"cut {n}.png": good[: 20 + 100 * n],
            f"huge {n}.png": header("PNG", 10_000 + n, 10_000),
            f"huge {n}.gif": header("GIF", 60_000, 60_000 + n),
        }
    found |= {
        **{f"none {n}.webp": b"RIFF" + bytes([n] * 40) for n in range(8)},
        **{f"page {n}.jpg": b"<!DOCTYPE html><html>%d" % n for n in range(6)},
        **{f"table {n}.csv": b"name,class\na,%d" % n for n in range(6)},
        **{f"film {n}.mp4": b"\0\0\0\x18ftypmp42" + bytes([n] * 40) for n in range(6)},
        **{f"pointer {n}.jpg": b"version https://git-lfs.github.com/spec/v1\n" for n in range(6)},
        **{f"raw {n}.cr2": b"II*\0\x10\0\0\0CR\2\0" + bytes([n] * 40) for n in range(6)},
        **{f"model {n}.h5": b"\x89HDF\r\n\x1a\n" + bytes([n] * 40) for n in range(6)},
        **{f"paper {n}.pdf": b"%PDF-1.7 " + bytes([n] * 40) for n in range(6)},
    }
    assert len(found) == 200
    return found


def test_200_odd_files_have_a_sentence_each_and_none_stops_the_photos_between_them(trained):
    odd, good = odd_files(), photos(20, "good")
    found = scored(trained(), zip_bytes(odd | good), title="odd")
    rows = {row.name: row for row in every(found)}
    assert rows.keys() == odd.keys() | good.keys()
    for name in odd:
        sentence = str(rows[name].reason)
        assert not rows[name].labels and name[:3] in sentence and sentence.endswith(".")
        assert len(sentence) < 400 and "Traceback" not in sentence and "Error" not in sentence
    assert all(len(rows[name].labels) == 2 and rows[name].reason is None for name in good)
    assert (found.read, found.refused) == (20, 200)


def test_odd_names_are_only_content(trained):
    good = picture(np.random.default_rng(0), 100)
    names = {
        "../../evil.png",
        "/etc/passwd.png",
        "C:\\photos\\a.png",
        "x" * 300 + ".png",
        "=cmd|' /C calc'!A0.png",
        "<script>alert(1)</script>.png",
        unicodedata.normalize("NFD", "고양이.png"),
        "강아지 사진.png".encode("cp949"),
        "photo without an ending",
        "photo.txt",  # by its bytes it is one
        "a.zip/b.png",
    }
    before = set(runs.runs_dir().parent.parent.iterdir())
    found = scored(trained(), zip_bytes([(name, good) for name in names]), title="names")
    shown = {row.name for row in every(found)}
    assert found.read == len(names) and {"고양이.png", "강아지 사진.png"} <= shown
    assert all(len(name) <= 200 and name.isprintable() for name in shown)
    assert set(runs.runs_dir().parent.parent.iterdir()) == before


def test_two_files_of_one_name_have_a_row_each(trained):
    random = np.random.default_rng(0)
    pairs = [("a.png", picture(random, 30)), ("b.png", picture(random, 220))]
    data = zip_bytes(pairs).replace(b"b.png", b"a.png")
    found = every(scored(trained(), data, title="twins"))
    assert [row.name for row in found] == ["a.png", "a.png"] and found[0].shares != found[1].shares


def test_a_bomb_is_a_sentence_in_its_row(trained):
    brought = photos(3) | {"bomb.png": bytes(30 * 10**6), "wide.png": bytes(15 * 10**6)}
    found = scored(trained(), zip_bytes(brought), title="bomb")
    reasons = {row.name: str(row.reason) for row in every(found) if row.reason}
    assert "at most 20 MB are read" in reasons["bomb.png"]
    assert "200 times its size" in reasons["wide.png"]
    assert found.read == 3


def test_an_archive_that_unpacks_to_too_much_is_looked_at_as_far_as_that(trained, monkeypatch):
    monkeypatch.setenv("TL_MAX_DATASET_MB", "1")
    random = np.random.default_rng(0)
    brought = {
        f"{n:02}.bmp": bitmap(random.integers(0, 255, (300, 400, 3), dtype=np.uint8))
        for n in range(5)
    }
    found = scored(trained(), zip_bytes(brought, zipfile.ZIP_STORED), title="large")
    rows = every(found)
    assert [bool(row.labels) for row in rows] == [True, True, False, False, False]
    assert all("MB" in str(row.reason) for row in rows[2:])


def bitmap(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "BMP")
    return file.getvalue()


def test_a_tar_with_links_and_an_archive_in_it_is_read(trained):
    inside = zip_bytes(photos(2, "inner"))
    link = special("link.png", b"2", "/etc/passwd")
    packed = tar_bytes(photos(2) | {"more.zip": inside, "link.png": link}, "gz")
    rows = {row.name: row for row in every(scored(trained(), packed, title="tar"))}
    assert {"photos/0.png", "more/inner/1.png"} <= rows.keys()
    assert "is a link" in str(rows["link.png"].reason)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no archive",
        b"%PDF-1.7 paper",
        b"\x89HDF\r\n\x1a\n" + bytes(60),
        zip_bytes(photos(3))[:-900],
    ],
    ids=["empty", "text", "pdf", "model", "cut off"],
)
def test_what_is_no_archive_is_one_sentence_and_does_not_stay(trained, data):
    run = scoring(trained(), data, title="pets")
    with pytest.raises(DatasetRefused, match="pets"):
        run_scoring(run)
    assert not upload_path(run).exists() and not is_scored(run)


def test_an_archive_without_a_file_has_a_table_without_a_row(trained):
    found = scored(trained(), zip_bytes({"empty/": b""}), title="nothing")
    assert (found.read, found.refused) == (0, 0)


# What becomes of it


def test_the_archive_goes_when_the_table_is_there(trained):
    run_scoring(run := scoring(trained(), zip_bytes(photos(2)), title="gone"))
    assert is_scored(run) and not upload_path(run).exists()
    run_scoring(run)  # its worker died before it could say so


def test_small_pictures_are_kept_with_the_shape_of_the_photos(trained):
    file = io.BytesIO()
    Image.fromarray(np.zeros((200, 400, 3), np.uint8)).save(file, "PNG")
    found = scored(trained(), zip_bytes({"wide.png": file.getvalue()}), title="wide")
    (data,) = found.thumbnails(every(found))
    with Image.open(io.BytesIO(data)) as opened:
        assert opened.format == "WEBP" and opened.size == (128, 64)


def test_an_attempt_goes_on_where_the_one_before_it_was_stopped(trained, monkeypatch):
    network, brought = trained(), photos(40)
    whole = every(scored(network, zip_bytes(brought), title="whole"))
    run = scoring(network, zip_bytes(brought), title="stopped")
    looked_at: list[int] = []
    real = trained_network(network)

    def network_that_is_stopped(pixels):
        looked_at.append(len(pixels))
        if len(looked_at) == 2:
            run.request_cancel()
        return real(pixels)

    monkeypatch.setattr(many, "trained_network", lambda run: network_that_is_stopped)
    monkeypatch.setattr("tl_core.runs.reporting.SECONDS_BETWEEN_LOOKS", 0.0)
    monkeypatch.setattr(
        many, "SECONDS_BETWEEN_LOOKS", 60.0
    )  # Stop is seen after the pass, not in it
    with pytest.raises(JobCancelled):
        run_scoring(run)
    assert not is_scored(run) and upload_path(run).exists() and len(looked_at) == 2
    done = sum(looked_at)
    run.withdraw_cancel()
    run_scoring(run)
    assert sum(looked_at) == len(brought)  # none was looked at twice
    found = every(read_scored(run))
    assert [row.name for row in found] == [row.name for row in whole]
    for one, other in zip(found, whole, strict=True):
        assert one.shares == pytest.approx(other.shares, abs=1e-6)
    first = [
        json.loads(line) for line in (run.folder / "progress.jsonl").read_text().split("\n") if line
    ]
    assert done in [event["done"] for event in first]


def test_progress_counts_files(trained):
    run_scoring(run := scoring(trained(), zip_bytes(photos(10)), title="progress"))
    (phase,) = snapshot(run).phases
    assert (phase.name, phase.done, phase.total) == ("Look at the photos", 10, 10)


def test_a_network_that_was_trained_further_is_not_taken_for_the_same(trained, new_run):
    run_training(network := new_run(seed=5, epochs=1))
    run = scoring(network, zip_bytes(photos(2)), title="further")
    metrics = files.read_json(network.folder / runs.METRICS)
    files.write_json(network.folder / runs.METRICS, metrics | {"seconds_head": 99.0})
    with pytest.raises(RunNotFound, match="trained further"):
        run_scoring(run)
    assert not upload_path(run).exists(), "no attempt can end otherwise"


def test_a_network_that_is_gone_is_one_sentence(trained):
    run = runs.open_job(ScoreConfig(sha256="9" * 64, title="x", run="0" * 16, trained="0" * 16))
    files.write_bytes(upload_path(run), zip_bytes(photos(1)))
    with pytest.raises(RunNotFound):
        run_scoring(run)
    assert not upload_path(run).exists()


def test_the_archive_stays_where_another_attempt_may_do(trained, monkeypatch):
    def without_weights(run):
        raise WeightsMissing("The weights are not here.")

    monkeypatch.setattr(many, "trained_network", without_weights)
    run = scoring(trained(), zip_bytes(photos(2)), title="later")
    with pytest.raises(WeightsMissing):
        run_scoring(run)
    assert upload_path(run).exists()


@pytest.mark.parametrize("slow", ["building", "looking"])
def test_stop_is_seen_while_a_network_is_built_and_while_it_looks(trained, monkeypatch, slow):
    network, brought = trained(), zip_bytes(photos(5))
    real, began, goes_on, looked = trained_network(network), Event(), Event(), []

    def hold(here):
        if here == slow:
            began.set()
            goes_on.wait(30)

    def look(pixels):
        hold("looking")
        looked.append(len(pixels))
        return real(pixels)

    def build(run):
        hold("building")
        return look

    monkeypatch.setattr(many, "trained_network", build)
    run = scoring(network, brought, title=slow)
    with ThreadPoolExecutor(1) as pool:
        job = pool.submit(run_scoring, run)
        assert began.wait(30)
        run.request_cancel()
        try:
            with pytest.raises(JobCancelled):
                job.result(timeout=2)
            assert upload_path(run).exists() and not looked
        finally:
            goes_on.set()
    run.withdraw_cancel()
    run_scoring(run)
    rows = every(read_scored(run))
    assert [row.name for row in rows] == [f"photos/{n}.png" for n in range(5)]
    assert all(row.labels for row in rows)


def test_a_network_shows_its_speed_with_one_photo_first(trained, monkeypatch):
    """The first pass builds and traces a backbone, and cannot be ended."""
    seen = watched(monkeypatch, trained())
    scored(trained(), zip_bytes(photos(3)), title="first")
    assert len(seen[0]) == 1


def test_fewer_photos_at_once_where_they_take_long_and_more_where_they_do_not(trained, monkeypatch):
    network, seen = trained(), watched(monkeypatch, trained())
    monkeypatch.setattr(many, "BATCH_SECONDS", 1e6)
    scored(network, zip_bytes(photos(60)), title="quick")
    assert [len(pixels) for pixels in seen] == [1, 2, 4, 8, 16, 16, 13]
    seen.clear()
    monkeypatch.setattr(many, "BATCH_SECONDS", 0.0)
    monkeypatch.setattr(many, "FIRST_BATCH", 8)
    scored(network, zip_bytes(photos(20)), title="slow")
    assert [len(pixels) for pixels in seen] == [8, 4, 2, 1, 1, 1, 1, 1, 1]

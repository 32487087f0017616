import socket
import time

import pytest

from tests.datasets.samples import PARTS, cats_and_dogs, pictures, quiet, whole, zip_bytes
from tl_core.datasets.bringing.download import download_cats_and_dogs
from tl_core.datasets.catalogue import datasets_dir, get_dataset
from tl_core.errors import DownloadFailed, JobCancelled


@pytest.mark.parametrize("wrapper", ["", "cats_and_dogs_small/"])
def test_the_mirrors_zip_becomes_a_dataset_with_its_parts(mirror, wrapper):
    calls = []
    content = zip_bytes(whole(wrapper) | {"__MACOSX/train/cats/._0.png": b"x"})
    dataset = download_cats_and_dogs(lambda *call: calls.append(call), mirror(content))
    assert dataset == get_dataset(dataset.id)
    assert dataset.title == "Cats and dogs"
    assert {(i.part, dataset.class_names[i.label]) for i in dataset.images} == {
        (part, name) for part in PARTS for name in ("cats", "dogs")
    }
    assert [path.name for path in datasets_dir().iterdir()] == [dataset.id]
    assert (len(content), len(content), "Downloading from the mirror") in calls
    assert calls[-1] == (30, 30, "Reading the images")


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04" + bytes(5000),  # begins like a zip
        b"x" + zip_bytes(whole()),  # a zip with something before it
        zip_bytes(whole())[:-500],  # cut short by the mirror's own copy
        zip_bytes(cats_and_dogs()) + bytes(2000),  # another dataset
        zip_bytes({n: d for n, d in whole().items() if "test/dogs" not in n}),
        zip_bytes(whole() | pictures("cats_and_dogs_small/train/foxes", 5, 400)),
        zip_bytes(pictures("train/cats", 2)),  # smaller than it can be
        bytes(20_001),  # larger than it can be
        b"<html>Quota exceeded</html>" + b" " * 3000,
    ],
)
def test_anything_else_is_refused_and_the_built_in_set_offered(mirror, content):
    with pytest.raises(DownloadFailed, match="built-in emoji"):
        download_cats_and_dogs(quiet, mirror(content))
    assert list(datasets_dir().iterdir()) == []


def test_stop_during_the_import_leaves_nothing(mirror):
    def stop(done, total, message):
        if message == "Reading the images" and done == 3:
            raise JobCancelled("Stopped.")

    with pytest.raises(JobCancelled):
        download_cats_and_dogs(stop, mirror(zip_bytes(whole())))
    assert list(datasets_dir().iterdir()) == []


@pytest.fixture
def proxy(monkeypatch):
    """Send everything that goes to Google Drive to a server of our own."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        for name in ("HTTPS_PROXY", "https_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{server.getsockname()[1]}")
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        yield server


def test_no_network_is_a_sentence_that_offers_the_built_in_set(proxy):
    proxy.close()  # nobody listens there any more
    started = time.monotonic()
    with pytest.raises(DownloadFailed, match=r"no network.*built-in emoji"):
        download_cats_and_dogs(quiet)
    assert time.monotonic() - started < 10
    assert list(datasets_dir().iterdir()) == []


def test_stop_does_not_wait_for_google_drive(proxy):
    calls = []

    def stop(done, total, message):
        calls.append(message)
        if len(calls) == 3:
            raise JobCancelled("Stopped.")

    started = time.monotonic()
    with pytest.raises(JobCancelled):
        download_cats_and_dogs(stop)  # connects, and never gets an answer
    assert time.monotonic() - started < 5
    assert calls == ["Downloading from Google Drive"] * 3
    assert list(datasets_dir().iterdir()) == []

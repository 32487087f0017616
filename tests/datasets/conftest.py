import dataclasses
import http.server
import threading
from contextlib import ExitStack
from functools import partial

import pytest

from tests.disks import new_drive
from tl_core.datasets.bringing import download, importer
from tl_core.datasets.bringing.download import CATS_AND_DOGS
from tl_core.downloads import fetching


@pytest.fixture(autouse=True)
def data_dir(tmp_path, monkeypatch):
    folder = tmp_path / "data"
    monkeypatch.setenv("TL_DATA_DIR", str(folder))
    return folder


@pytest.fixture
def small_disk(disk, monkeypatch):
    """The data folder on a disk of its own, all of which an import may take."""
    monkeypatch.setenv("TL_DATA_DIR", str(disk.folder / "data"))
    monkeypatch.setattr(importer, "RESERVED_BYTES", -(10**9))
    return disk


@pytest.fixture
def drive_of(tmp_path, monkeypatch):
    """Return ``drive_of(room)``: the data folder on a drive of 40 MB that fails after `room` MB."""
    with ExitStack() as mounted:

        def mount(room):
            made = mounted.enter_context(new_drive(tmp_path / "drive", megabytes=40, room=room))
            monkeypatch.setenv("TL_DATA_DIR", str(made.folder / "data"))
            monkeypatch.setattr(importer, "RESERVED_BYTES", 0)
            return made

        yield mount


@pytest.fixture
def zip_file(tmp_path):
    """Write bytes to a zip file and return its path."""

    def write(content):
        path = tmp_path / "upload.zip"
        path.write_bytes(content)
        return path

    return write


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    """Serve bytes as the mirror's zip from a real server; returns its address."""
    monkeypatch.setattr(fetching, "RETRY_SECONDS", 0.01)
    monkeypatch.setattr(
        download,
        "CATS_AND_DOGS",
        dataclasses.replace(CATS_AND_DOGS, least_bytes=2000, most_bytes=20_000),
    )
    folder = tmp_path / "mirror"
    folder.mkdir()

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(Handler, directory=str(folder))
    )
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()

    def serve(content):
        (folder / "small.zip").write_bytes(content)
        return f"http://127.0.0.1:{server.server_port}/small.zip"

    yield serve
    server.shutdown()
    server.server_close()
    thread.join()

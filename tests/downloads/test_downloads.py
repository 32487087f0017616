import hashlib
import socket
import threading
import time
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tl_core.downloads import Stopped, fetch, fetching, follow
from tl_core.errors import DiskUnusable, DownloadFailed, JobCancelled

GOOD = bytes(range(256)) * 2000
SHA256 = hashlib.sha256(GOOD).hexdigest()
MD5 = hashlib.md5(GOOD).hexdigest()
QUOTA_PAGE = b"\n <!DOCTYPE html><html><title>Quota exceeded</title></html>"


def quiet(done, total, message):
    pass


class Server(ThreadingHTTPServer):
    """A real server; each path misbehaves in its own way."""

    daemon_threads = True
    release: threading.Event
    requests: list[str]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.server.requests.append(self.path)
        getattr(self, "do_" + self.path.strip("/").replace("-", "_"))()

    def answer(self, body, status=200, kind="application/octet-stream", length=None, **headers):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if length != "unknown":
            self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def do_good(self):
        self.answer(GOOD)

    def do_unknown_length(self):
        self.answer(GOOD, length="unknown")

    def do_chunked(self):
        self.answer(b"%x\r\n%s\r\n0\r\n\r\n" % (len(GOOD), GOOD), length="unknown", **CHUNKED)

    def do_chunked_and_cut(self):
        self.answer(b"%x\r\n%s" % (len(GOOD), GOOD[:5000]), length="unknown", **CHUNKED)

    def do_quota_page(self):
        self.answer(QUOTA_PAGE, kind="text/html; charset=utf-8")

    def do_disguised_page(self):
        self.answer(QUOTA_PAGE)

    def do_missing(self):
        self.answer(b"no such file", status=404)

    def do_filtered(self):
        self.answer(b"not for schools", status=403)

    def do_broken(self):
        self.answer(b"", status=503)

    def do_broken_once(self):
        if self.server.requests.count(self.path) == 1:
            return self.answer(b"", status=500)
        self.answer(GOOD)

    def do_cut(self):
        self.answer(GOOD[:5000], length=len(GOOD))

    def do_cut_once(self):
        if self.server.requests.count(self.path) == 1:
            return self.do_cut()
        self.answer(GOOD)

    def do_empty(self):
        self.answer(b"")

    def do_redirect(self):
        self.answer(b"", status=302, Location="/good")

    def do_redirect_to_file(self):
        self.answer(b"", status=302, Location="file:///etc/passwd")

    def do_redirect_to_ftp(self):
        self.answer(b"", status=302, Location="ftp://127.0.0.1:9/passwd")

    def do_redirect_for_ever(self):
        self.answer(b"", status=302, Location="/redirect-for-ever")

    def do_absurd_length(self):
        self.answer(b"x", length="9" * 5000)

    def do_stalled(self):
        self.server.release.wait(60)

    def do_stalled_in_the_middle(self):
        self.send_response(200)
        self.send_header("Content-Length", str(len(GOOD)))
        self.end_headers()
        self.wfile.write(GOOD[:100_000])
        self.wfile.flush()
        self.server.release.wait(60)
        self.close_connection = True


CHUNKED = {"Transfer-Encoding": "chunked"}


@pytest.fixture
def server():
    server = Server(("127.0.0.1", 0), Handler)
    server.release = threading.Event()
    server.requests = []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.release.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def address(server, monkeypatch):
    monkeypatch.setattr(fetching, "RETRY_SECONDS", 0.01)
    return f"http://127.0.0.1:{server.server_port}/"


@pytest.fixture
def target(tmp_path):
    return tmp_path / "weights" / "file.bin"


@pytest.mark.parametrize(
    "path", ["good", "unknown-length", "chunked", "broken-once", "cut-once", "redirect"]
)
def test_a_file_arrives_whole(address, target, path):
    calls = []
    report = lambda *call: calls.append(call)  # noqa: E731
    got = fetch(address + path, target, report, max_bytes=len(GOOD), sha256=SHA256.upper(), md5=MD5)
    assert got == target
    assert target.read_bytes() == GOOD
    assert [one.name for one in target.parent.iterdir()] == ["file.bin"]
    total = 0 if path in ("unknown-length", "chunked") else len(GOOD)
    assert calls[-1] == (len(GOOD), total, "Downloading")


@pytest.mark.parametrize(
    ("path", "message", "attempts"),
    [
        ("quota-page", "sent a web page", 1),
        ("disguised-page", "sent a web page", 1),
        ("missing", "no such file .HTTP 404", 1),
        ("filtered", "a filter on the way to it, does not give this file .HTTP 403", 1),
        ("broken", "HTTP 503", 3),
        ("cut", "only 5000 of 512000 bytes", 3),
        ("chunked-and-cut", "IncompleteRead", 3),
        ("empty", "only 0 of", 3),
        ("redirect-to-file", "127.0.0.1", 1),
        ("redirect-to-ftp", "127.0.0.1", 3),
        ("redirect-for-ever", "127.0.0.1", None),
        ("absurd-length", "more than the 1", 1),
    ],
)
def test_what_is_not_the_file_is_refused(server, address, target, path, message, attempts):
    with pytest.raises(DownloadFailed, match=message):
        fetch(address + path, target, quiet, max_bytes=10**6)
    assert list(target.parent.iterdir()) == []
    if attempts:
        assert len(server.requests) == attempts


@pytest.mark.parametrize(
    "checks", [{"sha256": "0" * 64}, {"md5": "0" * 32}, {"sha256": SHA256, "md5": SHA256}]
)
def test_a_wrong_hash_is_refused_and_the_old_file_stays(server, address, target, checks):
    target.parent.mkdir()
    target.write_bytes(b"old")
    with pytest.raises(DownloadFailed, match="not the expected file"):
        fetch(address + "good", target, quiet, max_bytes=10**6, **checks)
    assert target.read_bytes() == b"old"
    assert [one.name for one in target.parent.iterdir()] == ["file.bin"]
    assert len(server.requests) == 1


@pytest.mark.parametrize("path", ["good", "unknown-length"])  # by what is declared, by what comes
def test_a_file_that_is_too_large_is_refused(address, target, path):
    with pytest.raises(DownloadFailed, match=r"more than the 0\.5 MB"):
        fetch(address + path, target, quiet, max_bytes=len(GOOD) - 1)
    assert list(target.parent.iterdir()) == []


@pytest.mark.parametrize(
    "url",
    ["", "file:///etc/passwd", "ftp://host/a", "data:,x", "/etc/passwd", "http://", "https://[::"],
)
def test_only_web_addresses_are_opened(target, url):
    with pytest.raises(DownloadFailed, match="must start with https"):
        fetch(url, target, quiet, max_bytes=10)
    assert not target.exists()


def test_a_full_disk_is_not_blamed_on_the_network(server, address, disk, monkeypatch):
    monkeypatch.setenv("TL_DATA_DIR", str(disk.folder))
    disk.fill(leave=100_000)
    with pytest.raises(DiskUnusable, match=f"The disk is full.*{disk.folder}"):
        fetch(address + "/good", disk.folder / "a.bin", quiet, max_bytes=10**6)
    assert server.requests == ["/good"]  # another attempt would find no more room
    disk.clear()
    fetch(address + "/good", disk.folder / "a.bin", quiet, max_bytes=10**6)
    assert (disk.folder / "a.bin").read_bytes() == GOOD


@pytest.mark.parametrize("path", ["stalled", "stalled-in-the-middle"])
def test_a_silent_server_is_given_up(address, target, path):
    started = time.monotonic()
    with pytest.raises(DownloadFailed, match="timed out"):
        fetch(address + path, target, quiet, max_bytes=10**6, timeout=0.3, retries=1)
    assert 0.6 <= time.monotonic() - started < 5
    assert list(target.parent.iterdir()) == []


@pytest.mark.parametrize("path", ["stalled", "stalled-in-the-middle"])
def test_stop_does_not_wait_for_a_silent_server(address, target, path):
    calls = []

    def stop(done, total, message):
        calls.append(done)
        if len(calls) == 2:
            raise JobCancelled("Stopped.")

    started = time.monotonic()
    with pytest.raises(JobCancelled):
        fetch(address + path, target, stop, max_bytes=10**6, timeout=50)
    assert time.monotonic() - started < 3
    assert list(target.parent.iterdir()) == []


def test_no_server_is_a_sentence(target):
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(DownloadFailed, match=r"127\.0\.0\.1 failed: .*Check the network"):
        fetch(f"http://127.0.0.1:{port}/x", target, quiet, max_bytes=10, retries=0)


def test_a_password_in_an_address_is_not_repeated(address, target):
    url = address.replace("127.", "user:secret@127.") + "missing"
    with pytest.raises(DownloadFailed) as caught:
        fetch(url, target, quiet, max_bytes=10)
    assert "secret" not in str(caught.value)


def test_progress_is_told_while_nothing_comes():
    calls = []
    enough = threading.Event()

    def report(done, total, message):
        calls.append((done, total, message))
        if len(calls) == 3:
            enough.set()

    def transfer(meter):
        enough.wait(20)
        meter.advance(5, None)

    follow(transfer, report, "Reading")
    assert calls[0] == (0, 0, "Reading")
    assert calls[-1] == (5, 0, "Reading")
    assert len(calls) >= 4


def test_a_transfer_learns_that_it_should_end():
    seen = []

    def transfer(meter):
        while not meter.stop.wait(0.01):
            meter.advance(1, 10)
        try:
            meter.advance(2, 10)
        except Stopped:
            seen.append("stopped")
            raise

    def stop(done, total, message):
        if done:
            raise JobCancelled("Stopped.")

    with pytest.raises(JobCancelled):
        follow(transfer, stop, "Reading")
    assert seen == ["stopped"]


def test_a_bug_in_a_transfer_comes_out():
    def transfer(meter):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        follow(transfer, quiet, "Reading")

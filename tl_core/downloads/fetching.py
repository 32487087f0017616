"""One file over http: checked before it appears, with further attempts where they may help."""

import hashlib
import http.client
import os
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn
from urllib.error import HTTPError
from urllib.parse import urlsplit

from tl_core import files
from tl_core.downloads.following import Meter, Stopped, follow
from tl_core.errors import DownloadFailed
from tl_core.machine.refusals import explain
from tl_core.runs.reporting import OnProgress
from tl_core.wording import N_

CHUNK = 1 << 16
RETRY_SECONDS = 0.5
"""Pause before the first retry; each further one is twice as long."""
GONE = (404, 410)
NOT_THERE = N_("{host} has no such file (HTTP {code} {reason}). Check the address.")
NOT_GIVEN = N_(
    "{host}, or a filter on the way to it, does not give this file (HTTP {code} {reason}). Check the "
    "address, or ask whoever looks after your network."
)
HEADERS = {"User-Agent": "transfer-learning-lab", "Accept-Encoding": "identity"}


def fetch(
    url: str,
    target: Path,
    on_progress: OnProgress,
    *,
    max_bytes: int,
    sha256: str | None = None,
    md5: str | None = None,
    timeout: float = 20.0,
    retries: int = 2,
    message: str = N_("Downloading"),
) -> Path:
    """Download `url` to `target`, which appears only when it is complete and checked.

    Args:
        url: ``https://`` or ``http://``.
        target: the file to write; an existing one is replaced.
        on_progress: is told of the bytes received.
        max_bytes: the download is refused as soon as it is larger.
        sha256: what the file must have, 64 hex digits; None (the default) checks nothing.
        md5: the same with 32 hex digits, where the publisher gives no better.
        timeout: seconds that the server may stay silent.
        retries: further attempts after a failure that may pass.
        message: what is being downloaded.

    Returns:
        `target`.

    Raises:
        DownloadFailed: no network, an error or a web page instead of the file, or not the expected file.
        DiskUnusable: the disk is full, read-only, gone, or fails.
        JobCancelled: as raised by `on_progress`.
    """
    if not url.startswith(("https://", "http://")) or not _host(url):
        raise DownloadFailed(
            "{address} is no address for a download; it must start with https:// or http://.",
            address=url,
        )
    given = {"sha256": sha256, "md5": md5}
    expected = {name: value.lower() for name, value in given.items() if value}
    with files.new_file(target) as path:
        download = _Download(url, path, max_bytes, timeout, expected)
        follow(lambda meter: download.run(meter, retries), on_progress, message)
    return target


class _MayPass(Exception):
    """A failure that another attempt may not meet; holds the reason."""


@dataclass(frozen=True)
class _Download:
    url: str
    path: Path
    max_bytes: int
    timeout: float
    expected: dict[str, str]

    def run(self, meter: Meter, retries: int) -> None:
        """Download, with further attempts where they may help."""
        for attempt in range(retries + 1):
            try:
                return self._attempt(meter)
            except _MayPass as error:
                if attempt == retries:
                    raise DownloadFailed(
                        "The download from {host} failed: {reason}. Check the network connection, or try "
                        "again later.",
                        host=_host(self.url),
                        reason=str(error),
                    ) from error
            if meter.stop.wait(RETRY_SECONDS * 2**attempt):
                raise Stopped

    def _attempt(self, meter: Meter) -> None:
        request = urllib.request.Request(self.url, headers=HEADERS)
        try:
            # The file exists already and is not created again after somebody has deleted it.
            with (
                _OPENER.open(request, timeout=self.timeout) as answer,
                self.path.open("r+b") as file,
            ):
                file.truncate()
                digests = {name: hashlib.new(name, usedforsecurity=False) for name in self.expected}
                for chunk in self._chunks(answer, meter):
                    file.write(chunk)
                    for digest in digests.values():
                        digest.update(chunk)
                file.flush()
                os.fsync(file.fileno())
        except HTTPError as error:
            self._explain(error)
        except (OSError, http.client.HTTPException, ValueError) as error:
            if refused := explain(error):  # no further attempt finds more room on the disk
                raise refused from error
            raise _MayPass(str(getattr(error, "reason", error)) or type(error).__name__) from error
        for name, digest in digests.items():
            self._check_digest(name, digest.hexdigest())

    def _chunks(self, answer: http.client.HTTPResponse, meter: Meter) -> Iterator[bytes]:
        declared = answer.headers.get("Content-Length", "")
        total = int(declared[:18]) if declared.isdecimal() else None
        self._check_size(total or 0)
        done = 0
        while (total is None or done < total) and (chunk := answer.read1(CHUNK)):
            if done == 0 and _is_web_page(answer.headers.get_content_type(), chunk):
                raise DownloadFailed(
                    "{host} sent a web page instead of the file, as servers do when a file is gone or was "
                    "downloaded too often. Try again later.",
                    host=_host(self.url),
                )
            done += len(chunk)
            self._check_size(done)
            meter.advance(done, total)
            yield chunk
        if done < (total or 1):
            raise _MayPass(f"only {done} of {total or '?'} bytes came")

    def _check_size(self, size: int) -> None:
        if size > self.max_bytes:
            raise DownloadFailed(
                "{host} sends more than the {limit} MB that this file may have. Check the address.",
                host=_host(self.url),
                limit=round(self.max_bytes / 10**6, 1),
            )

    def _check_digest(self, name: str, received: str) -> None:
        if received != self.expected[name]:
            raise DownloadFailed(
                "What {host} sent is not the expected file: its {name} is {received} instead of {expected}. "
                "Try again, or take the file from its publisher.",
                host=_host(self.url),
                name=name.upper(),
                received=received,
                expected=self.expected[name],
            )

    def _explain(self, error: HTTPError) -> NoReturn:
        with error:
            if error.code >= 500 or error.code in (408, 429):
                raise _MayPass(f"HTTP {error.code} {error.reason}") from error
            raise DownloadFailed(
                NOT_THERE if error.code in GONE else NOT_GIVEN,
                host=_host(self.url),
                code=error.code,
                reason=str(error.reason),
            ) from error


def _host(url: str) -> str:
    """Return the host in `url`: the rest may hold a password."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _is_web_page(content_type: str, start: bytes) -> bool:
    text = start[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return content_type == "text/html" or text.startswith((b"<!doctype html", b"<html"))


def _http_only() -> urllib.request.OpenerDirector:
    """Return an opener that cannot be led to ``file:``, ``data:`` or ``ftp:`` by a redirect."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.UnknownHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    return opener


_OPENER = _http_only()

"""The embedded engine is closed to everybody who has not got its credentials from its own pipe."""

import json
import os
import socket
import ssl
import subprocess
import sys

import psutil
import pytest

from tests.engine.conftest import wait_for
from tests.processes import below, command, environment, listens_on
from tl_core.engine.questions import PING

STRANGER = """
import os, sys
from distributed import Client, Security
strangers = Security.temporary() if sys.argv[1].startswith("tls") else Security()
try:
    with Client(sys.argv[1], security=strangers, timeout=5) as client:
        print("RAN", client.submit(os.getpid).result(timeout=5))
except Exception as error:
    print("refused", type(error).__name__)
"""


LISTENERS = 11
"""Scheduler, three nannies, three workers; and the web servers, without pages, of all but the nannies."""


def ports(engine):
    """Return every port that the engine and its workers listen on, and the addresses, once all are there."""
    wait_for(lambda: len(listening(engine)) >= LISTENERS)
    return listening(engine)


def listening(engine):
    process = psutil.Process(engine._connection.embedded.process.pid)
    return {place for one in (process, *below(process.pid)) for place in listens_on(one)}


def test_nothing_listens_beyond_this_machine(engine):
    assert {place.ip for place in ports(engine)} == {"127.0.0.1"}


@pytest.mark.slow
@pytest.mark.parametrize("protocol", ["tls", "tcp"])
def test_another_process_cannot_run_code(engine, protocol):
    assert engine.ask(PING, seconds=60) == "pong"  # who has the credentials can
    port = engine._connection.embedded.address.rpartition(":")[2]
    stranger = subprocess.run(
        [sys.executable, "-c", STRANGER, f"{protocol}://127.0.0.1:{port}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "RAN" not in stranger.stdout and "refused" in stranger.stdout


def test_every_port_wants_a_certificate_or_shows_nothing(engine):
    """Not the scheduler alone: nannies and workers run what they are sent, too."""
    silent, closed = 0, 0
    for place in ports(engine):
        with socket.create_connection((place.ip, place.port), timeout=10) as plain:
            plain.settimeout(10)
            plain.sendall(b"GET /info/main/workers.html HTTP/1.0\r\n\r\n")
            try:
                answer = plain.recv(1000)
            except OSError:
                answer = b""
        if answer.startswith(b"HTTP/1.1 404"):  # Dask's web server, without pages
            silent += 1
            continue
        assert not answer.startswith(b"HTTP"), answer
        assert not answers_without_certificate(place)
        closed += 1
    assert closed >= 7 and silent <= 4


def answers_without_certificate(place):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with (
            socket.create_connection((place.ip, place.port), timeout=10) as plain,
            context.wrap_socket(plain) as secure,
        ):
            return bool(secure.recv(1))  # the server speaks first, once it trusts
    except OSError:
        return False


def test_credentials_are_on_no_command_line_and_in_no_environment_or_file(engine, data_dir):
    key = engine._connection.embedded.credentials["tls_client_key"].splitlines()[1]
    family = [psutil.Process(), *below(os.getpid())]
    assert engine._connection.embedded.process.pid in {
        one.pid for one in family if environment(one)
    }
    for process in family:
        assert key not in command(process)
        assert key not in json.dumps(environment(process))
    assert key in json.dumps(engine._connection.embedded.credentials)
    for path in data_dir.rglob("*"):
        assert not path.is_file() or key.encode() not in path.read_bytes()

"""A certificate holds what browsers ask for, is kept as long as it is good, and made anew when it is not."""

import os
import shutil
import socket
import ssl
import stat
import subprocess
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from tl_core.classroom import certificates
from tl_core.classroom.certificates import RENEW_DAYS, certificate_for, names_in

NAMES = ("localhost", "127.0.0.1", "::1", "vm.local", "192.168.1.20")
has_mkcert = pytest.mark.skipif(not shutil.which("mkcert"), reason="mkcert is not installed")


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CAROOT", str(tmp_path / "authority"))  # mkcert's own, empty so far
    return tmp_path / "data"


def read(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def shake_hands(path: Path, name: str, authority: Path) -> None:
    """Speak TLS to a server that has the certificate, as a client that checks everything."""
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(path)
    asking = ssl.create_default_context(cafile=str(authority))
    here, there = socket.socketpair()

    def serve() -> None:
        try:
            serving.wrap_socket(there, server_side=True).close()
        except (ssl.SSLError, OSError):
            there.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        asking.wrap_socket(here, server_hostname=name).close()
    finally:
        here.close()
        thread.join(10)


@pytest.mark.parametrize("name", NAMES)
def test_a_client_that_trusts_it_finds_every_name(name: str) -> None:
    path = certificate_for(NAMES).path
    shake_hands(path, name, path)
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(path, "elsewhere.example", path)


def test_its_key_is_for_its_owner_alone_and_it_can_sign_no_other(data_dir: Path) -> None:
    found = certificate_for(NAMES)
    assert stat.S_IMODE(found.path.stat().st_mode) == 0o600
    assert data_dir in found.path.parents and len(list(found.path.parent.iterdir())) == 1
    assert not found.trusted
    kept = read(found.path)
    basic = kept.extensions.get_extension_for_class(x509.BasicConstraints).value
    assert not basic.ca
    assert kept.not_valid_after_utc - datetime.now(UTC) < timedelta(days=398)


@pytest.mark.parametrize("names", [NAMES, NAMES[:3], NAMES[::-1]])
def test_the_next_start_finds_it_as_it_was(names: tuple[str, ...]) -> None:
    """Browsers have accepted this one; another would make a whole class press again."""
    first = certificate_for(NAMES).path.read_bytes()
    assert certificate_for(names).path.read_bytes() == first


def test_another_address_makes_a_new_one() -> None:
    first = certificate_for(NAMES).path.read_bytes()
    found = certificate_for((*NAMES, "10.0.0.9")).path
    assert found.read_bytes() != first and "10.0.0.9" in names_in(read(found))


def spoilt(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def with_another_key(path: Path) -> None:
    certificate, mark, _ = path.read_text().partition("-----BEGIN PRIVATE")
    other = path.with_name("other")
    other.write_bytes(certificates._by_itself(NAMES))
    path.write_text(certificate + mark + other.read_text().partition(mark)[2])
    other.unlink()


def no_certificate(path: Path) -> None:
    path.write_text("lab")


@pytest.mark.parametrize("spoil", [spoilt, with_another_key, no_certificate, Path.unlink])
def test_one_that_cannot_be_used_is_replaced(spoil: Callable[[Path], None]) -> None:
    path = certificate_for(NAMES).path
    spoil(path)
    shake_hands(certificate_for(NAMES).path, "localhost", path)


@pytest.mark.parametrize(("days", "kept"), [(RENEW_DAYS + 2, True), (RENEW_DAYS - 1, False)])
def test_it_is_renewed_before_it_ends(
    days: int, kept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certificates, "DAYS", days)
    first = certificate_for(NAMES).path.read_bytes()
    assert (certificate_for(NAMES).path.read_bytes() == first) == kept


def test_nothing_is_left_half_on_a_folder_that_cannot_be_written(data_dir: Path) -> None:
    from tl_core.errors import DiskUnusable

    data_dir.write_text("a file where the folder should be")
    with pytest.raises(DiskUnusable):
        certificate_for(NAMES)


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have mkcert make its authority, and put it into no store of this machine."""
    monkeypatch.setenv("TRUST_STORES", "none")
    made = tmp_path / "any.pem"
    command = ["mkcert", "-cert-file", str(made), "-key-file", str(made) + ".key", "localhost"]
    subprocess.run(command, check=True, capture_output=True, env=os.environ.copy())
    return tmp_path / "authority" / "rootCA.pem"


@has_mkcert
def test_where_mkcert_is_installed_its_authority_signs(authority: Path) -> None:
    found = certificate_for(NAMES)
    assert found.trusted and stat.S_IMODE(found.path.stat().st_mode) == 0o600
    assert len(list(found.path.parent.iterdir())) == 1
    for name in NAMES:
        shake_hands(found.path, name, authority)
    assert certificate_for(NAMES).path.read_bytes() == found.path.read_bytes()


@has_mkcert
def test_mkcert_without_an_authority_makes_none(tmp_path: Path) -> None:
    """One that no browser knows would be worth nothing."""
    assert not certificate_for(NAMES).trusted
    assert not (tmp_path / "authority").exists()


@has_mkcert
def test_an_authority_that_comes_later_signs_from_then_on(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    assert not certificate_for(NAMES).trusted
    request.getfixturevalue("authority")
    assert certificate_for(NAMES).trusted

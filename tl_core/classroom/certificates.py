"""The certificate with which this machine speaks https: made here, kept, and made anew when it must be.

mkcert's authority signs it where that is installed, and browsers that know it have nothing to ask. Elsewhere
the certificate vouches for itself alone: it signs no other, so who accepts it lets in nothing but this lab.
"""

import ipaddress
import logging
import shutil
import ssl
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tl_core import settings
from tl_core.files import new_file, temporary_folder

FOLDER = "classroom"
DAYS = 397
"""Apple's devices accept no certificate of a public authority for longer, and 825 days of no other."""
RENEW_DAYS = 30
PRIVATE = 0o600
MKCERT_SECONDS = 60

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """A certificate and its key, in one file."""

    path: Path
    trusted: bool
    """Whether browsers that know mkcert's authority ask nothing."""


def certificate_for(names: Sequence[str]) -> Certificate:
    """Return a certificate for `names`: the kept one while it holds them all and lasts another month.

    Args:
        names: host names and addresses that somebody may type.

    Raises:
        DiskUnusable: the data folder is full, read-only, gone, or fails.
    """
    path = settings.current().data_dir / FOLDER / "certificate.pem"
    authority = mkcert_authority()
    if not _serves(path, names, authority):
        with new_file(path, access=PRIVATE) as temporary:
            made = _by_mkcert(names, path.parent) if authority else None
            temporary.write_bytes(made or _by_itself(names))
    kept = x509.load_pem_x509_certificate(path.read_bytes())
    return Certificate(path=path, trusted=kept.issuer != kept.subject)


def mkcert_authority() -> x509.Certificate | None:
    """Return the authority that mkcert has made on this machine, None without one."""
    if not shutil.which("mkcert"):
        return None
    with suppress(OSError, ValueError, subprocess.SubprocessError):
        folder = Path(_mkcert("-CAROOT").strip())
        if (folder / "rootCA-key.pem").exists():  # or it can sign nothing
            return x509.load_pem_x509_certificate((folder / "rootCA.pem").read_bytes())
    return None


def names_in(certificate: x509.Certificate) -> frozenset[str]:
    """Return the names and addresses that a certificate holds."""
    found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    named = found.get_values_for_type(x509.DNSName)
    return frozenset((*named, *map(str, found.get_values_for_type(x509.IPAddress))))


def _serves(path: Path, names: Sequence[str], authority: x509.Certificate | None) -> bool:
    """Whether the file at `path` is whole, of the right issuer, and good for `names` for a while."""
    try:
        kept = x509.load_pem_x509_certificate(path.read_bytes())
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(path)
        known = names_in(kept)
    except (OSError, ValueError, x509.ExtensionNotFound):
        return False
    lasts = kept.not_valid_after_utc - datetime.now(UTC) > timedelta(days=RENEW_DAYS)
    begun = kept.not_valid_before_utc <= datetime.now(UTC)
    issuer = authority.subject if authority else kept.subject
    return lasts and begun and kept.issuer == issuer and known >= set(names)


def _by_itself(names: Sequence[str]) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Transfer Learning Lab")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject_name=name, issuer_name=name, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))  # clocks of phones may be behind
        .not_valid_after(now + timedelta(days=DAYS))
        .add_extension(x509.SubjectAlternativeName(list(map(_general, names))), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return made.public_bytes(serialization.Encoding.PEM) + private


def _by_mkcert(names: Sequence[str], beside: Path) -> bytes | None:
    """Return what mkcert makes; None where it cannot, and the log says why."""
    with temporary_folder(beside) as folder:
        made, key = folder / "made.pem", folder / "key.pem"
        try:
            _mkcert("-ecdsa", "-cert-file", str(made), "-key-file", str(key), *names)
            return made.read_bytes() + key.read_bytes()
        except (OSError, subprocess.SubprocessError) as error:
            log.warning("mkcert made no certificate: %s", getattr(error, "stderr", None) or error)
            return None


def _mkcert(*arguments: str) -> str:
    done = subprocess.run(
        ["mkcert", *arguments], capture_output=True, text=True, timeout=MKCERT_SECONDS, check=True
    )
    return done.stdout


def _general(name: str) -> x509.GeneralName:
    with suppress(ValueError):
        return x509.IPAddress(ipaddress.ip_address(name))
    return x509.DNSName(name)

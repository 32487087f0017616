"""Who may talk to the engine: the holders of one file with a certificate and its key."""

import ssl

import dask
from distributed import Client
from distributed.security import Security

from tl_core.errors import EngineUnavailable, SettingInvalid
from tl_core.settings import Settings


def cluster_security(config: Settings) -> Security:
    """Return what this process shows, and asks of others, on every connection of a cluster.

    ``TL_CERTIFICATE`` is the certificate of all and the authority that all trust. Without it Dask's own
    configuration holds.

    Raises:
        SettingInvalid: an address of a cluster needs a certificate and there is none that can be used.
    """
    if config.certificate is None:
        if config.scheduler.startswith("tls://") and not dask.config.get(
            "distributed.comm.tls.ca-file"
        ):
            raise SettingInvalid(
                "TL_SCHEDULER starts with tls://, and TL_CERTIFICATE is not set. "
                "Set it to the certificate file of the cluster; the README says how to make one."
            )
        return Security()
    path = str(config.certificate)
    found = Security(
        require_encryption=True,
        tls_ca_file=path,
        tls_client_cert=path,
        tls_scheduler_cert=path,
        tls_worker_cert=path,
    )
    try:
        found.get_connection_args("client")
    except (OSError, ssl.SSLError) as error:
        raise SettingInvalid(
            "The certificate {path} of TL_CERTIFICATE cannot be used ({reason}). "
            "Copy the file of the other machines there, or make a new one as the README says.",
            path=path,
            reason=first_cause(error),
        ) from None
    return found


def connect_to_cluster(config: Settings, seconds: float) -> Client:
    """Return a client of the scheduler at ``TL_SCHEDULER``.

    Args:
        config: the settings.
        seconds: how long to try.

    Raises:
        LabError: there is none, or it turns this process away.
    """
    security = cluster_security(config)
    try:
        return Client(config.scheduler, timeout=seconds, set_as_default=False, security=security)
    except (OSError, RuntimeError, ValueError) as error:
        raise EngineUnavailable(
            "No scheduler answers at {address} ({reason}). Start it, and compare TL_SCHEDULER and "
            "TL_CERTIFICATE with what it was started with.",
            address=config.scheduler,
            reason=first_cause(error),
        ) from error


def first_cause(error: BaseException) -> str:
    """Return in words what began it: Dask wraps what the network says several times."""
    chain = [error]
    while cause := chain[-1].__cause__:
        chain.append(cause)
    texts = [getattr(one, "strerror", None) or str(one) for one in chain]
    return next(filter(None, reversed(texts)), type(chain[-1]).__name__)

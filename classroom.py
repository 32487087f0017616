"""The lab for a class, over https, so that cameras work: ``python classroom.py``.

It makes a certificate for this machine's names and addresses, starts `class_server.py` with it, answers to
those names only, and says what the class types or scans. Ctrl-C ends it.
"""

import argparse
import socket
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from click.exceptions import Abort
from streamlit.web.cli import main as streamlit

from tl_core.classroom.addresses import in_url, is_name, lan_addresses, own_names
from tl_core.classroom.certificates import Certificate, certificate_for
from tl_core.classroom.codes import code_for_terminal
from tl_core.classroom.door import listen, open_door, usable
from tl_core.errors import LabError
from tl_core.people import make_key

SCRIPT = Path(__file__).with_name("class_server.py")
PORT, HTTPS_PORT = 8501, 8443
LOOK_SECONDS = 0.2


def main() -> None:
    """Start the lab; returns when somebody ends it."""
    asked = _arguments()
    names = tuple(dict.fromkeys((*own_names(), *asked.name)))
    try:
        certificate = certificate_for(names)
        with open_door(asked.port, asked.https_port, names):
            with usable(asked.https_port, "--https-port"):
                listen(asked.https_port).close()  # Streamlit would say it less well
            host = (*asked.name, *lan_addresses(), "localhost")[0]
            told = _told(asked.port, asked.https_port, host, certificate, make_key())
            threading.Thread(target=_tell, args=(asked.https_port, told), daemon=True).start()
            options = _options(asked.https_port, names, certificate.path)
            with suppress(Abort):  # Ctrl-C
                streamlit(options, prog_name="streamlit", standalone_mode=False)
    except LabError as error:
        sys.exit(str(error))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python classroom.py", description=__doc__)
    parser.add_argument("--port", type=int, default=PORT, help="what pupils type: http")
    parser.add_argument("--https-port", type=int, default=HTTPS_PORT, help="where it leads: https")
    parser.add_argument(
        "--name",
        type=_name,
        action="append",
        default=[],
        help="another name of this machine; may be repeated",
    )
    return parser.parse_args()


def _name(text: str) -> str:
    if is_name(text):
        return text.lower()
    raise argparse.ArgumentTypeError(f"no browser can ask for a machine called {text!r}")


def _options(port: int, names: Sequence[str], certificate: Path) -> list[str]:
    options = {
        "server.port": str(port),
        "server.headless": "true",
        "server.sslCertFile": str(certificate),
        "server.sslKeyFile": str(certificate),
        "logger.hideWelcomeMessage": "true",
    }
    hosts = [word for name in names for word in ("--server.allowedHosts", name)]
    return ["run", str(SCRIPT), *(f"--{key}={value}" for key, value in options.items()), *hosts]


def _told(port: int, https_port: int, host: str, certificate: Certificate, key: str) -> str:
    """Return what the terminal says once the lab is there; `key` is the teacher's, if it was made now."""
    address = f"http://{in_url(host)}:{port}"
    own = f"https://localhost:{https_port}" if certificate.trusted else f"http://localhost:{port}"
    trusted = "mkcert's authority signed its certificate: browsers that know it ask nothing."
    asked = (
        "Browsers warn once, because they do not know this machine; that page says what to press."
    )
    return (
        f"\n{code_for_terminal(address)}\n"
        f"  Your class scans this or types  {address}\n"
        f"  You, the teacher, open          {own}/?teacher={key or '(TL_TEACHER_KEY)'}\n"
        f"  {trusted if certificate.trusted else asked}\n"
        f"  Ctrl-C ends the lab.\n"
    )


def _tell(port: int, told: str) -> None:
    """Print `told` as soon as the lab answers."""
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                break
        except OSError:
            time.sleep(LOOK_SECONDS)
    try:
        print(told, flush=True)
    except UnicodeEncodeError:  # a console of Windows that knows no half blocks
        print(told.encode("ascii", "ignore").decode(), flush=True)


if __name__ == "__main__":
    main()

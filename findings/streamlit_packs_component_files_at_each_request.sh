#!/usr/bin/env bash
# Files of a component (`declare_component(path=...)`) cannot be checked for news by a browser, and Streamlit packs
# them with gzip anew at every request: models and WebAssembly cost processor time for each visitor.
#
# Seen with streamlit 1.67.0 and starlette 1.10.0: the answer has neither ETag nor Last-Modified, a request with
# If-Modified-Since gets the whole file again, and 8 MB of weights that hardly become smaller are read and
# packed each time. The same bytes under a name that ends in .gz are sent as they are, because their type says
# that they are packed already; the name alone decides.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv environment
environment/bin/pip install -q streamlit==1.67.0 starlette==1.10.0 numpy==2.4.6 websockets==17.4
mkdir files
cat > app.py <<'PYTHON'
from pathlib import Path

from streamlit.components.v1 import declare_component

declare_component("files", path=Path("files").resolve())
PYTHON
environment/bin/python - <<'PYTHON'
import os
import socket
import subprocess
import sys
import time
import urllib.request
from email.utils import formatdate
from pathlib import Path

import numpy as np
import starlette
import streamlit

weights = np.random.default_rng(0).standard_normal(2_000_000).astype("float32").tobytes()
for name in ("weights.bin", "weights.gz"):
    Path("files", name).write_bytes(weights)
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
flags = ("--server.address=127.0.0.1", f"--server.port={port}", "--server.headless=true")
server = subprocess.Popen(
    [sys.executable, "-m", "streamlit", "run", "app.py", *flags, "--browser.gatherUsageStats=false"],
    stdout=subprocess.DEVNULL,
)


def cpu():
    times = Path(f"/proc/{server.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK")


def fetch(name):
    """Return the headers of a file, the bytes that came, and the server's seconds of processor time."""
    wanted = urllib.request.Request(f"http://127.0.0.1:{port}/component/app.files/{name}")
    wanted.add_header("Accept-Encoding", "gzip")
    wanted.add_header("If-Modified-Since", formatdate(time.time() + 60, usegmt=True))
    before = cpu()
    with urllib.request.urlopen(wanted, timeout=60) as answer:
        size = len(answer.read())
        return answer.status, dict(answer.headers), size, cpu() - before


def visit():
    """Open the page, so that its script declares the component."""
    from websockets.sync.client import connect
    from streamlit.proto.BackMsg_pb2 import BackMsg
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

    with connect(f"ws://127.0.0.1:{port}/_stcore/stream", subprotocols=["streamlit"]) as page:
        ask = BackMsg()
        ask.rerun_script.query_string = ""
        page.send(ask.SerializeToString())
        while ForwardMsg.FromString(page.recv(timeout=30)).WhichOneof("type") != "script_finished":
            pass


try:
    for _ in range(150):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=5).close()
            break
        except OSError:
            time.sleep(0.2)
    visit()
    print(f"streamlit {streamlit.__version__}, starlette {starlette.__version__}: {len(weights)} bytes")
    for name, packed in (("weights.bin", True), ("weights.gz", False)):
        for _ in range(2):
            status, headers, size, seconds = fetch(name)
            encoding = headers.get("content-encoding")
            print(f"{name}: {status}, {size} bytes, encoding {encoding}, {seconds:.2f} s of the processor")
            validators = {"etag", "last-modified"} & {header.lower() for header in headers}
            assert status == 200 and not validators, "this has changed"
            assert (encoding == "gzip") is packed, "this has changed"
finally:
    server.terminate()
    server.wait(30)
PYTHON

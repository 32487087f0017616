#!/usr/bin/env bash
# A component of st.components.v2 whose code is given as text comes to the browser with all of its code whenever
# one value of its data changes.
#
# Seen with streamlit 1.67.0: `component(name, js=code)` is registered once, but its code is part of the message
# that carries the data. 60 kB of code and a new number of a few bytes are 60 kB in every rerun, for every
# session; comments count. Compression is off by default.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv environment
environment/bin/pip install -q streamlit==1.67.0 websockets==17.4
cat > app.py <<'PYTHON'
import time

import streamlit as st

code = "export default function () {}\n/* " + "x" * 60_000 + " */"
st.components.v2.component("large", js=code)(data={"now": time.time()}, key="one")
PYTHON
environment/bin/python - <<'PYTHON'
import socket
import subprocess
import sys
import time
import urllib.request

import streamlit
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    here = f"127.0.0.1:{free.getsockname()[1]}"
flags = ("--server.address=127.0.0.1", f"--server.port={here.partition(':')[2]}", "--server.headless=true")
server = subprocess.Popen(
    [sys.executable, "-m", "streamlit", "run", "app.py", *flags, "--browser.gatherUsageStats=false"],
    stdout=subprocess.DEVNULL,
)


def rerun(page):
    """Run the page once; return the bytes of the messages that hold the component."""
    ask = BackMsg()
    ask.rerun_script.query_string = ""
    page.send(ask.SerializeToString())
    size = 0
    while True:
        data = page.recv(timeout=30)
        message = ForwardMsg.FromString(data)
        if message.WhichOneof("type") == "script_finished":
            return size
        if message.delta.new_element.WhichOneof("type") == "bidi_component":
            size += len(data)


try:
    for _ in range(150):
        try:
            urllib.request.urlopen(f"http://{here}/_stcore/health")
            break
        except OSError:
            time.sleep(0.2)
    address = f"ws://{here}/_stcore/stream"
    with connect(address, subprotocols=["streamlit"], origin=f"http://{here}", max_size=None) as page:
        sizes = [rerun(page) for _ in range(3)]
finally:
    server.terminate()
    server.wait()
print(f"streamlit {streamlit.__version__}: {sizes} bytes in three runs, each with another number")
assert all(size > 60_000 for size in sizes), "this has changed"
PYTHON

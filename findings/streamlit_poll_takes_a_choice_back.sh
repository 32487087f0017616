#!/usr/bin/env bash
# A fragment with run_every takes back what a callback has just chosen in another fragment.
#
# Seen with streamlit 1.67.0 and Chromium. A callback sets the value of a select box; until the browser has been
# told, each look of the polling fragment tells the server the box's value from before, and the server takes that
# for a change of the user's. Nothing is seen of it as long as the look draws only itself. If it has the page
# drawn, as one does that has been waiting for something, the page comes with the old value and stays with it.
# Here the box comes a second after the press, and the fragment looks five times in that second.
set -euo pipefail
folder=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
command -v chromium >/dev/null || { echo "needs Debian's chromium"; exit 2; }
python3 -m venv environment
environment/bin/pip install -q streamlit==1.67.0 playwright==1.56.0
cat >app.py <<'PYTHON'
import time

import streamlit as st

memory = st.session_state


def choose():
    memory.choice, memory.waiting = "second", True


@st.fragment(run_every=0.2 if "polls" in st.query_params else None)
def waits():
    if memory.pop("come", False):
        st.rerun()


@st.fragment
def chooses():
    st.button("Choose the second", on_click=choose)
    if memory.pop("waiting", False):
        time.sleep(1)
        memory.come = True
    st.selectbox("Choice", ["first", "second"], key="choice")
    st.text(f"chosen: {memory.choice}")


waits()
chooses()
PYTHON
environment/bin/python - <<'PYTHON' >port
import socket

with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    print(free.getsockname()[1])
PYTHON
environment/bin/streamlit run app.py --server.port "$(cat port)" --server.headless true \
  --browser.gatherUsageStats false >server.log 2>&1 &
server=$!
environment/bin/python - "$(cat port)" <<'PYTHON'
import shutil
import sys
import time
import urllib.request
from importlib.metadata import version

from playwright.sync_api import expect, sync_playwright

url = f"http://127.0.0.1:{sys.argv[1]}"
for _ in range(100):
    try:
        urllib.request.urlopen(f"{url}/_stcore/health")
        break
    except OSError:
        time.sleep(0.2)


def chosen(browser, address):
    page = browser.new_page()
    page.goto(address)
    expect(page.get_by_text("chosen: first")).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="Choose the second").click()
    page.wait_for_timeout(4000)
    found = page.get_by_text("chosen: ").inner_text().removeprefix("chosen: ")
    page.close()
    return found


with sync_playwright() as playwright:
    browser = playwright.chromium.launch(
        executable_path=shutil.which("chromium"), args=["--no-sandbox"]
    )
    alone, polled = chosen(browser, url), chosen(browser, f"{url}/?polls")
    browser.close()
print(f"streamlit {version('streamlit')}: the callback chooses the second")
print(f"nothing polls: {alone}; a fragment polls: {polled}")
assert (alone, polled) == ("second", "first"), "this has changed"
PYTHON

#!/usr/bin/env bash
# Streamlit's folder uploader gives relative paths for a folder that is chosen, and bare file names for the same
# folder when it is dropped.
#
# Seen with Streamlit 1.67.0 and Chromium: with accept_multiple_files="directory", a folder pets/cats/1.txt,
# pets/dogs/1.txt arrives as "pets/cats/1.txt" from the button and as "1.txt" twice from a drop. Whoever takes
# the class of a photo from its folder must not trust the names of a drop.
set -euo pipefail
folder=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
command -v chromium >/dev/null || { echo "needs Debian's chromium"; exit 2; }
python3 -m venv environment
environment/bin/pip install -q streamlit==1.67.0 playwright==1.56.0
cat >app.py <<'PYTHON'
import streamlit as st

files = st.file_uploader("Folder", accept_multiple_files="directory")
st.text("names: " + ", ".join(sorted(file.name for file in files)))
PYTHON
mkdir -p pets/cats pets/dogs
echo cat >pets/cats/1.txt
echo dog >pets/dogs/1.txt
environment/bin/python - <<'PYTHON' >port
import socket

with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    print(free.getsockname()[1])
PYTHON
environment/bin/streamlit run app.py --server.port "$(cat port)" --server.headless true \
  --browser.gatherUsageStats false >server.log 2>&1 &
server=$!
environment/bin/python - "$(cat port)" "$folder/pets" <<'PYTHON'
import shutil
import sys
import time
import urllib.request
from importlib.metadata import version

from playwright.sync_api import expect, sync_playwright

port, folder = sys.argv[1:]
url = f"http://127.0.0.1:{port}"
for _ in range(100):
    try:
        urllib.request.urlopen(f"{url}/_stcore/health")
        break
    except OSError:
        time.sleep(0.2)


def names(browser, give):
    page = browser.new_page()
    page.goto(url)
    expect(page.get_by_text("names:")).to_be_visible(timeout=30_000)
    give(page)
    expect(page.get_by_text("names:")).to_contain_text(".txt", timeout=30_000)
    page.wait_for_timeout(2000)
    found = page.get_by_text("names:").inner_text().removeprefix("names: ").split(", ")
    page.close()
    return found


def choose(page):
    page.locator("input[type=file]").set_input_files(folder)


def drop(page):
    zone = page.get_by_test_id("stFileUploaderDropzone").bounding_box()
    session = page.context.new_cdp_session(page)
    data = {"items": [], "files": [folder], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        place = {"x": zone["x"] + 30, "y": zone["y"] + 10}
        session.send("Input.dispatchDragEvent", {"type": kind, **place, "data": data})


with sync_playwright() as playwright:
    browser = playwright.chromium.launch(
        executable_path=shutil.which("chromium"), args=["--no-sandbox"]
    )
    chosen, dropped = names(browser, choose), names(browser, drop)
    browser.close()
print(f"Streamlit {version('streamlit')}: chosen {chosen}, dropped {dropped}")
assert chosen == ["pets/cats/1.txt", "pets/dogs/1.txt"], "this has changed"
assert dropped == ["1.txt", "1.txt"], "this has changed"
PYTHON

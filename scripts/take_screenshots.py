"""Rebuild the pictures in docs/: ``python -m scripts.take_screenshots``; needs Chromium.

Starts the lab with an empty data folder, trains with the usual settings, and photographs the training page.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

ROOT = Path(__file__).parents[1]
PORT = 8599
WIDTH, HEIGHT = 1280, 900
TRAINING_MS = 120_000


def main() -> None:
    with tempfile.TemporaryDirectory() as data_dir:
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "streamlit", "run", "streamlit_app.py"),
                *("--server.port", str(PORT), "--server.headless", "true"),
            ],
            cwd=ROOT,
            env={**os.environ, "TL_DATA_DIR": data_dir},
            stdout=subprocess.DEVNULL,
        )
        try:
            photograph(f"http://localhost:{PORT}")
        finally:
            server.terminate()
            server.wait()


def photograph(url: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        while True:  # until the server listens
            try:
                page.goto(f"{url}/train")
                break
            except Exception:
                page.wait_for_timeout(200)
        page.get_by_role("button", name="Train", exact=True).click()
        expect(page.get_by_text("Validation accuracy")).to_be_visible(timeout=TRAINING_MS)
        page.get_by_role("heading", level=1).scroll_into_view_if_needed()
        page.wait_for_timeout(2000)
        page.screenshot(path=ROOT / "docs" / "train.png")
        browser.close()


if __name__ == "__main__":
    main()

"""A training is taken home, lost here, and opened again: the same result and scores, without training."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import STEP_MS, Server, settle
from tests.datasets.importing import import_files
from tests.datasets.samples import jpeg, photo
from tl_core import runs
from tl_core.datasets.catalogue import datasets_dir, get_dataset
from tl_core.run_book import read_epochs
from tl_core.training import get_training, list_trainings

pytestmark = pytest.mark.browser

Open = Callable[..., Page]
TRAIN_MS = 120_000


@pytest.fixture(autouse=True)
def book(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the tests read the server's run book."""
    monkeypatch.setenv("TL_DATA_DIR", str(server.data_dir))


def press(page: Page, name: str, number: int = 0) -> None:
    page.get_by_role("button", name=name, exact=True).nth(number).click(timeout=STEP_MS)


def answer(page: Page, server: Server, run: str) -> str:
    """Return what Predict says of the usual photo."""
    page.goto(f"{server.url}/predict?photo=chelsea&run={run}")
    expect(page.get_by_text("%").first).to_be_visible(timeout=TRAIN_MS)
    settle(page)
    return page.locator("[data-testid=stMain]").inner_text().split("%")[0][-6:]


@pytest.mark.slow
def test_a_training_is_taken_home_and_opened_again(
    open_browser: Open, server: Server, tmp_path: Path
) -> None:
    classes = {
        name: [(f"{i}.jpg", jpeg(photo(start + i))) for i in range(6)]
        for name, start in (("cats", 0), ("dogs", 100))
    }
    dataset = import_files(classes, "Pets", lambda *_: None)
    page = open_browser(f"/train?dataset={dataset.id}&epochs=3")
    press(page, "Train")
    expect(page.get_by_text("95 %").first).to_be_visible(timeout=TRAIN_MS)
    (run,) = list_trainings()
    epochs, before = read_epochs(run), answer(page, server, run.id)

    # In the same browser: what others have trained is not offered there.
    page.goto(f"{server.url}/train?section=data&data=home&dataset={dataset.id}")
    press(page, "Make it", 1)
    with page.expect_download(timeout=TRAIN_MS) as download:
        page.get_by_role("button", name="Download").click(timeout=TRAIN_MS)
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert file.name == "Pets.zip"

    shutil.rmtree(runs.runs_dir() / run.id)
    shutil.rmtree(datasets_dir() / dataset.id)
    page = open_browser("/train?section=book")
    page.get_by_text("Open a project").click(timeout=STEP_MS)
    page.locator("input[type=file]").first.set_input_files(file, timeout=STEP_MS)
    expect(page.get_by_text("A project of the lab: Pets")).to_be_visible(timeout=TRAIN_MS)
    expect(page.get_by_text("1 dataset · 1 training · 12 photos")).to_be_visible()
    press(page, "Open it")
    expect(page.get_by_text("Opened: 1 dataset, 1 training.")).to_be_visible(timeout=TRAIN_MS)
    page.reload()
    expect(page.get_by_text("Opened: 1 dataset, 1 training.")).to_be_visible()
    assert get_dataset(dataset.id).title == "Pets"
    assert read_epochs(get_training(run.id)) == epochs
    assert answer(page, server, run.id) == before

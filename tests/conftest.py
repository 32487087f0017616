"""What all tests share: Chromium where there is one, and a failure where CI has none."""

import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.disks import Disk, new_disk

CHROMIUM = shutil.which("chromium")
NETWORKS = "TL_NETWORK_DIR"
STARTING_PROCESSES = ("tests/browser/", "tests/engine/", "tests/server/")


def pytest_configure(config: pytest.Config) -> None:
    """Let all tests share what Keras exports for the inference engine: each network takes 5 s to make."""
    if NETWORKS not in os.environ:  # the processes of xdist find it there
        os.environ[NETWORKS] = folder = tempfile.mkdtemp()
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Distribute tests file by file, and all that start processes to one place: never two at once."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            path = nodeid.partition("::")[0]
            return "processes" if path.startswith(STARTING_PROCESSES) else path

    return Scheduling(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if CHROMIUM or os.environ.get("CI"):
        return
    skip = pytest.mark.skip(reason="no Chromium on this machine: install Debian's package chromium")
    for item in items:
        if "browser" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(scope="session", autouse=True)
def packages_are_looked_at_once() -> Iterator[None]:
    """Let all pages under test share what Streamlit finds when it looks through the installed packages.

    It does so for each of them, 0.1 to 0.3 s long: two thirds of the time of such a test.
    """
    with pytest.MonkeyPatch.context() as patch:
        if "streamlit" in sys.modules:  # tests of what stands below the pages do without
            from streamlit.components.v2 import manifest_scanner as scanner

            patch.setattr(
                scanner, "scan_component_manifests", cache(scanner.scan_component_manifests)
            )
        yield


@pytest.fixture(scope="module", autouse=True)
def little_to_collect() -> Iterator[None]:
    """Keep Python from looking through all that earlier modules have loaded again and again.

    Where TensorFlow is loaded that takes most of the time of a test of a page.
    """
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """A disk of 4 MB of its own; skips where nobody may mount one."""
    yield from new_disk(tmp_path / "disk", megabytes=4)

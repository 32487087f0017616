"""What all tests share: Chromium where there is one, and a failure where CI has none."""

import os
import shutil

import pytest

CHROMIUM = shutil.which("chromium")


@pytest.hookimpl(tryfirst=True)  # pytest-xdist reads the groups in this hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        # For `pytest -n 2 --dist loadgroup`: what starts processes never runs twice at once.
        alone = {"browser", "engine"} & set(item.path.parts)
        item.add_marker(pytest.mark.xdist_group("processes" if alone else item.path.name))
    if CHROMIUM or os.environ.get("CI"):
        return
    skip = pytest.mark.skip(reason="no Chromium on this machine: install Debian's package chromium")
    for item in items:
        if "browser" in item.keywords:
            item.add_marker(skip)

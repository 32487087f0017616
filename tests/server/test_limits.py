"""A class fits into one server, also where a process may open only few files."""

import os
from contextlib import AsyncExitStack
from pathlib import Path

import psutil
import pytest

from tests.server.serving import drawn, finished, serve, visit

resource = pytest.importorskip("resource", reason="Windows has no limit of open files")
FEW = 100
"""Descriptors: a server and one page need 15 of them, 40 pages 170."""
CLASS = 40
RELOADS = 26


def limits(process: psutil.Process) -> set[int]:
    return {each.rlimit(psutil.RLIMIT_NOFILE)[0] for each in process.children(recursive=True)}


def few_files() -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (FEW, hard))


async def crowd(port: int) -> None:
    """Open a page for everybody, and reload some."""
    async with AsyncExitStack() as tabs:
        for _ in range(CLASS):
            assert "Transfer Learning Lab" in await drawn(
                await tabs.enter_async_context(visit(port))
            )
        for _ in range(RELOADS):
            async with visit(port) as reloaded:
                assert "Transfer Learning Lab" in await drawn(reloaded)


@pytest.mark.skipif(
    resource.getrlimit(resource.RLIMIT_NOFILE)[1] < 1024, reason="the hard limit is low here"
)
def test_a_class_and_its_reloads_fit_where_only_few_files_may_be_open(tmp_path: Path) -> None:
    environment = {**os.environ, "TL_DATA_DIR": str(tmp_path)}
    with serve(environment, preexec_fn=few_files) as (port, process):
        assert process.rlimit(psutil.RLIMIT_NOFILE)[0] == FEW
        finished(crowd(port))
        assert process.num_fds() > FEW
        assert limits(process) == {process.rlimit(psutil.RLIMIT_NOFILE)[0]}

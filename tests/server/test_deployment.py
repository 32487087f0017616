"""The recipes for a server start the lab: without a home, as nobody, where nothing can be written."""

import asyncio
import configparser
import json
import os
import re
import shlex
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.server.serving import ROOT, STREAMLIT, drawn, finished, serve, visit

DOCS = ROOT / "docs"
UNIT = DOCS / "transfer-learning-lab.service"
UNKNOWN = 54_321
"""A number that no account of this machine has, as in a container."""
READY_SECONDS = 60
READ_ONLY = 'mount --bind "$0" "$0" && mount -o remount,bind,ro / && exec "$@"'
MAY_READ = "-all,+dac_read_search"
"""Python itself may lie in the home folder of somebody else."""

pytestmark = pytest.mark.skipif(
    os.name != "posix" or os.geteuid() != 0 or not all(map(shutil.which, ("setpriv", "unshare"))),
    reason="only root can become another account, and make everything read-only for it",
)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What a recipe runs, and with which variables; ``DATA`` stands for its data folder."""

    environment: dict[str, str]
    command: list[str]

    def variables(self, data: Path) -> dict[str, str]:
        found = {name: value.replace("DATA", str(data)) for name, value in self.environment.items()}
        return {"PATH": "/usr/bin:/bin", "TMPDIR": str(data), **found}


def assignments(text: str, data: str) -> dict[str, str]:
    pairs = (word.partition("=") for word in shlex.split(text))
    return {name: value.replace(data, "DATA") for name, _, value in pairs}


def systemd() -> Recipe:
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(UNIT)
    service = unit["Service"]
    assert service["DynamicUser"] == "yes"
    data = f"%S/{service['StateDirectory']}"
    return Recipe(
        environment=assignments(service["Environment"], data),
        command=shlex.split(service["ExecStart"]),
    )


def docker() -> Recipe:
    (block,) = re.findall(r"```dockerfile\n(.*?)```", (DOCS / "deployment.md").read_text(), re.S)
    lines = dict(line.split(maxsplit=1) for line in block.splitlines())
    assert lines["USER"] != "root"
    return Recipe(environment=assignments(lines["ENV"], "/data"), command=json.loads(lines["CMD"]))


def as_nobody(data: Path) -> list[str]:
    """Return the command that starts another as an unknown account that can write to `data` only."""
    data.mkdir()
    os.chown(data, UNKNOWN, UNKNOWN)
    account = ["setpriv", "--reuid", str(UNKNOWN), "--regid", str(UNKNOWN), "--clear-groups"]
    rights = [f"--{kind}={MAY_READ}" for kind in ("inh-caps", "ambient-caps", "bounding-set")]
    alone = ["unshare", "--mount", "--propagation", "private", "sh", "-c", READ_ONLY, str(data)]
    return [*alone, *account, *rights, "--no-new-privs"]


async def engine_is_ready(port: int) -> bool:
    deadline = time.monotonic() + READY_SECONDS
    async with visit(port) as tab:
        while time.monotonic() < deadline:
            page = await drawn(tab)
            assert "Transfer Learning Lab" in page and "-fault-" not in page
            if "Engine ready" in page:
                return True
            await asyncio.sleep(0.5)
    return False


@pytest.mark.parametrize("read", [systemd, pytest.param(docker, marks=pytest.mark.slow)])
def test_the_recipe_starts_a_lab_whose_engine_is_ready(
    read: Callable[[], Recipe], tmp_path: Path
) -> None:
    recipe, data = read(), tmp_path / "data"
    start, script, *options = recipe.command[1:]
    assert (Path(recipe.command[0]).name, start, script) == ("streamlit", "run", "class_server.py")
    with serve(recipe.variables(data), *options, script=script, before=as_nobody(data)) as (
        port,
        process,
    ):
        assert set(process.uids()) == {UNKNOWN}
        assert finished(engine_is_ready(port))
        assert all(set(each.uids()) == {UNKNOWN} for each in process.children(recursive=True))
    assert list(data.glob("engine*.log"))


def test_without_a_home_streamlit_stops_and_says_so(tmp_path: Path) -> None:
    """What the recipes are there for: once this fails, they need no HOME any more."""
    data = tmp_path / "data"
    variables = docker().variables(data)
    del variables["HOME"]
    stopped = subprocess.run(
        [*as_nobody(data), *STREAMLIT, "run", "class_server.py"],
        cwd=ROOT,
        env=variables,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert stopped.returncode
    assert "Could not determine home directory" in stopped.stderr


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd on this machine")
def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    executable = systemd().command[0]
    copy = tmp_path / UNIT.name
    copy.write_text(UNIT.read_text().replace(executable, "/bin/true"))
    found = subprocess.run(
        ["systemd-analyze", "verify", str(copy)], capture_output=True, text=True, timeout=60
    )
    assert (found.returncode, found.stderr) == (0, "")

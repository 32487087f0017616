"""The README is tested like code: it names everything, and what it tells you to type works."""

import ast
import os
import re
import signal
import socket
import subprocess
import sys
import tomllib
from dataclasses import fields
from pathlib import Path

import psutil
import pytest

from tl_core import settings
from tl_core.backbones import list_backbones
from tl_core.convolution.kernels import list_kernels
from tl_core.datasets.catalogue import BUILT_IN
from tl_core.datasets.dataset import LEAST_IMAGES
from tl_core.engine.client import Engine
from tl_core.engine.questions import PING
from tl_core.engine.tasks import JOBS
from tl_core.exports import list_formats
from tl_core.settings import PROFILES, Settings, variable
from tl_core.training.config import MISTAKES
from tl_core.training.recipes import list_recipes
from tl_core.wording import LANGUAGES

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()

CLUSTER = ("python -m tl_core.engine", "TL_SCHEDULER=")


def commands(text: str) -> list[str]:
    """Return every line of every sh block."""
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line]


@pytest.mark.parametrize("name", [variable(field.name) for field in fields(Settings)])
def test_every_variable_is_in_the_readme(name):
    assert f"| `{name}` |" in README


def test_the_readme_names_no_variable_that_does_not_exist():
    known = {variable(field.name) for field in fields(Settings)}
    assert set(re.findall(r"TL_[A-Z_]+[A-Z]", README)) <= known


@pytest.mark.parametrize(
    "field", [f for f in fields(Settings) if f.type in (int, str)], ids=lambda f: f.name
)
def test_the_readme_tells_each_default(field):
    (row,) = [
        line for line in README.splitlines() if line.startswith(f"| `{variable(field.name)}` |")
    ]
    assert row.split("|")[3].strip(" `") == str(field.default)


@pytest.mark.parametrize("title", [spec.title for spec in list_backbones()])
def test_every_backbone_is_in_the_readme(title):
    assert re.search(rf"\b{re.escape(title)}\b", README)


def test_every_built_in_dataset_and_page_is_in_the_readme():
    for dataset in BUILT_IN:
        assert f"`{dataset.id}`" in README
    for page in (ROOT / "pages").glob("*.py"):
        words = page.stem.partition("_")[2].replace("_", " ")
        assert re.search(rf"^\| {words} \|", README, re.IGNORECASE | re.MULTILINE)


def test_the_readme_counts_kernels_recipes_and_mistakes():
    counts = {"kernels": list_kernels(), "recipes": list_recipes(), "classic mistakes": MISTAKES}
    for name, all_of_them in counts.items():
        assert re.findall(rf"(\d+) {name}", README) == [str(len(all_of_them))], name


def sections(page: Path) -> list[str]:
    """Return the titles in the page's list of sections, which stands in the page or in what it imports."""
    modules = re.findall(
        r"^from (tl_core\.ui\.\w+\.sections) import", page.read_text(), re.MULTILINE
    )
    for path in (page, *(ROOT / f"{module.replace('.', '/')}.py" for module in modules)):
        for node in ast.parse(path.read_text()).body:
            names = (
                node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            )
            if [ast.unparse(name) for name in names if name] == ["SECTIONS"]:
                return re.findall(r"N_\('([^']+)'\)", ast.unparse(node))
    return []


@pytest.mark.parametrize("page", sorted((ROOT / "pages").glob("*.py")), ids=lambda page: page.stem)
def test_every_section_of_a_page_is_in_the_readme(page):
    words = page.stem.partition("_")[2].replace("_", " ")
    (row,) = re.findall(rf"^\| {words} \| (.+) \|$", README, re.IGNORECASE | re.MULTILINE)
    told = row.partition(" Sections: ")[2]
    shown = sections(page)
    assert told == (", ".join(shown) if len(shown) > 1 else "")


def test_there_are_sections_to_look_for():
    found = [sections(page) for page in (ROOT / "pages").glob("*.py")]
    assert sum(len(titles) > 5 for titles in found) == 3


@pytest.mark.parametrize("form", list_formats(), ids=lambda form: form.name)
def test_every_export_is_in_the_readme_with_what_it_needs(form):
    text = " ".join(README.split()).lower()
    assert form.title.lower() in text
    assert not form.extras or f"`pip install {' '.join(form.extras)}`" in text


def test_the_readme_tells_the_languages_and_the_smallest_dataset():
    text = " ".join(README.split())
    assert f"{' and '.join(LANGUAGES.values())}." in text
    assert f"at least 2 classes and {LEAST_IMAGES} photos in each" in text


def test_contributing_names_every_kind_of_job_and_every_room():
    (line,) = re.findall(r"^The kinds of jobs: (.+)\.$", CONTRIBUTING, re.MULTILINE)
    assert re.findall(r"`([\w-]+)`", line) == list(JOBS)
    for path in (ROOT / "tl_core").glob("*/__init__.py"):
        assert re.search(rf"^\|.*`(tl_core/)?{path.parent.name}/`.*\|", CONTRIBUTING, re.MULTILINE)


def test_the_readme_tells_what_each_profile_is():
    (row,) = [line for line in README.splitlines() if line.startswith("| `TL_PROFILE` |")]
    assert re.findall(r"`(\w+)` \(", row) == list(PROFILES)


def test_the_first_commands_are_the_promised_ones():
    assert commands(README)[:2] == [
        "pip install -r requirements.txt && streamlit run streamlit_app.py",
        "pip install -r requirements.txt -r requirements-dev.txt && pytest",
    ]


@pytest.mark.parametrize("link", re.findall(r"\]\((?!http)([^)]+)\)", README + CONTRIBUTING))
def test_every_linked_file_exists(link):
    assert (ROOT / link).exists()


@pytest.mark.parametrize(
    "path", re.findall(r"`((?:tl_core|tests|scripts|pages|locales)/[\w/.]+)`", CONTRIBUTING)
)
def test_every_path_in_contributing_exists(path):
    assert (ROOT / path).exists()


def test_requirements_are_exact_and_each_is_explained():
    for line in (ROOT / "requirements.txt").read_text().splitlines():
        name, pinned, _ = line.partition("==")
        assert pinned, line
        assert re.search(rf"\b{re.escape(name)}\b", CONTRIBUTING), name


def test_python_versions_agree():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["requires-python"] == ">=3.11,<3.14"
    assert "Python 3.11, 3.12 or 3.13" in README


@pytest.mark.slow
def test_the_cluster_of_the_readme_runs_a_task(tmp_path, monkeypatch):
    """On one machine; `tests/engine/test_cluster_hosts.py` has three, and certificates."""
    serve, work, web = [line for line in commands(README) if line.startswith(CLUSTER)]
    with socket.create_server(("127.0.0.1", 0)) as free:  # another test may be at the usual port
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    work, web = (line.replace("tcp://192.168.0.10:8786", address) for line in (work, web))
    assert work == f"TL_SCHEDULER={address} python -m tl_core.engine worker"
    assert web == f"TL_SCHEDULER={address} streamlit run streamlit_app.py"
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "TL_DATA_DIR": str(tmp_path), "PATH": path}
    started = []
    try:
        for line, more in ((serve, {"TL_SCHEDULER": address}), (work, {})):
            started.append(
                subprocess.Popen(
                    line,
                    shell=True,
                    cwd=ROOT,
                    env=environment | more,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
            )
        monkeypatch.setenv("TL_DATA_DIR", str(tmp_path))
        monkeypatch.setenv("TL_SCHEDULER", address)
        engine = Engine(settings.current())
        engine.start()
        try:
            assert engine.wait(120)
            assert engine.ask(PING, echo="from the cluster", seconds=120) == "from the cluster"
        finally:
            engine.stop()
    finally:
        family = [child for each in started for child in psutil.Process(each.pid).children(True)]
        for process in [*family, *started]:  # a shell may or may not stand before the program
            process.send_signal(signal.SIGTERM)
        for each in started:
            each.wait(20)
        for child in psutil.wait_procs(family, 10)[1]:
            child.kill()

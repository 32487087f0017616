"""The walls of the house: which layer may import what."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
KERAS = {"keras", "tensorflow"}
DRAWING = {"streamlit", "plotly"}
DASK = {"dask", "distributed"}
INFERENCE = {"openvino"}
CONTAINERS = {"h5py", "onnx"}
STARTED = ("streamlit_app.py", "class_server.py", "classroom.py")
TOP_LEVEL = {
    *STARTED,
    *("pages", "tl_core", "tests", "benchmarks", "docs", "findings", "scripts", "locales"),
    *("requirements.txt", "requirements-dev.txt", "pyproject.toml"),
    *("package.json", "package-lock.json", ".npmrc", "eslint.config.js", "tsconfig.json"),
    *(".streamlit", ".ci", ".gitignore", ".gitattributes"),
    *("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE"),
}


CALLBACK = r"on_(click|change|submit|dismiss|select|\w+_change)"
GUARD = {"callback"}


def sources(pattern):
    return sorted(PROJECT.glob(pattern))


def imported(source: str) -> set[str]:
    """Return every module that `source` imports anywhere, by its full name."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def tops(source: str) -> set[str]:
    return {name.partition(".")[0] for name in imported(source)}


def offences(path: Path, source: str) -> set[str]:
    """Return what the file at `path` (relative to the project) imports and must not."""
    parts = path.parts
    layer = parts[1] if parts[0] == "tl_core" and len(parts) > 2 else "plain"
    layer = "page" if parts[0] == "pages" or path.name in STARTED else layer
    forbidden = KERAS if layer != "models" else set()
    if layer not in ("ui", "page"):
        forbidden = forbidden | DRAWING
    if layer not in ("engine", "models"):
        forbidden = forbidden | DASK
    if layer != "inference":
        forbidden = forbidden | INFERENCE
    if layer not in ("backbones", "models"):
        forbidden = forbidden | CONTAINERS
    found = tops(source) & forbidden
    if layer != "models":
        found |= {name for name in imported(source) if name.startswith("tl_core.models")}
    if layer not in ("ui", "page"):
        found |= {name for name in imported(source) if name.startswith("tl_core.ui")}
    return found


FILES = [
    *sources("tl_core/**/*.py"),
    *sources("pages/*.py"),
    *(PROJECT / name for name in STARTED),
]
DRAWN = [*sources("tl_core/ui/**/*.py"), *sources("pages/*.py"), PROJECT / "streamlit_app.py"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PROJECT)))
def test_file_imports_only_what_its_layer_may(path):
    assert not offences(path.relative_to(PROJECT), path.read_text())


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("tl_core/images/normaliser.py", "import streamlit as st"),
        ("tl_core/images/normaliser.py", "from keras import layers"),
        ("tl_core/features/store.py", "import dask"),
        ("tl_core/inference/network.py", "import keras"),
        ("tl_core/training/config.py", "def f():\n    import h5py"),
        ("tl_core/models/networks/frozen.py", "def f():\n    from openvino import Core"),
        ("tl_core/runs/run.py", "from tl_core.ui.text import t"),
        ("tl_core/ui/frame.py", "import tensorflow as tf"),
        ("tl_core/ui/frame.py", "from tl_core.models import training"),
        (
            "pages/3_train.py",
            "def f():\n    import tl_core.models.fitting.training",
        ),  # hidden in a function
        ("tl_core/models/fitting/training.py", "import streamlit"),
    ],
)
def test_forbidden_import_is_found(path, source):
    assert offences(Path(path), source)


def rooms(path: Path) -> tuple[str, set[str]]:
    """Return the room of a file of ``tl_core``, and the other rooms that it imports from."""
    room = path.relative_to(PROJECT / "tl_core").parts[0].removesuffix(".py")
    names = (name.split(".") for name in imported(path.read_text()))
    return room, {name[1] for name in names if name[0] == "tl_core" and name[1:]} - {room}


def circle(arrows: dict[str, set[str]]) -> set[str]:
    """Return the rooms that are left when those that import nothing that is left have gone."""
    left = dict(arrows)
    while gone := {room for room, others in left.items() if not others & left.keys()}:
        left = {room: others for room, others in left.items() if room not in gone}
    return set(left)


def test_no_room_imports_itself_by_way_of_others():
    arrows: dict[str, set[str]] = {}
    for path in sources("tl_core/**/*.py"):
        room, others = rooms(path)
        arrows.setdefault(room, set()).update(others)
    assert len(arrows) > 20 and not circle(arrows)
    assert circle(arrows | {"errors": {"ui"}}) > {"errors", "ui"}
    assert "datasets" not in arrows["engine"]


@pytest.mark.parametrize(("folder", "most"), [("tl_core", 10), ("tl_core/models", 4)])
def test_few_modules_stand_outside_a_room(folder, most):
    assert len([path for path in sources(f"{folder}/*.py") if path.name != "__init__.py"]) <= most


def test_importing_the_package_imports_nothing():
    script = (
        "import sys; before = set(sys.modules); import tl_core; print(set(sys.modules) - before)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert ast.literal_eval(answer.stdout) == {"tl_core"}


@pytest.mark.parametrize("page", [*sources("pages/*.py"), PROJECT / "streamlit_app.py"])
def test_importing_all_that_a_page_imports_loads_nothing_of_the_workers(page):
    imports = [
        ast.unparse(node)
        for node in ast.parse(page.read_text()).body
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    heavy = KERAS | DASK | INFERENCE | CONTAINERS
    script = "\n".join([*imports, "import sys", f"print(sorted({heavy!r} & set(sys.modules)))"])
    answer = subprocess.run(
        [sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"


@pytest.mark.parametrize("page", sources("pages/*.py"), ids=lambda page: page.name)
def test_page_reads_like_a_recipe(page):
    assert len(page.read_text().splitlines()) <= 150


@pytest.mark.parametrize(
    "path",
    [*sources("tl_core/**/*.py"), *sources("tl_core/**/*.js"), *sources("tests/javascript/*.js")],
    ids=lambda path: str(path.relative_to(PROJECT)),
)
def test_module_can_be_read_in_one_go(path):
    assert len(path.read_text().splitlines()) <= 300


def test_nothing_else_lies_at_the_top():
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert {name.partition("/")[0] for name in tracked.stdout.splitlines()} <= TOP_LEVEL


def unguarded(source: str) -> set[str]:
    """Return the callbacks in `source` whose errors would take the place of the page."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.keyword) and re.fullmatch(CALLBACK, node.arg or ""):
            names = isinstance(node.value, ast.Constant)  # "rerun", "ignore": nothing is called
            through = isinstance(node.value, ast.Call) and ast.unparse(node.value.func) in GUARD
            if not names and not through:
                found.add(ast.unparse(node))
    return found


@pytest.mark.parametrize("path", DRAWN, ids=lambda path: str(path.relative_to(PROJECT)))
def test_every_callback_is_inside_the_error_boundary(path):
    assert not unguarded(path.read_text())


@pytest.mark.parametrize("path", DRAWN, ids=lambda path: str(path.relative_to(PROJECT)))
def test_every_part_that_runs_alone_is_inside_the_error_boundary(path):
    made = re.findall(r"st\.(?:fragment|dialog)\b", path.read_text())
    assert made == (["st.fragment", "st.dialog"] if path.match("tl_core/ui/errors.py") else [])


@pytest.mark.parametrize("path", DRAWN, ids=lambda path: str(path.relative_to(PROJECT)))
def test_files_of_visitors_come_in_by_one_way(path):
    assert ("st.file_uploader(" in path.read_text()) == path.match("tl_core/ui/uploads.py")


@pytest.mark.parametrize("path", DRAWN, ids=lambda path: str(path.relative_to(PROJECT)))
def test_nothing_is_said_in_a_toast_which_the_next_run_of_the_page_takes_away(path):
    assert "st.toast" not in path.read_text()


def answered_by_script(source: str) -> set[str]:
    """Return the buttons in `source` whose press is told to one run, and lost if that is cut short."""
    tree = ast.parse(source)
    statements = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return {
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and re.search(r"\b(form_submit_)?button$", ast.unparse(node.func))
        and id(node) not in statements
    }


@pytest.mark.parametrize("path", DRAWN, ids=lambda path: str(path.relative_to(PROJECT)))
def test_a_press_is_answered_in_a_callback_or_kept_until_it_is(path):
    assert not answered_by_script(path.read_text())


def test_a_press_that_could_get_lost_is_found():
    for source in ("if st.button('A'): act()", "a = place.form_submit_button('A')"):
        assert answered_by_script(source)
    assert not answered_by_script("st.button('A', on_click=callback(act))")


def test_there_are_callbacks_to_look_at():
    found = [path for path in DRAWN if re.search(r"on_\w+=callback\(", path.read_text())]
    assert len(found) > 20


@pytest.mark.parametrize(
    "source",
    [
        "st.button('A', on_click=act)",
        "st.button('A', on_click=lambda: act(1))",
        "st.button('A', on_click=partial(act, 1))",
        "st.button('A', on_click=engine().cancel)",
        "st.file_uploader('A', on_change=None or act)",
        "component(key='a', on_frames_change=act)",
        "st.dataframe(a, on_select=act)",
        "st.chat_input(on_submit=act)",
        "def f():\n    st.dialog('A', on_dismiss=act)",
    ],
)
def test_an_unguarded_callback_is_found(source):
    assert unguarded(source)
    guarded = re.sub(r"(on_\w+)=(.*)\)$", r"\1=callback(\2))", source)
    assert "callback(" in guarded and not unguarded(guarded)


def test_whatever_needs_no_keras_loads_none():
    from tl_core.engine.questions import QUESTIONS
    from tl_core.engine.tasks import JOBS, TASKS

    paths = [one.function for one in QUESTIONS.values() if not one.keras]
    modules = sorted({path.partition(":")[0] for path in (*paths, TASKS["extract"], JOBS["score"])})
    assert len(modules) > 12
    script = "\n".join([*(f"import {name}" for name in modules), "import sys"])
    script += f"\nprint(sorted({KERAS!r} & set(sys.modules)))"
    answer = subprocess.run(
        [sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert ast.literal_eval(answer.stdout) == []
    needy = {one.name for one in QUESTIONS.values() if one.resource == "keras"}
    assert {"liked", "compare_with_keras", "measure_tuning"} <= needy and "predict" not in needy

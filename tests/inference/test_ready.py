"""What a process without Keras is told while another one makes a network, and when that fails."""

import subprocess
import sys
import threading
from types import ModuleType

import pytest

from tests.engine.conftest import wait_for
from tl_core.errors import EngineBusy, EngineUnavailable, RunNotFound, WeightsMissing
from tl_core.inference import ready
from tl_core.inference.exported import FrozenName
from tl_core.inference.ready import choose_elsewhere, prepare
from tl_core.machine.loading import load

NAME = FrozenName(backbone="efficientnet-lite0", weights="random", size=32)


@pytest.fixture(autouse=True)
def fresh(tmp_path, monkeypatch):
    monkeypatch.delenv("TL_NETWORK_DIR", raising=False)
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(ready, "_failed", {})


def maker(monkeypatch, tmp_path, code):
    """Let something else than Keras be the maker; returns a file with a line for each time it began."""
    begun = tmp_path / "begun"
    began = f"open({str(begun)!r}, 'a').write('once\\n')\n"
    (tmp_path / "maker_of_test.py").write_text(began + code)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(ready, "MAKER", "maker_of_test")
    return begun


def test_why_a_network_cannot_be_made_comes_back_as_the_same_error():
    """The maker runs as it is: the training that the network is of is not there."""
    gone = FrozenName(
        backbone="efficientnet-lite0", weights="imagenet", size=32, run="0" * 16, trained="1"
    )
    with pytest.raises(RunNotFound, match="0000000000000000"):
        prepare(gone)


def test_weights_that_are_not_here_are_said_before_anything_begins(monkeypatch, tmp_path):
    begun = maker(monkeypatch, tmp_path, "")
    missing = FrozenName(backbone="vgg19", weights="imagenet", size=64)
    with pytest.raises(WeightsMissing, match="VGG19"):
        prepare(missing)
    assert not begun.exists()


@pytest.mark.parametrize(
    "code", ["import sys; sys.exit(1)", "import os; os.kill(os.getpid(), 9)", ""]
)
def test_a_maker_that_dies_is_one_sentence_and_is_not_begun_for_everybody(
    monkeypatch, tmp_path, code
):
    begun = maker(monkeypatch, tmp_path, code)
    for _ in range(3):
        with pytest.raises(EngineUnavailable, match="EfficientNet-Lite0 could not be prepared"):
            prepare(NAME)
    assert begun.read_text().splitlines() == ["once"]
    monkeypatch.setattr(ready, "AGAIN_SECONDS", 0.0)
    with pytest.raises(EngineUnavailable):
        prepare(NAME)
    assert len(begun.read_text().splitlines()) == 2


def test_one_that_takes_too_long_is_ended(monkeypatch, tmp_path):
    pids = tmp_path / "pid"
    maker(
        monkeypatch,
        tmp_path,
        f"import os, time; open({str(pids)!r}, 'w').write(str(os.getpid())); time.sleep(60)",
    )
    monkeypatch.setattr(ready, "MAKING_SECONDS", 2.0)
    with pytest.raises(EngineUnavailable):
        prepare(NAME)
    alive = subprocess.run(["ps", "-p", pids.read_text()], capture_output=True, check=False)
    assert alive.returncode == 1


def test_a_thread_stays_free_for_those_who_need_no_network(monkeypatch):
    goes_on, waiting = threading.Event(), threading.Semaphore(0)

    def slow(*_):
        waiting.release()
        goes_on.wait(20)

    monkeypatch.setattr(ready, "prepare", slow)
    threads = [threading.Thread(target=choose_elsewhere, args=[NAME]) for _ in range(2)]
    for one in threads:
        one.start()
        waiting.acquire()
    try:
        with pytest.raises(EngineBusy, match="being prepared"):
            choose_elsewhere(NAME)
    finally:
        goes_on.set()
        for one in threads:
            one.join()
    assert choose_elsewhere(NAME) is None  # whoever asks again waits like the first


def test_where_one_worker_does_everything_keras_waits_for_the_maker(monkeypatch, tmp_path):
    monkeypatch.setenv("TL_PROFILE", "cloud")
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    (tmp_path / "loaded_by_test.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    begun = maker(monkeypatch, tmp_path, "import sys; sys.stdin.read()")  # until it is ended
    monkeypatch.setattr(ready, "MAKING_SECONDS", 2.0)
    making, loading = (threading.Thread(target=one) for one in (wait_for_maker, load_module))
    making.start()
    wait_for(begun.exists, 10)
    loading.start()
    loading.join(0.5)
    assert loading.is_alive()
    for thread in (making, loading):
        thread.join(20)
    assert sys.modules.pop("loaded_by_test")


def wait_for_maker():
    with pytest.raises(EngineUnavailable):
        prepare(NAME)


def load_module():
    load("loaded_by_test")


def test_one_worker_that_holds_keras_makes_a_network_itself(monkeypatch, tmp_path):
    (tmp_path / "maker_in_test.py").write_text("made = []\ndef main(*names): made.extend(names)\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(ready, "MAKER", "maker_in_test")
    monkeypatch.setenv("TL_PROFILE", "cloud")
    monkeypatch.setitem(sys.modules, "keras", ModuleType("keras"))
    monkeypatch.setattr(subprocess, "Popen", None)  # no other process
    prepare(NAME)
    assert sys.modules.pop("maker_in_test").made == [NAME]

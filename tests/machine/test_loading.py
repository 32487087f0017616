"""Keras is loaded whole, whoever asks for it first and from which end."""

import subprocess
import sys
import threading
import time

import pytest

from tl_core.machine.loading import load
from tl_core.settings import PROJECT

BOTH_ENDS = """
import sys, threading
from tl_core.machine.loading import load
failed = []
def ask(module):
    try:
        load(module)
    except Exception as error:
        failed.append(f"{module}: {error!r}")
modules = ("tl_core.models.networks.engines", "tl_core.models.fitting.training")
threads = [threading.Thread(target=ask, args=[module]) for module in modules]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(failed, set(modules) <= set(sys.modules))
"""


def test_two_threads_load_keras_from_both_ends():
    answer = subprocess.run(
        [sys.executable, "-c", BOTH_ENDS], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert answer.stdout.split("\n")[-2] == "[] True"


def test_what_is_there_waits_for_nobody_and_what_is_loaded_is_waited_for(tmp_path, monkeypatch):
    (tmp_path / "slow_to_load.py").write_text(
        "import time\nbegun = True\ntime.sleep(0.5)\nended = True\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "slow_to_load", raising=False)
    thread = threading.Thread(target=load, args=["slow_to_load"])
    thread.start()
    while not hasattr(sys.modules.get("slow_to_load"), "begun"):
        time.sleep(0.001)
    assert load("json") is sys.modules["json"]
    assert not hasattr(sys.modules["slow_to_load"], "ended")
    assert load("slow_to_load").ended
    thread.join()


def test_what_is_not_there_is_named():
    with pytest.raises(ModuleNotFoundError) as told:
        load("tl_core.no_such_module")
    assert told.value.name == "tl_core.no_such_module"

#!/usr/bin/env bash
# One thread imports keras, another one tensorflow, at the same time: neither gets it.
#
# Seen with keras 3.15.1 and tensorflow-cpu 2.21.0 on Python 3.11. Imports are said to be safe in threads: Python
# holds a lock for each module. But the modules of TensorFlow import each other in circles, and keras enters the
# circle at another place than ``import tensorflow`` does. Each thread comes to a module that the other one is in
# the middle of; Python notices that waiting would never end, lets one of them have the half module, and there is
# an AttributeError in one thread and a _DeadlockError in the other. A program that loads its models in one
# thread and something with TensorFlow in another one fails at random, on a busy machine above all. Once all of
# it is there every thread can import it; a lock of one's own around the first import is enough.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv environment
environment/bin/pip install -q keras==3.15.1 tensorflow-cpu==2.21.0
cat > seen.py <<'PYTHON'
import importlib
import sys
import threading
from contextlib import nullcontext
from importlib.metadata import version

lock = threading.Lock() if sys.argv[1] == "locked" else nullcontext()
said = {}


def fetch(name):
    try:
        with lock:
            importlib.import_module(name)
        said[name] = "imported"
    except Exception as error:
        said[name] = f"{type(error).__name__}: {error}".split(" at ")[0]


threads = [threading.Thread(target=fetch, args=[name]) for name in ("keras", "tensorflow")]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(f"keras {version('keras')}, tensorflow {version('tensorflow-cpu')}, {sys.argv[1]}")
for name, what in sorted(said.items()):
    print(f"  {name}: {what}")
failed = [name for name, what in said.items() if what != "imported"]
assert bool(failed) is (sys.argv[1] == "free"), "this has changed"
PYTHON
export KERAS_BACKEND=tensorflow TF_CPP_MIN_LOG_LEVEL=3
environment/bin/python seen.py free
environment/bin/python seen.py locked

#!/usr/bin/env bash
# Asked without an interval, psutil's share of the processor "since the last call" stays 0.0 for ever where each
# question is asked in a thread of its own, as in a web server: not the first answer alone is wrong, as it is
# documented, but every one.
#
# Seen with psutil 7.2.2: cpu_percent() remembers what it saw last by the id of the thread. In one thread the
# second call says how busy the machine was; in new threads every call is a first one and says 0.0.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv environment
environment/bin/pip install -q psutil==7.2.2
cat > seen.py <<'PYTHON'
import threading
import time

import psutil


def busy(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


def main():
    psutil.cpu_percent()
    here, there, threads = [], [], []
    for _ in range(4):
        busy(0.5)
        here.append(psutil.cpu_percent())
        # Threads that still run, so that none gets the id of one before it.
        ended, said = threading.Event(), []
        thread = threading.Thread(
            target=lambda said=said, ended=ended: (said.append(psutil.cpu_percent()), ended.wait())
        )
        thread.start()
        while not said:
            time.sleep(0.01)
        there += said
        threads.append((thread, ended))
    for thread, ended in threads:
        ended.set()
        thread.join()
    print(f"psutil {psutil.__version__}")
    print(f"asked again in one thread:   {here}")
    print(f"asked in a new thread each:  {there}")
    assert all(share > 0 for share in here), "the machine was idle"
    assert not any(there), "this has changed"


main()
PYTHON
environment/bin/python seen.py

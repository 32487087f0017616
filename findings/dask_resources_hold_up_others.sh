#!/usr/bin/env bash
# A task that waits for a resource of its worker holds up every later task with resources on that worker,
# also those that need only what is free.
#
# Seen with distributed 2026.8.0: a worker has four threads and the resources a=1 and b=3. One task holds a.
# A second one wants a and b, and has to wait. A third one wants one b, of which three are free, and does not
# start until the first has ended. Resources look like independent counters; the worker keeps one queue for
# all tasks with resources, ordered by priority, and stops at the first that does not fit.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv environment
environment/bin/pip install -q distributed==2026.8.0
cat > seen.py <<'PYTHON'
import time

import distributed
from distributed import Client, LocalCluster


def hold(seconds):
    time.sleep(seconds)
    return time.time()


def now():
    return time.time()


def main():
    with (
        LocalCluster(
            n_workers=1, threads_per_worker=4, resources={"a": 1, "b": 3}, dashboard_address=None
        ) as cluster,
        Client(cluster) as client,
    ):
        delays = {}
        for blocked in (False, True):
            first = client.submit(hold, 6, pure=False, resources={"a": 1})
            time.sleep(1)
            if blocked:
                both = client.submit(now, pure=False, resources={"a": 1, "b": 1}, priority=10)
                time.sleep(1)
            asked = time.time()
            third = client.submit(now, pure=False, resources={"b": 1})
            delays[blocked] = third.result(timeout=60) - asked
            first.result(timeout=60)
        print(f"distributed {distributed.__version__}")
        print(f"b alone, while a is held:                        {delays[False]:.1f} s")
        print(f"b alone, while another task waits for a and b:   {delays[True]:.1f} s")
        assert delays[False] < 1 < 3 < delays[True], "this has changed"


if __name__ == "__main__":
    main()
PYTHON
environment/bin/python seen.py

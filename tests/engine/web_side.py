"""The web process's side of a cluster, on whichever host it is started: answers lines with lines of JSON."""

import json
import os
import sys

from tl_core import runs, settings
from tl_core.engine.client import Engine
from tl_core.engine.questions import PING
from tl_core.errors import LabError
from tl_core.runs.snapshots import snapshot

SECONDS = 60


def wait(engine, *_):
    return engine.wait(SECONDS)


def status(engine, *_):
    found = engine.status
    return {"state": found.state, "problems": [str(problem) for problem in found.problems]}


def ask(engine, *_):
    try:
        return engine.ask(PING, echo="hello", seconds=SECONDS)
    except LabError as error:
        return str(error)


def workers(engine, *_):
    """Return (address, resources, port of its pages, process id) of every worker."""
    if not engine._connection:  # the scheduler is not there yet
        return []
    infos = engine._connection.client.scheduler_info(n_workers=-1)["workers"]
    pids = engine._connection.client.run(os.getpid, on_error="ignore")
    return [
        [key, [*info["resources"]], info["services"].get("dashboard"), pids.get(key)]
        for key, info in infos.items()
    ]


def busy(engine, *_):
    """Return the process ids of the workers that have work now."""
    working = [key for key, keys in engine._connection.client.processing().items() if keys]
    return list(engine._connection.client.run(os.getpid, workers=working).values())


def submit(engine, identifier):
    engine.submit(runs.get_run(identifier))


def shot(_engine, identifier):
    found = snapshot(runs.get_run(identifier))
    return {
        "state": found.state,
        "error": found.error,
        "done": {phase.name: phase.done for phase in found.phases},
    }


def main():
    engine = Engine(settings.current())
    engine.start()
    try:
        for line in sys.stdin:
            name, *arguments = line.split()
            print(json.dumps(globals()[name](engine, *arguments)), flush=True)
    finally:
        engine.stop()


if __name__ == "__main__":
    main()

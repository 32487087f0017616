"""What benchmarks that train share: a folder of photos, a real engine, and runs that are waited for."""

import os
import tempfile
import time
from contextlib import contextmanager

from tl_core import settings
from tl_core.datasets.bringing.importer import folder_entries, import_entries
from tl_core.engine.client import Engine
from tl_core.runs.snapshots import JobState, snapshot
from tl_core.training import open_training

START_SECONDS = 300
RUN_SECONDS = 4 * 3600
LOOK_SECONDS = 0.02


@contextmanager
def engine_and_photos(folder, data=None):
    """Yield an engine that is ready, and the dataset of a folder.

    Args:
        folder: with train and validation, each of class folders, or of class folders alone.
        data: data folder, where what is done already is not done again; None: a temporary one.
    """
    with tempfile.TemporaryDirectory() as temporary:
        os.environ["TL_DATA_DIR"] = str(data or temporary)
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        photos = import_entries(folder_entries(folder), folder.name, lambda *_: None)
        engine = Engine(settings.current())
        engine.start()
        try:
            assert engine.wait(START_SECONDS), "the engine did not start"
            yield engine, photos
        finally:
            engine.stop()


def train(engine, config):
    """Train what `config` says, unless that is done already; returns the run once it is."""
    run = open_training(config)
    if snapshot(run).state is not JobState.DONE:
        engine.submit(run)
    deadline = time.monotonic() + RUN_SECONDS
    while (shot := snapshot(run)).state.live:
        assert time.monotonic() < deadline, f"not done after {RUN_SECONDS} s: {shot}"
        time.sleep(LOOK_SECONDS)
    assert shot.state is JobState.DONE, shot
    return run

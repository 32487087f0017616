"""What benchmarks that train share: a folder of photos, a real engine, and runs that are waited for."""

import math
import os
import statistics
import tempfile
import time
from contextlib import contextmanager

from tl_core import settings
from tl_core.datasets.bringing.importer import folder_entries, import_entries
from tl_core.engine.client import Engine
from tl_core.results.metrics import read_metrics
from tl_core.runs import PROGRESS
from tl_core.runs.progress import read_events
from tl_core.runs.snapshots import JobState, snapshot
from tl_core.statistics import Proportion, wilson_interval
from tl_core.training import open_training
from tl_core.wording import percent

START_SECONDS = 300
RUN_SECONDS = 4 * 3600
LOOK_SECONDS = 0.5
CELLS = "accuracy of each seed | mean, 95 % | seconds, each seed"
"""Heads of what `seed_cells` returns."""
CLOSE_LOOK_SECONDS = 0.02
"""For whom the seconds until the result are what is measured; for hours it would cost what trains."""


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
        with ready_engine() as engine:
            yield engine, photos


@contextmanager
def ready_engine():
    """Yield an engine that is ready, with the settings of now."""
    engine = Engine(settings.current())
    engine.start()
    try:
        assert engine.wait(START_SECONDS), "the engine did not start"
        yield engine
    finally:
        engine.stop()


def train(engine, config, *, look_seconds=LOOK_SECONDS):
    """Train what `config` says, unless that is done already; returns the run once it is.

    Args:
        engine: one that is ready, or starts.
        config: of the training.
        look_seconds: from one look whether it is over to the next.
    """
    run = open_training(config)
    if snapshot(run).state is not JobState.DONE:
        engine.submit(run)
    deadline = time.monotonic() + RUN_SECONDS
    while (shot := snapshot(run)).state.live:
        assert time.monotonic() < deadline, f"not done after {RUN_SECONDS} s: {shot}"
        time.sleep(look_seconds)
    assert shot.state is JobState.DONE, shot
    return run


def reached(run):
    """Return what a run was right about in the end, and its seconds."""
    metrics = read_metrics(run)
    return metrics.validation, metrics.seconds


def reached_with_the_head(run):
    """Return what a run had been right about when its blocks began to learn, and the seconds until then.

    The last epoch of its first phase counts; one that was interrupted in it has no seconds (NaN).
    """
    shot, n = snapshot(run), read_metrics(run).validation.n
    before = [epoch for epoch in shot.epochs if not epoch["unfrozen"]]
    events = read_events(run.folder / PROGRESS)
    ends = {event["epoch"]: event["time"] for event in events if event["event"] == "epoch"}
    whole = shot.started < ends[1]
    seconds = ends[len(before)] - shot.started if whole else math.nan
    return Proportion(correct=round(before[-1]["val_accuracy"] * n), n=n), seconds


def seed_cells(found):
    """Return the cells of a table, under `CELLS`, for what runs that differ in their seeds have reached.

    The interval is Wilson's for the mean on so many photos: seeds that judge the same photos add none.
    """
    judged, seconds = zip(*found, strict=True)
    mean, n = statistics.mean(one.accuracy for one in judged), judged[0].n
    low, high = wilson_interval(round(mean * n), n)
    each = ", ".join(f"{one.accuracy:.4f}" for one in judged)
    took = ", ".join(f"{one:.0f}" for one in seconds)
    return f"{each} | {mean:.4f}, {percent(low)} to {percent(high)} of {n} | {took}"

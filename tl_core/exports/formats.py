"""What can be taken home from a training: the formats as data, and the files that have been made.

    runs/<id>/exports/<format>-<trained>.zip     the network with README.md, use.py, photos and their scores
                      <format>-<trained>.json    how closely it agrees with the run; written last

`trained` changes when a stopped run is trained further: what was made before is then no longer offered. A
file is offered only after a fresh program has read it and given the enclosed photos the run's scores.
Nothing that a visitor uploads is ever read in these formats: they are downloads only. All of them can be made
again, so the ones that nobody has looked at for the longest time leave first (``TL_EXPORT_QUOTA_MB``).
"""

import functools
import importlib.util
import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from tl_core import files, runs
from tl_core.checks import JobConfig, look_up
from tl_core.errors import RunNotFound
from tl_core.exports.measured import Measured
from tl_core.runs import Run
from tl_core.wording import N_

FOLDER = "exports"
LOOKED_AT_SECONDS = 3600.0
"""How exactly it is noted when an export was looked at last."""
EXACT, ROUNDED, HALF, COARSE = 1e-5, 1e-3, 0.02, 0.25
"""Largest difference between probabilities: the same program elsewhere, another one, 16 bits, and 8."""

KERAS = "3.15"
"""What opens a `.keras` file of the lab, or a later one: since then Keras writes settings of initializers
(``input_axes``) that older ones refuse."""


@dataclass(frozen=True, kw_only=True)
class ExportFormat:
    """A form in which a trained network can leave the lab.

    Args:
        name: stable, part of file names.
        title: what people call it.
        purpose: what it is good for.
        file: what the network is called inside the zip.
        tolerance: largest difference from the run's probabilities with which it is offered.
        packages: Python packages that whoever uses it installs, as `pip` is told of them.
        extras: those of them that the lab itself does not bring, and needs to make it.
        measured: whether it is measured what the file takes, and what it costs.
    """

    name: str
    title: str
    purpose: str
    file: str
    tolerance: float = EXACT
    packages: tuple[str, ...]
    extras: tuple[str, ...] = ()
    measured: bool = False

    @property
    def named(self) -> str:
        """The packages as a shell needs them: a bare ``>`` would write to a file."""
        return " ".join(f'"{name}"' if ">" in name else name for name in self.packages)


_ALL = (
    ExportFormat(
        name="keras",
        title="Keras (.keras)",
        purpose=N_(
            "One file to load in Keras, 3.15 or later: go on training, or look at every layer."
        ),
        file="network.keras",
        packages=(f"keras>={KERAS}", "tensorflow", "numpy", "pillow"),
    ),
    ExportFormat(
        name="script",
        title=N_("Python script (.py)"),
        purpose=N_(
            "The whole training as plain Keras, with comments: run it on your images, and change it."
        ),
        file="train.py",
        packages=("keras", "tensorflow", "numpy", "pillow"),
    ),
    ExportFormat(
        name="litert",
        title="LiteRT (.tflite)",
        purpose=N_("For phones and small computers: Android, iOS, Raspberry Pi."),
        file="network.tflite",
        tolerance=ROUNDED,
        packages=("ai-edge-litert", "numpy", "pillow"),
        measured=True,
    ),
    ExportFormat(
        name="litert16",
        title=N_("LiteRT, 16 bits (.tflite)"),
        purpose=N_(
            "About half the size: weights are rounded to 16 bits. What that costs is measured on the "
            "held-out photos."
        ),
        file="network.tflite",
        tolerance=HALF,
        packages=("ai-edge-litert", "numpy", "pillow"),
        measured=True,
    ),
    ExportFormat(
        name="litert8",
        title=N_("LiteRT, 8 bits (.tflite)"),
        purpose=N_(
            "About a quarter of the size, for small devices: it computes with whole numbers of 8 bits, whose "
            "range 100 training photos have shown. What that costs is measured on the held-out photos."
        ),
        file="network.tflite",
        tolerance=COARSE,
        packages=("ai-edge-litert", "numpy", "pillow"),
        measured=True,
    ),
    ExportFormat(
        name="web",
        title=N_("Web page"),
        purpose=N_(
            "A page for photos and the camera, on any web server with https: the network runs in the "
            "browser, also on a phone and without internet."
        ),
        file="network.tflite",
        tolerance=ROUNDED,
        packages=("ai-edge-litert", "numpy", "pillow"),
    ),
    ExportFormat(
        name="savedmodel",
        title="TensorFlow SavedModel",
        purpose=N_("For servers: TensorFlow Serving, C++, Java, Go."),
        file="saved_model",
        packages=("tensorflow", "numpy", "pillow"),
    ),
    ExportFormat(
        name="onnx",
        title="ONNX (.onnx)",
        purpose=N_("For many other programs that run networks, also in the browser."),
        file="network.onnx",
        tolerance=ROUNDED,
        packages=("onnxruntime", "numpy", "pillow"),
        extras=("tf2onnx", "onnx", "onnxruntime"),
    ),
    ExportFormat(
        name="head",
        title=N_("What was learned, alone"),
        purpose=N_(
            "A description in JSON and the learned numbers as safetensors: small, and reading them runs no "
            "program."
        ),
        file="head.safetensors",
        packages=("safetensors", "numpy"),
    ),
)
_BY_NAME = {one.name: one for one in _ALL}


def list_formats() -> tuple[ExportFormat, ...]:
    """Return all formats, the usual one first."""
    return _ALL


def get_format(name: str) -> ExportFormat:
    """Return the format called `name`.

    Raises:
        SettingInvalid: if there is none of that name; the message lists the valid ones.
    """
    refusal = N_("There is no export format called {name}. Choose one of: {valid}.")
    return look_up(_BY_NAME, name, refusal)


@functools.cache
def missing_packages(name: str) -> tuple[str, ...]:
    """Return which extra packages this machine lacks for the format called `name`.

    Raises:
        SettingInvalid: see `get_format`.
    """
    extras = get_format(name).extras
    return tuple(package for package in extras if importlib.util.find_spec(package) is None)


@dataclass(frozen=True, kw_only=True)
class ExportConfig(JobConfig):
    """An export; equal configurations are the same job.

    Args:
        run: id of the training.
        format: name of the format.
        trained: which state of the training, see `trained_mark`.

    Raises:
        SettingInvalid: there is no such format.
    """

    KIND: ClassVar[str] = "export"

    run: str
    format: str
    trained: str

    def __post_init__(self) -> None:
        super().__post_init__()
        get_format(self.format)


def export_config(run: Run, name: str) -> ExportConfig:
    """Return the export of a training, as it is now, in the format called `name`.

    Raises:
        SettingInvalid: there is no such format.
        RunNotFound: the run has no result.
    """
    return ExportConfig(run=run.id, format=name, trained=trained_mark(run))


def trained_mark(run: Run) -> str:
    """Return 16 hex digits that change when a run is trained further, or again.

    Raises:
        RunNotFound: the run has no result.
    """
    try:
        return files.sha256_of_file(run.folder / runs.METRICS)[:16]
    except OSError:
        raise RunNotFound(
            "Run {id} is not trained yet, so there is nothing to take home. Wait until it is done.",
            id=run.id,
        ) from None


@dataclass(frozen=True, kw_only=True)
class Export:
    """A file that may be downloaded.

    Args:
        path: where it is.
        size: bytes.
        difference: largest one between its probabilities and the run's, on the enclosed photos.
        photos: how many are enclosed.
        measured: what the file takes and costs, for formats of which that is measured.
    """

    path: Path
    size: int
    difference: float
    photos: int
    measured: Measured | None = None


def export_path(run: Run, config: ExportConfig) -> Path:
    """Return where the zip of an export is kept; its record has the suffix ``.json``."""
    return run.folder / FOLDER / f"{config.format}-{config.trained}.zip"


def find_export(run: Run, config: ExportConfig) -> Export | None:
    """Return a file that was made and checked, or None."""
    path = export_path(run, config)
    try:
        record = files.read_json(path.with_suffix(".json"))
        size = path.stat().st_size
        if size != record["size"]:
            return None
        return Export(
            path=path,
            size=size,
            difference=float(record["difference"]),
            photos=int(record["photos"]),
            # One of an earlier version, of which less was measured, is made anew.
            measured=(
                Measured.from_json(record["measured"])
                if get_format(config.format).measured
                else None
            ),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def note_look(export: Export) -> None:
    """Note that somebody looks at an export: the quota removes the others first."""
    note_look_at(export.path)


def note_look_at(path: Path) -> None:
    """Note the same of any zip in a folder of exports, by where it is."""
    with suppress(OSError):  # a disk that cannot be written to
        record = path.with_suffix(".json")
        if time.time() - record.stat().st_mtime > LOOKED_AT_SECONDS:
            os.utime(record)


def find_job(config: ExportConfig) -> Run | None:
    """Return the job that makes an export, or None if nobody has asked for it."""
    return runs.find_run(config)

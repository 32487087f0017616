"""The job behind "Take it home": write a network in one format, check it in a fresh program, pack it.

    runs/<id>/exports/.tmp-.../           while it is made, with all that the programs below leave behind
                      <format>-...zip     afterwards, see `tl_core.exports.formats`

Two programs are started, one after the other: the first writes the files (`tl_core.models.exports.files`),
the second is the ``use.py`` that lies among them, and has to come to the run's scores.
"""

import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from tl_core import files, images
from tl_core.answers.prediction import trained_network
from tl_core.checks import Json
from tl_core.datasets.catalogue import get_dataset, notice_file
from tl_core.datasets.splits import Split
from tl_core.errors import DatasetRefused, EngineUnavailable, LabError, SettingInvalid
from tl_core.exports import (
    MEASURED,
    ExportConfig,
    ExportFormat,
    export_path,
    find_export,
    get_format,
    missing_packages,
    trained_mark,
)
from tl_core.exports.kept import drop_oldest
from tl_core.exports.readme import readme
from tl_core.exports.texts import DIFFERENCE, network_json, use_script
from tl_core.machine.folders import data_folder_trouble
from tl_core.machine.refusals import explain
from tl_core.models.exports.files import PIXELS, REFUSED, only_for_the_check
from tl_core.models.exports.photos import photos_of_run
from tl_core.results import scores
from tl_core.results.metrics import read_metrics, read_model
from tl_core.runs import Run
from tl_core.runs.reporting import Reporter, check_cancel
from tl_core.settings import PROJECT
from tl_core.training import Training, get_training
from tl_core.wording import N_

WRITER = "tl_core.models.exports.files"
PHASE = N_("Write the file, then check it in a fresh program")
STEPS = 3
PHOTOS = 3
SECONDS_BETWEEN_LOOKS = 0.2
ENVIRONMENT = {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "2"}


def run_export(run: Run) -> None:
    """Make the file that an export job asks for, unless it is there.

    Raises:
        JobCancelled: somebody pressed Stop; nothing is left behind.
        RunNotFound: the training is gone, or its files are damaged.
        SettingInvalid: the format needs packages that are not installed, or the training has gone on.
        WeightsMissing: the backbone's weights are not on this machine.
        EngineUnavailable: the format cannot hold this network.
        DiskUnusable: the disk is full, read-only, gone, or fails.
    """
    config = ExportConfig.from_json(run.config)
    trained = get_training(config.run)
    _check(trained, config)
    if find_export(trained, config):
        return
    report = Reporter(run, PHASE, STEPS)
    path = export_path(trained, config)
    path.parent.mkdir(exist_ok=True)
    with files.temporary_folder(path.parent) as folder:
        (folder / "export").mkdir()
        _make(run, trained, config, folder, report)
    drop_oldest(keep=path)


def _check(trained: Training, config: ExportConfig) -> None:
    if missing := missing_packages(config.format):
        raise SettingInvalid(
            "{title} needs Python packages that are not installed here. Whoever runs this lab can add them: "
            "pip install {packages}",
            title=get_format(config.format).title,
            packages=" ".join(missing),
        )
    if trained_mark(trained) != config.trained:
        raise SettingInvalid(
            "Run {id} was trained further since this export was asked for. Ask for it again.",
            id=trained.id,
        )


def _make(
    run: Run, trained: Training, config: ExportConfig, folder: Path, report: Reporter
) -> None:
    form, content = get_format(config.format), folder / "export"
    pixels = _photos(trained)
    expected = scores.probabilities(trained_network(trained)(pixels))
    contract = _contract(trained, form, expected)
    _write_photos(content, pixels, contract)
    _write_notice(content, trained)
    np.save(folder / PIXELS, pixels)
    report(1, STEPS)
    writer = ["-m", WRITER, trained.id, form.name, str(content)]
    if status := run_program(run, writer, inside=PROJECT, printed=folder / "printed.txt"):
        raise refusal_of(status) or EngineUnavailable(
            "This network could not be written as {title}. Choose another format; the engine's log says why.",
            title=form.title,
        )
    report(2, STEPS)
    difference = _checked(run, form, content)
    (content / "README.md").write_text(readme(form, contract, difference), "utf-8")
    path = export_path(trained, config)
    for old in path.parent.glob(f"{form.name}-*"):  # of a state that was trained further since
        old.unlink()
    _pack(run, content, path, left_out=only_for_the_check(trained, form.name))
    record = {"size": path.stat().st_size, "difference": difference, "photos": len(pixels)}
    if form.measured:
        record["measured"] = files.read_json(content / MEASURED)
    files.write_json(path.with_suffix(".json"), record)
    report(STEPS, STEPS)


def _photos(trained: Training) -> NDArray[np.uint8]:
    """Return a few validation photos of different classes: ``(n, size, size, 3) uint8``."""

    def chosen(sides: Split) -> list[int]:
        side = sides.validation  # in the order of their classes
        return sorted({side[0], side[len(side) // 2], side[-1]})

    return np.stack(photos_of_run(trained, chosen, "*-0.webp")[:PHOTOS])


def _contract(trained: Training, form: ExportFormat, expected: NDArray[np.float64]) -> Json:
    photos = [
        {"file": f"photos/{number}.png", "scores": row}
        for number, row in enumerate(expected.tolist(), start=1)
    ]
    return network_json(
        form,
        trained.settings,
        read_model(trained),
        read_metrics(trained).validation,
        photos,
    )


def _write_photos(content: Path, pixels: NDArray[np.uint8], contract: Json) -> None:
    (content / "photos").mkdir()
    for photo, picture in zip(contract["photos"], pixels, strict=True):
        (content / photo["file"]).write_bytes(images.encode_png(picture))
    files.write_json(content / "network.json", contract)


def _write_notice(content: Path, trained: Training) -> None:
    """Lay beside the photos who made them, as the licences of built-in ones ask for."""
    with suppress(DatasetRefused):  # deleted: it was no built-in one
        if notice := notice_file(get_dataset(trained.settings.dataset)):
            files.write_bytes(content / "photos" / notice.name, notice.read_bytes())


def _checked(run: Run, form: ExportFormat, content: Path) -> float:
    """Let ``use.py`` read the files and score the photos; returns the largest difference."""
    (content / "use.py").write_text(use_script(form), "utf-8")
    printed = content.parent / "printed.txt"
    failed = run_program(run, ["-B", "use.py"], inside=content, printed=printed)
    lines = [line for line in printed.read_text().splitlines() if line.startswith(DIFFERENCE)]
    if not lines:
        raise data_folder_trouble() or EngineUnavailable(
            "The {title} file was written, but a fresh program could not use it. Choose another format; the "
            "engine's log says why.",
            title=form.title,
        )
    difference = float(lines[-1].removeprefix(DIFFERENCE))
    if failed:
        raise EngineUnavailable(
            "The {title} file gives other scores than the run: they differ by {difference}, and {tolerance} "
            "is the most that is allowed. Choose another format.",
            title=form.title,
            difference=f"{difference:.1e}",
            tolerance=f"{form.tolerance:g}",
        )
    return difference


def run_program(run: Run, arguments: Sequence[str], *, inside: Path, printed: Path) -> int:
    """Run Python to its end, or to Stop; returns its exit status, 0 where all went well.

    Args:
        run: the job that may be stopped.
        arguments: of the interpreter.
        inside: the folder to run in.
        printed: file for what it prints; its errors go to the log of this process.

    Raises:
        JobCancelled: somebody pressed Stop.
    """
    with printed.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=inside,
            env=os.environ | ENVIRONMENT | {"TMPDIR": str(printed.parent)},
            stdin=subprocess.PIPE,
            stdout=output,
        )
    assert process.stdin is not None
    with process.stdin:  # closes when this process is gone, too
        try:
            while process.poll() is None:
                check_cancel(run)
                time.sleep(SECONDS_BETWEEN_LOOKS)
        finally:
            process.kill()
            process.wait()
    return process.returncode


def refusal_of(status: int) -> LabError | None:
    """Return what the machine refused a program that ended with `status`, or None."""
    return explain(OSError(status - REFUSED, "")) or data_folder_trouble()


def _pack(run: Run, content: Path, path: Path, *, left_out: set[str]) -> None:
    """Put the files into a zip, which appears when it is complete."""
    folder = PurePosixPath(path.stem)
    with (
        files.new_file(path) as temporary,
        # Learned numbers hardly get smaller, and Stop must not wait for the attempt.
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive,
    ):
        for file in sorted(content.rglob("*")):
            name = file.relative_to(content).as_posix()
            if file.is_file() and name not in left_out:
                check_cancel(run)
                archive.write(file, str(folder / name))

"""Where a backbone's ImageNet weights are on this machine, and how they get here.

A file is looked for in its Python package, in the operator's folder (``TL_WEIGHTS_DIR``) and in the
cache (``weights/`` in the data folder), and is used only if its size and hash are right, or, where a
backbone's arrays are known, if they are in it.
"""

import hashlib
import logging
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from tl_core.backbones import known_arrays
from tl_core.backbones.registry import get_backbone
from tl_core.backbones.spec import BackboneSpec, WeightsFile
from tl_core.downloads import fetch
from tl_core.errors import DownloadFailed, SettingInvalid, WeightsMissing
from tl_core.files import sha256_of_file, sha256_of_json
from tl_core.runs.reporting import OnProgress
from tl_core.settings import current
from tl_core.wording import N_

logger = logging.getLogger(__name__)

WEIGHTS = ("imagenet", "random")

Place = Literal["package", "folder", "cache"]


def weights_source(name: str) -> Literal["package", "folder", "cache", "missing"]:
    """Return where the ImageNet weights of backbone `name` are; a look at file names only."""
    return next((place for place, path, _ in _places(name) if path.is_file()), "missing")


def find_weights(name: str) -> Path:
    """Return a file with the ImageNet weights of backbone `name`, its hash or its arrays checked.

    Raises:
        WeightsMissing: if there is none, or none that is what it should be.
    """
    spec = get_backbone(name)
    weights = _published(spec)
    found, refusal = _look(spec)
    if found:
        return found
    raise refusal or _missing(spec, weights)


def ensure_weights(name: str, on_progress: OnProgress) -> Path:
    """Return the file with the ImageNet weights of backbone `name`, downloaded if need be.

    Args:
        name: of the backbone.
        on_progress: called with bytes done, bytes in all and a message.

    Raises:
        WeightsMissing: if they come in a Python package that is not installed, or if there is a file that is
            not used and the network does not help.
        DownloadFailed: if there is no network, or what came is not the file.
    """
    spec = get_backbone(name)
    weights = _published(spec)
    found, refusal = _look(spec)
    if found:
        return found
    if not weights.url:
        raise refusal or _missing(spec, weights)
    try:
        return _download(weights, on_progress)
    except DownloadFailed as error:
        logger.warning("weights of %s: %s", name, error)
        raise refusal or _not_downloaded(spec, weights) from error


def _look(spec: BackboneSpec) -> tuple[Path | None, WeightsMissing | None]:
    """Return the first file that is right, or why the first that is here is not used."""
    first = None
    for place, path, weights in _places(spec.name):
        if path.is_file():
            refusal = _refusal(spec, place, path, weights)
            if refusal is None:
                return path, None
            first = first or refusal
    return None, first


def _refusal(
    spec: BackboneSpec, place: Place, path: Path, weights: WeightsFile
) -> WeightsMissing | None:
    if is_intact(path, weights):
        return None
    # Of a package only the file that was seen is read.
    if place == "package" or not weights.arrays_sha256:
        return WeightsMissing(
            "The file {file} is damaged: its size or checksum is not the published one. "
            "Delete it and fetch it again, or choose EfficientNet-Lite0.",
            file=path.name,
        )
    try:
        known_arrays.read_known(spec, path)
    except WeightsMissing as refusal:
        return refusal
    return None


def is_intact(path: Path, weights: WeightsFile) -> bool:
    """Tell whether the file at `path` has the published size and hash."""
    if path.stat().st_size != weights.size_bytes:
        return False
    if weights.sha256:
        return sha256_of_file(path) == weights.sha256
    if weights.md5:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "md5").hexdigest() == weights.md5
    return True


def weights_sha256(name: str, weights: str = "imagenet", seed: int = 0) -> str:
    """Return 64 hex digits that stand for these weights in the key of cached features.

    The published hash is used, so that large files are not read again for every key.

    Args:
        name: of the backbone.
        weights: ``imagenet`` or ``random``.
        seed: of the random weights.

    Raises:
        SettingInvalid: if `weights` is something else.
        WeightsMissing: if the file has no published hash and is not here to be read.
    """
    check_weights(weights)
    if weights == "random":
        return sha256_of_json(["random", name, seed])
    file = _published(get_backbone(name))
    if file.md5:
        return sha256_of_json(["md5", file.md5])
    return file.sha256 or sha256_of_file(find_weights(name))


def check_weights(weights: str) -> None:
    """Refuse weights that are neither ``imagenet`` nor ``random``.

    Raises:
        SettingInvalid: names the valid ones.
    """
    if weights not in WEIGHTS:
        raise SettingInvalid(
            "Weights must be one of {valid}, received {value}.",
            valid=", ".join(WEIGHTS),
            value=weights,
        )


def _places(name: str) -> Iterator[tuple[Place, Path, WeightsFile]]:
    """Yield where weights may be, and what they are to be; the file need not be there."""
    weights = get_backbone(name).weights
    if weights is None:
        return
    settings = current()
    packaged = weights.packaged
    if packaged and (not packaged.reader or find_spec(packaged.reader)):
        # Finding a module does not run it: its code is not ours.
        module = find_spec(packaged.package.replace("-", "_"))
        for folder in (module and module.submodule_search_locations) or ():
            yield "package", Path(folder) / "models" / packaged.file, packaged
    if settings.weights_dir:
        yield "folder", settings.weights_dir / weights.file, weights
        for path in _others(name, weights, settings.weights_dir):
            yield "folder", path, weights
    yield "cache", settings.data_dir / "weights" / weights.file, weights


def _others(name: str, weights: WeightsFile, folder: Path) -> list[Path]:
    """Return the files of an operator's folder that may hold known arrays, by their names."""
    if not weights.arrays_sha256:
        return []
    try:
        found = sorted(folder.iterdir())
    except OSError:  # there is no such folder, or it may not be read
        return []
    return [
        path
        for path in found
        if name in path.name.lower()
        and path.suffix.lower() in known_arrays.ENDINGS
        and path.name != weights.file
    ]


def _published(spec: BackboneSpec) -> WeightsFile:
    if spec.weights is None:
        raise WeightsMissing(
            "{title} has no ImageNet weights: it learns from scratch. Choose random weights.",
            title=spec.title,
        )
    return spec.weights


def _missing(spec: BackboneSpec, weights: WeightsFile) -> WeightsMissing:
    if not weights.url:
        return WeightsMissing(
            "The weights of {title} come in a Python package that is not installed. Run: {command}",
            title=spec.title,
            command=weights.command,
        )
    if weights.command:
        return WeightsMissing(
            "The weights of {title} ({megabytes} MB) are not on this machine. Download them, put "
            "{file} into the folder TL_WEIGHTS_DIR, run {command} or choose EfficientNet-Lite0, which is "
            "built in.",
            title=spec.title,
            megabytes=round(weights.size_bytes / 1e6),
            file=weights.file,
            command=weights.command,
        )
    return WeightsMissing(
        "The weights of {title} ({megabytes} MB) are not on this machine. Download them, put "
        "{file} into the folder TL_WEIGHTS_DIR, or choose EfficientNet-Lite0, which is built in.",
        title=spec.title,
        megabytes=round(weights.size_bytes / 1e6),
        file=weights.file,
    )


def _not_downloaded(spec: BackboneSpec, weights: WeightsFile) -> DownloadFailed:
    if weights.command:
        return DownloadFailed(
            "The weights of {title} could not be downloaded. Check the network connection, put {file} into "
            "the folder TL_WEIGHTS_DIR, run {command} or choose EfficientNet-Lite0, which is built in.",
            title=spec.title,
            file=weights.file,
            command=weights.command,
        )
    return DownloadFailed(
        "The weights of {title} could not be downloaded. Check the network connection, put {file} into "
        "the folder TL_WEIGHTS_DIR, or choose EfficientNet-Lite0, which is built in.",
        title=spec.title,
        file=weights.file,
    )


def _download(weights: WeightsFile, on_progress: OnProgress) -> Path:
    target = current().data_dir / "weights" / weights.file
    fetch(
        weights.url,
        target,
        on_progress,
        max_bytes=weights.size_bytes,
        md5=weights.md5 or None,
        message=N_("Downloading weights"),
    )
    if is_intact(target, weights):
        return target
    target.unlink()
    raise DownloadFailed(
        "What came is not the published file {file}: its size is different. Try again later.",
        file=weights.file,
    )

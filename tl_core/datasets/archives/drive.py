"""Google packs what is large into several zips; each of them looks like a whole one."""

import re

from tl_core.wording import N_, Sentence, clean_text

PART = N_(
    "{title} is named like part {number} of a download from Google. If Google packed it into several zips, "
    "import this one, then add the photos of each other part to the same dataset with “Add photos”."
)
_NAME = re.compile(r"-[0-9]{8}T[0-9]{6}Z-(?:[0-9]{1,4}-)?(?P<part>[0-9]{3})\b")


def google_part(title: str) -> Sentence | None:
    """Return what is said of a file that is named like a part of a download from Google; None for others.

    Args:
        title: name of the uploaded file, with or without its ending.

    Example:
        >>> str(google_part("drive-download-20240101T000000Z-002.zip"))[:52]
        'drive-download-20240101T000000Z-002.zip is named lik'
        >>> google_part("holiday-001.zip") is None
        True
    """
    found = _NAME.search(title)
    if found is None:
        return None
    return Sentence.of(PART, {"title": clean_text(title)[-200:], "number": int(found["part"])})

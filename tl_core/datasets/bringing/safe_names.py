"""Names of people's own as names of files that every system can unpack."""

import re
from pathlib import PurePosixPath

from tl_core.wording import clean_text

LONGEST = 80
"""Characters of one step of a path: many of them stay below what Windows takes."""
_REFUSED = re.compile(r'[\\/:*?"<>|\x00-\x1f]')
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


def safe_name(text: str) -> str:
    r"""Return `text` as the name of a file or a folder on any system; its ending stays.

    Example:
        >>> safe_name("a/b: c?.jpg"), safe_name(".."), safe_name("con.png")
        ('a_b_ c_.jpg', '_', '_con.png')
    """
    name = _REFUSED.sub("_", clean_text(text)).strip(" .")
    suffix = PurePosixPath(name).suffix[:10]
    if len(name) > LONGEST:
        name = name.removesuffix(suffix)[: LONGEST - len(suffix)].rstrip(" .") + suffix
    return f"_{name}" if not name or _DEVICES.match(name) else name


class Distinct:
    """Gives names that differ in more than case, as some systems need it: the second one gets a number."""

    def __init__(self) -> None:
        self._used: set[str] = set()

    def of(self, path: str) -> str:
        """Return `path`, with a number before its ending where that has been given already."""
        whole = PurePosixPath(path)
        one, number = path, 1
        while one.casefold() in self._used:
            number += 1
            one = str(whole.with_name(f"{whole.stem}-{number}{whole.suffix}"))
        self._used.add(one.casefold())
        return one

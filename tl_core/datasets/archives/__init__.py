"""Archives as people bring them: the files in them, and what a file is that is no archive."""

from tl_core.datasets.archives.drive import google_part
from tl_core.datasets.archives.formats import kind_of, what_it_is
from tl_core.datasets.archives.opening import opened

__all__ = ["google_part", "kind_of", "opened", "what_it_is"]

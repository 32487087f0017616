"""Downloads that can be stopped at any time, and end with a whole, checked file or with none."""

from tl_core.downloads.fetching import fetch
from tl_core.downloads.following import Meter, Stopped, follow

__all__ = ["Meter", "Stopped", "fetch", "follow"]

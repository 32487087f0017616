"""What the operating system lets this process use."""

import sys

ENOUGH = 65_536
"""Files and sockets; a hard limit may be a thousand times as high, and some go through all numbers."""
MOST_ON_MACOS = 10_240
"""What macOS takes where it calls the hard limit infinite."""


def allow_open_files() -> None:
    """Raise the soft limit of open files and sockets to the hard one, at most to `ENOUGH`.

    A visitor takes four of them, and three stay for two minutes after a reload: the 256 of macOS, or of a
    service manager, are used up by one class. Processes that are started later have the new limit too.
    Windows knows no such limit.
    """
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ENOUGH if hard == resource.RLIM_INFINITY else min(hard, ENOUGH)
    if sys.platform == "darwin":
        wanted = min(wanted, MOST_ON_MACOS)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))

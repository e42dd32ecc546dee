"""What the process may take from the system."""

import resource

#: Files that may be open at once: connections, and three for each warm process of a function. Many systems begin with
#: 256 or 1,024.
OPEN_FILES = 8192


def limit_open_files() -> None:
    """Allows `OPEN_FILES` files, or fewer where the system does not let us have as many."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = OPEN_FILES if most == resource.RLIM_INFINITY else min(most, OPEN_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, most))

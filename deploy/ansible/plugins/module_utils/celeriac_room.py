"""How much a host's disk has room for; one answer for the preflight and for what unpacks."""

from __future__ import annotations

import shutil
from pathlib import Path

# A host that is filled to the last byte cannot write its journal either.
RESERVE = 200 * 1024 * 1024


def there(root: Path) -> Path:
    """Return the folder, or the nearest one above it that exists."""
    return next(folder for folder in (root, *root.parents) if folder.exists())


def free(root: Path) -> int:
    """Return the bytes that are free where ``root`` is or would be."""
    return shutil.disk_usage(there(root)).free

"""The archives of a run's releases, on the control host and on the build host."""

from __future__ import annotations

from pathlib import Path

from celeriac.environments import STATE
from soak.place import APPLICATION, Place

ARCHIVES = STATE / "cache/releases" / APPLICATION
_ON_BUILD_HOST = Path("/var/lib/celeriac/build/archives", APPLICATION)


def remove(place: Place, since: str, archives: Path = ARCHIVES) -> None:
    """Remove the archives and records of releases that were built since then (as in their names).

    Nothing goes back to them once the run is over, and each takes about 20 MB twice.
    """
    found = [path for path in archives.glob("*-*") if path.name >= since]
    for path in found:
        path.unlink()
    names = [str(_ON_BUILD_HOST / path.name) for path in found]
    if names:
        place.run(place.inventory.groups["build"][0], "rm", "--force", "--", *names)

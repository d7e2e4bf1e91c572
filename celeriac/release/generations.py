"""How many releases' workers finish their tasks on a host at the same time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from celeriac.release.order import RUNNING, Instances, release_of


def too_many(document: Mapping[str, Any], host: str, instances: Instances) -> str | None:
    """Return why a release's workers may not start beside those that still finish, or None.

    Where none finishes yet, waiting could not make it better, and nothing is refused.
    """
    release = (document["build"]["expected"] or {}).get("release")
    placed = document["hosts"].get(host, {"processes": []})["processes"]
    new = {
        f"{process['unit']}@{release}.service" for process in placed if process["kind"] == "worker"
    }
    workers = {
        name: found
        for name, found in instances.items()
        if name.startswith(f"celery-{document['application']}-")
    }
    running = {name for name, found in workers.items() if found["state"] in RUNNING}
    if new <= running:
        return None
    finishing = sorted({*workers} - running - new)
    already = {release_of(name) for name in finishing}
    then = already | {release_of(name) for name in running - new}
    limit = document["releases"]["draining"]
    if not already or len(then) <= limit:
        return None
    units = ", ".join(f"{name} ({workers[name]['status'] or 'no word'})" for name in finishing)
    return (
        f"{len(already)} releases still finish their tasks, {len(then)} would, and {limit} may "
        f"(releases/draining in celeriac.yml): {units}"
    )

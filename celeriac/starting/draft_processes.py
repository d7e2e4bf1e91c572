"""Queues, pools, web and beat of a draft."""

from __future__ import annotations

import re

from celeriac.description.processes import SCHEDULER
from celeriac.starting.evidence import Found, Place
from celeriac.starting.look import Findings
from celeriac.starting.queues import Queue
from celeriac.starting.settings import said
from celeriac.starting.yaml_text import comments, entry, guessed, listed, scalar

_SHOWN = 12  # tasks of a queue that are named
_NO_WORD = "guessed: the project says nothing of it"


def queues(found: Findings) -> list[str]:
    """Return the queues with the tasks that go to each."""
    lines = [f"# Tasks that were found: {len(found.tasks)}."]
    for place in found.queues.unread:
        lines.append(f"# {place} routes by code, which was not run: are these all queues?")
    lines.append("queues:")
    for queue in found.queues.queues.values():
        if found.integrated:
            lines.append(f"  {scalar(queue.name)}:")
            lines += listed("tasks", queue.modules, guessed(queue.place), 4)
        else:
            lines += _hosted(queue, found)
    if found.integrated:
        lines += entry("default_queue", found.queues.default, "guessed: it has the most tasks")
    return lines


def _hosted(queue: Queue, found: Findings) -> list[str]:
    mark = guessed(queue.place) if queue.place else "Celery's default queue"
    names = [f"{task.name} ({task.place})" for task in queue.tasks[:_SHOWN]]
    if more := len(queue.tasks) - len(names):
        names.append(f"and {more} more")
    if not queue.tasks:
        names = ["no task was found that goes there"]
    return [f"  {scalar(queue.name)}: {{}} # {mark}", *comments(names, 4)]


def pool_names(found: Findings) -> dict[str, str]:
    """Return the name of each queue's pool: the queue's own, as units can carry it."""
    names: dict[str, str] = {}
    for queue in found.queues.queues:
        name = re.sub(r"[^a-z0-9]+", "-", queue.lower()).strip("-")[:30]
        name = name if re.match(r"[a-z]", name) else f"pool-{name}".strip("-")
        while name in names.values():
            name += "-2"
        names[queue] = name
    return names


def pools(found: Findings) -> list[str]:
    """Return a pool for each queue, so that none waits behind another."""
    lines = ["# One pool a queue, so that none waits behind another one's tasks.", "pools:"]
    limits = {
        name: limit
        for name in ("soft_time_limit", "time_limit")
        if (limit := said(found.celery, f"task_{name}", int)) and limit.value
    }
    for queue, pool in pool_names(found).items():
        lines += [f"  {pool}:", *entry("queues", [queue], "", 4)]
        lines += entry("concurrency", 2, _NO_WORD, 4)
        longest = _longest(found.queues.queues[queue])
        for name, limit in limits.items():
            if name == "time_limit" and longest and longest.value > int(str(limit.value)):
                mark = guessed(longest.place, "its longest task's own; a stop waits so long")
                lines += entry(name, longest.value, mark, 4)
            else:
                lines += entry(name, limit.value, guessed(limit.place), 4)
        lines += entry("memory", "512M", _NO_WORD, 4)
    return lines


def _longest(queue: Queue) -> Found[int] | None:
    """Return the longest time limit that a task of the queue has of its own, with its place."""
    own = [Found(task.time_limit, task.place) for task in queue.tasks if task.time_limit]
    return max(own, key=lambda one: one.value, default=None)


def web(found: Findings) -> list[str]:
    """Return the web process, nothing if the project has no WSGI or ASGI application."""
    serving = _serving(found)
    if serving is None:
        return []
    command, place = serving
    lines = ["web:", *entry("command", command, guessed(place), 2)]
    if found.integrated:
        lines += listed("publishes", list(found.queues.queues), "guessed: all queues", 2)
    lines += entry("processes", 2, _NO_WORD, 2) + entry("threads", 2, _NO_WORD, 2)
    lines += [*entry("memory", "512M", _NO_WORD, 2), "  health:"]
    if found.health:
        lines += entry("path", found.health.value, guessed(found.health.place), 4)
        return [*lines, *entry("codes", [200], "", 4)]
    lines += comments(["A page that asks the database would say more than this one."], 4)
    lines += entry("path", "/", "guessed: no health check in the root URL configuration", 4)
    return [*lines, *entry("codes", [200, 301, 302, 401, 403, 404], "", 4)]


def server_packages(found: Findings) -> list[str]:
    """Return the packages that the web command needs."""
    serving = _serving(found)
    if serving is None:
        return []
    return ["gunicorn", "uvicorn-worker"] if "-k" in serving[0] else ["gunicorn"]


def _serving(found: Findings) -> tuple[list[str], Place] | None:
    wsgi, asgi = found.project.wsgi, found.project.asgi
    if asgi and (wsgi is None or "ASGI_APPLICATION" in found.settings):
        worker = "uvicorn_worker.UvicornWorker"
        return ["gunicorn", "-k", worker, asgi.value], asgi.place
    return (["gunicorn", wsgi.value], wsgi.place) if wsgi else None


def beat(found: Findings) -> list[str]:
    """Return beat, nothing if nothing is periodic."""
    if found.beat is None:
        return []
    lines = ["beat:"]
    known = {task.name for task in found.tasks}
    lines += comments(
        f"{name}: {task}{'' if task in known else ' (not found: does a package bring it?)'}"
        for name, task in found.schedule.items()
    )
    lines[1:] = [f"  {line}" for line in lines[1:]]
    scheduler, place = found.beat.value, found.beat.place
    if scheduler == SCHEDULER and not found.integrated:
        scheduler = None
    if scheduler:
        lines += entry("scheduler", scheduler, guessed(place), 2)
    else:
        lines += comments([guessed(place, "Celery's own scheduler, on one host")], 2)
    if found.integrated:
        lines += listed("publishes", list(found.queues.queues), "guessed: all queues", 2)
    return [*lines, *entry("memory", "256M", _NO_WORD, 2)]


def key_prefix(found: Findings) -> tuple[str, Place | None]:
    """Return how the application's keys in the cache begin, as its settings say it or should."""
    caches = found.settings.get("CACHES")
    value = caches.value if caches else None
    default = value.get("default") if isinstance(value, dict) else None
    prefix = default.get("KEY_PREFIX") if isinstance(default, dict) else None
    if caches and isinstance(prefix, str) and prefix:
        return f"{prefix}:", caches.place
    return f"{found.name.value}:", None

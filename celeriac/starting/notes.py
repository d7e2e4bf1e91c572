"""What a person must know of a project before its first deploy, in sentences."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from celeriac.description.checks.queues import HOSTED_QUEUE
from celeriac.starting.evidence import Place
from celeriac.starting.look import Findings
from celeriac.starting.settings import Settings, said

_WIDTH = 96
_SERVED = re.compile(
    r"django\.db\.backends\.postgresql(_psycopg2)?|.*\.postgis|.*prometheus.*postgresql"
)


@dataclass(frozen=True)
class Note:
    """Something in the project that stands in the way, where it is, and what to do."""

    place: Place
    what: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}"

    def wrapped(self) -> list[str]:
        """Return it in lines of a comment's width."""
        return textwrap.wrap(str(self), _WIDTH, break_on_hyphens=False, break_long_words=False)


def notes(found: Findings) -> list[Note]:
    """Return the notes on a project, none twice."""
    kinds = (_unparsed, _broker, _queues, _database, _cache, _requirements)
    return list(dict.fromkeys(note for kind in kinds for note in kind(found)))


def _unparsed(found: Findings) -> Iterator[Note]:
    root_urls = said(found.settings, "ROOT_URLCONF", str)
    for file in found.project.tree.unparsed.values():
        if file.has_tasks:
            lost = "Its tasks are not in the draft: add their queues, and pools for them."
        elif file.path.name in {"wsgi.py", "asgi.py"}:
            lost = "The draft says nothing of it: look at `web`, and at `django/settings`."
        elif root_urls and file.module == root_urls.value:
            lost = "A health check in it is not in the draft: write it to `web/health`."
        else:
            lost = "Nothing of it is in the draft."
        newer = "" if isinstance(file.error, OSError) else " Is it written for a newer one?"
        yield Note(file.place, f"{file.why}.{newer} {lost}")


def _broker(found: Findings) -> Iterator[Note]:
    url = found.celery.get("broker_url")
    if url and isinstance(url.value, str):
        what = "the broker's URL stands there literally; CELERY_BROKER_URL wins over it"
        yield Note(url.place, f"{what}. Say os.environ['CELERY_BROKER_URL'] there.")
    for variable, place in found.connections.shared.items():
        what = f"Celery's broker is read from {variable}, which carries the cache in the draft, and"
        what += " must be RabbitMQ here. CELERY_BROKER_URL carries it, which Celery prefers:"
        yield Note(place, f"{what} say os.environ['CELERY_BROKER_URL'] there.")
    for name in ("task_queue_max_priority", "task_default_priority"):
        if setting := found.celery.get(name):
            what = "quorum queues take no priorities: give urgent tasks a queue of their own."
            yield Note(setting.place, what)
    queues = found.celery.get("task_queues")
    if queues and "x-max-priority" in queues.source.text:
        what = "quorum queues take no x-max-priority: give urgent tasks a queue of their own."
        yield Note(queues.place, what)
    if not found.integrated and "task_default_queue_type" not in found.celery:
        what = (
            "without task_default_queue_type = 'quorum' and task_default_exchange_type = 'topic' a few "
            "tasks with a countdown or retry can block a worker. Set both in Celery's settings."
        )
        yield Note(found.app.reference.place, what)


def _queues(found: Findings) -> Iterator[Note]:
    for queue in found.queues.queues.values():
        if queue.place and not found.integrated and not HOSTED_QUEUE.fullmatch(queue.name):
            better = re.sub(r"[^A-Za-z0-9_-]+", "-", queue.name).strip("-") or "tasks"
            what = f"`celeriac check` refuses the queue '{queue.name}': Celery separates queues by"
            what += " commas, so a name has neither these nor spaces. Call it"
            yield Note(queue.place, f"{what} {better} in the code and in the draft.")


def _database(found: Findings) -> Iterator[Note]:
    databases = found.settings.get("DATABASES")
    value = databases.value if databases else None
    default = value.get("default") if isinstance(value, dict) else None
    engine = default.get("ENGINE") if isinstance(default, dict) else None
    if databases and isinstance(engine, str) and not _SERVED.fullmatch(engine):
        yield Note(databases.place, f"the engine is {engine}, and the kit runs PostgreSQL.")
    if databases and "database" not in found.connections.services:
        what = "no variable carries the database, so processes will not find it."
        yield Note(databases.place, f"{what} Read DATABASE_URL there, and add it to connections.")


def _cache(found: Findings) -> Iterator[Note]:
    if "cache" not in found.connections.services:
        return
    place = next(
        place for expression, place in found.connections.carried.values() if expression == "cache.url"
    )  # fmt: skip
    if not _has_prefix(found.settings):
        what = f"set KEY_PREFIX = '{found.name.value}' in CACHES: the cache's user may touch no key"
        yield Note(place or Place("celeriac.yml"), f"{what} that begins otherwise.")
    backend = found.celery.get("result_backend")
    if backend and re.search(r"redis|REDIS", backend.source.text.splitlines()[backend.place.line - 1]):  # fmt: skip
        what = "results in Redis: set result_backend_transport_options['global_keyprefix'] alike."
        yield Note(backend.place, what)


def _requirements(found: Findings) -> Iterator[Note]:
    for line in found.requirements.left_out:
        what = f"`{line.value}` is left out: `packages` takes no options of pip, and no folders."
        yield Note(line.place, what)


def _has_prefix(settings: Settings) -> bool:
    caches = settings.get("CACHES")
    value = caches.value if caches else None
    default = value.get("default") if isinstance(value, dict) else None
    return isinstance(default, dict) and isinstance(default.get("KEY_PREFIX"), str)

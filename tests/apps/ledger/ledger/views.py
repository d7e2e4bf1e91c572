"""Each request accepts tasks: their entries and their messages in one transaction."""

import uuid
from collections.abc import Iterable
from os import environ

from celery import chain as make_chain
from celery import chord as make_chord
from celery.canvas import Signature
from django.db import connection, transaction
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_GET, require_POST

from ledger import planted
from ledger.celery import app
from ledger.models import Accepted
from ledger.tasks import slow as slow_tasks
from ledger.tasks import work as tasks

MOST = 2000  # tasks of one bulk request


@require_POST
def work(request: HttpRequest) -> JsonResponse:
    task = named(tasks.enter.s(1))
    return accept(task, [entry(task, "work", 1)])


@require_POST
def bulk(request: HttpRequest) -> JsonResponse:
    """Accept `n` tasks at once."""
    number = min(int(request.GET["n"]), MOST)
    each = [named(tasks.enter.s(value)) for value in range(number)]
    entries = [entry(task, "bulk", value) for value, task in enumerate(each)]
    with transaction.atomic():
        Accepted.objects.bulk_create(entries)
        with app.producer_pool.acquire() as producer:
            for task in each:
                if not planted.outbox_bypassed(task):
                    task.apply_async(producer=producer)
    return answer(entries)


@require_POST
def chain(request: HttpRequest) -> JsonResponse:
    first, second, third = (named(tasks.enter.s(1)), named(tasks.add.s(1)), named(tasks.add.s(1)))
    entries = [entry(task, "chain", n) for n, task in enumerate((first, second, third), 1)]
    return accept(make_chain(first, second, third), entries)


@require_POST
def chord(request: HttpRequest) -> JsonResponse:
    members = [named(tasks.enter.s(value)) for value in (1, 2, 3)]
    last = named(tasks.total.s())
    entries = [entry(task, "chord", value) for value, task in enumerate(members, 1)]
    return accept(make_chord(members, last), [*entries, entry(last, "chord", 6)])


@require_POST
def retry(request: HttpRequest) -> JsonResponse:
    """Accept a task that fails `failures` times before it succeeds."""
    failures = int(request.GET["failures"])
    task = named(tasks.stumble.s(1, failures))
    return accept(task, [entry(task, "retry", 1, runs=failures + 1)])


@require_POST
def slow(request: HttpRequest) -> JsonResponse:
    task = named(slow_tasks.linger.s(1, float(request.GET["seconds"])))
    return accept(task, [entry(task, "slow", 1)])


@require_POST
def hold(request: HttpRequest) -> JsonResponse:
    """Accept a task that takes so many milliseconds; its effect says how many."""
    milliseconds = int(request.GET["milliseconds"])
    task = named(slow_tasks.hold.s(milliseconds))
    return accept(task, [entry(task, "hold", milliseconds)])


@require_POST
def refused(request: HttpRequest) -> JsonResponse:
    task = named(tasks.refuse.s())
    return accept(task, [entry(task, "refused", None)])


@require_GET
def newest(request: HttpRequest) -> JsonResponse:
    """Read from the books, and accept nothing."""
    task = Accepted.objects.order_by("-pk").values_list("task_id", flat=True).first()
    return JsonResponse({"newest": task, "tasks": [], "release": environ["CELERIAC_RELEASE"]})


@require_GET
def health(request: HttpRequest) -> JsonResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"database": "ok"})


def named(task: Signature) -> Signature:
    """Give the task its id now, so that the books have it whatever is made of the task."""
    return task.set(task_id=str(uuid.uuid4()))


def entry(task: Signature, kind: str, value: int | None, runs: int = 1) -> Accepted:
    return Accepted(task_id=task.options["task_id"], kind=kind, value=value, runs=runs)


def accept(canvas: Signature, entries: Iterable[Accepted]) -> JsonResponse:
    entries = list(entries)
    with transaction.atomic():
        Accepted.objects.bulk_create(entries)
        if not planted.outbox_bypassed(canvas):
            canvas.apply_async()
    return answer(entries)


def answer(entries: list[Accepted]) -> JsonResponse:
    tasks = [entry.task_id for entry in entries]
    return JsonResponse({"tasks": tasks, "release": environ["CELERIAC_RELEASE"]}, status=201)

import socket
import uuid

from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from hello.celery import app
from hello.tasks import say_hello


@require_POST
def ask(request: HttpRequest) -> JsonResponse:
    task = say_hello.delay()
    answer = {"task": task.id, "url": reverse("answer", args=[task.id])}
    return JsonResponse(answer | {"publisher": socket.gethostname()}, status=202)


@require_GET
def answer(request: HttpRequest, pk: uuid.UUID) -> JsonResponse:
    task = app.AsyncResult(str(pk))
    return JsonResponse({"state": task.state, "result": task.result, "worker": task.worker})


@require_GET
def health(request: HttpRequest) -> JsonResponse:
    connection.ensure_connection()
    return JsonResponse({"database": "ok"})

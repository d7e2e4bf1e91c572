import uuid

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from project.runs.models import Run
from project.runs.owner import known_owner
from project.runs.status import describe, describe_all

SHOWN = 50  # of the newest runs in the list


@require_GET
@never_cache
def run_list(request: HttpRequest) -> HttpResponse:
    owner = known_owner(request)
    runs = describe_all(Run.objects.filter(owner=owner)[:SHOWN]) if owner else []
    return render(request, "runs/list.html", {"runs": runs})


@require_GET
@never_cache
def run_page(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return render(request, "runs/run.html", {"run": describe(_own(request, pk))})


@require_GET
@never_cache
def run_state(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return JsonResponse(describe(_own(request, pk)))


def _own(request: HttpRequest, pk: uuid.UUID) -> Run:
    """Return the run if this browser started it. Someone else's does not exist for it."""
    owner = known_owner(request)
    run = Run.objects.filter(pk=pk, owner=owner).first() if owner else None
    if run is None:
        raise Http404("No such task, or it was started from another browser.")
    return run

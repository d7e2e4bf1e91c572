from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from project.reports.kinds import KINDS
from project.runs.models import Run
from project.runs.owner import owner_of, remember


@require_GET
def report_list(request: HttpRequest) -> HttpResponse:
    return _page(request)


@require_POST
def start_report(request: HttpRequest, name: str) -> HttpResponse:
    kind = KINDS.get(name)
    if kind is None:
        raise Http404(f"There is no report {name!r}.")
    form = kind.form(request.POST, prefix=name)
    if not form.is_valid():
        return _page(request, refused={name: form}, status=HTTPStatus.BAD_REQUEST)
    owner = owner_of(request)
    work = kind.build(form.cleaned_data)
    run = Run.start(owner, kind.title, work.task, last=work.last, steps=work.steps)
    return remember(redirect("run", run.pk), owner)


def _page(request: HttpRequest, refused=None, status=HTTPStatus.OK) -> HttpResponse:
    """Show every report's form; `refused` has the one that was filled in wrongly."""
    forms = {name: kind.form(prefix=name) for name, kind in KINDS.items()} | (refused or {})
    reports = [(name, kind, forms[name]) for name, kind in KINDS.items()]
    return render(request, "reports/list.html", {"reports": reports}, status=status)

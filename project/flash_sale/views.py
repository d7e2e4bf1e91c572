from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from project.flash_sale import board

RETRY_AFTER = "60"  # seconds; the schedule writes about once a minute


@require_safe
def flash_sale_api(request: HttpRequest) -> HttpResponse:
    """Answer from Redis alone: the database may be away, and a crowd costs it nothing."""
    try:
        return JsonResponse(board.read())
    except board.ColdError as error:
        detail = f"{error} It is written about once a minute: try again then."
        return JsonResponse(
            {"detail": detail},
            status=HTTPStatus.SERVICE_UNAVAILABLE,
            headers={"Retry-After": RETRY_AFTER},
        )


@require_safe
def flash_sale_page(request: HttpRequest) -> HttpResponse:
    try:
        return render(request, "flash_sale/today.html", {"sale": board.read()})
    except board.ColdError:
        return render(
            request,
            "flash_sale/cold.html",
            status=HTTPStatus.SERVICE_UNAVAILABLE,
        )

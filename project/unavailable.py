"""What people see while the database is away, within a second."""

import logging

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from project import patience

logger = logging.getLogger(__name__)

RETRY_AFTER = "10"  # seconds


class DatabaseAwayMiddleware:
    """Answers 503 instead of 500 when a view could not reach the database."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        patience.begin()
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, OperationalError | InterfaceError):
            return None
        logger.error("%s %s: the database is away: %s", request.method, request.path, error)
        if request.path.startswith("/api/"):
            detail = "The database cannot be reached. Nothing was changed. Try again shortly."
            response: HttpResponse = JsonResponse({"detail": detail}, status=503)
        else:
            response = render(None, "503.html", status=503)
        response["Retry-After"] = RETRY_AFTER
        return response

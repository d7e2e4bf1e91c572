"""Whether this process can serve: the balancer and the deploy ask it."""

from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


@require_safe
@never_cache
def health(request: HttpRequest) -> HttpResponse:
    """200 when the database answers, 503 when it does not; bounded by its connect timeout.

    The broker is left out: tasks wait for it in the outbox, and nobody here talks to it.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (DatabaseError, InterfaceError):
        return JsonResponse({"database": "away"}, status=503)
    return JsonResponse({"database": "ok"})

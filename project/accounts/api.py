"""The JSON API: POST /api/accounts/ registers, POST /api/accounts/resend/ sends the mail again.

No cookie or login authorises anything here, so the views are exempt from the CSRF check.
"""

import json
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from project.accounts.delivery import ask_again, open_account
from project.accounts.forms import RegistrationForm, ResendForm
from project.accounts.registration import NameTakenError
from project.runs.owner import owner_of, remember

QUEUED = {"mail": "queued", "detail": "The activation mail is on its way."}


class NotJSONError(ValueError):
    """The body is not one JSON object in UTF-8."""


@csrf_exempt
@require_POST
def register_api(request: HttpRequest) -> HttpResponse:
    try:
        form = RegistrationForm(_body(request))
    except NotJSONError as error:
        return _refused({"body": [str(error)]})
    if not form.is_valid():
        return _refused(form.errors)
    owner = owner_of(request)
    try:
        run = open_account(owner, **form.cleaned_data)
    except NameTakenError:
        return _refused({"username": ["This user name is taken."]})
    answer = QUEUED | {
        "username": form.cleaned_data["username"],
        "task": reverse("run", args=[run.pk]),
    }
    return remember(JsonResponse(answer, status=HTTPStatus.CREATED), owner)


@csrf_exempt
@require_POST
def resend_api(request: HttpRequest) -> HttpResponse:
    try:
        form = ResendForm(_body(request))
    except NotJSONError as error:
        return _refused({"body": [str(error)]})
    if not form.is_valid():
        return _refused(form.errors)
    ask_again(form.cleaned_data["email"])
    return JsonResponse(QUEUED, status=HTTPStatus.ACCEPTED)


def _body(request: HttpRequest) -> dict[str, object]:
    try:
        body = json.loads(request.body)
        json.dumps(body, ensure_ascii=False).encode()  # refuses half a surrogate pair
    except (ValueError, RecursionError) as error:
        raise NotJSONError("Send one JSON object in UTF-8.") from error
    if not isinstance(body, dict):
        raise NotJSONError('Send one JSON object, for example {"email": "anna@example.org"}.')
    return body


def _refused(errors: dict[str, list[str]]) -> JsonResponse:
    return JsonResponse({"errors": errors}, status=HTTPStatus.BAD_REQUEST)

"""The JSON API: POST /api/accounts/ registers, POST /api/accounts/resend/ sends the mail again.

No cookie or login authorises anything here, so the views are exempt from the CSRF check.
"""

import json
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from project.accounts.delivery import ask_again, ask_for_mail
from project.accounts.forms import RegistrationForm, ResendForm
from project.accounts.registration import NameTakenError, register
from project.runs.owner import owner_of, remember

QUEUED = "The activation mail is on its way."
DELAYED = (
    "The mail is delayed: our mail queue cannot be reached at the moment. "
    "Ask for it again in a few minutes with a POST of the e-mail address to {resend}."
)


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
    try:
        user = register(**form.cleaned_data)
    except NameTakenError:
        return _refused({"username": ["This user name is taken."]})
    owner = owner_of(request)
    run = ask_for_mail(user, owner)
    answer = _mail(run.sent) | {
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
    return JsonResponse(_mail(ask_again(form.cleaned_data["email"])), status=HTTPStatus.ACCEPTED)


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


def _mail(sent: bool) -> dict[str, str]:
    if sent:
        return {"mail": "queued", "detail": QUEUED}
    return {"mail": "delayed", "detail": DELAYED.format(resend=reverse("resend-api"))}

"""The pages. What they do stands in `registration`, `activation` and `delivery`."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from project.accounts import activation, note
from project.accounts.delivery import ask_again, open_account
from project.accounts.forms import RegistrationForm, ResendForm
from project.accounts.registration import NameTakenError
from project.runs.owner import owner_of, remember

# Why a link does not activate: the answer's status and what the page says.
BROKEN_LINKS = {
    activation.BadLinkError: (
        HTTPStatus.BAD_REQUEST,
        "This link does not work",
        "It may be damaged, or a newer activation mail has replaced it. Open the link of the "
        "newest mail, or let us send you another.",
    ),
    activation.ExpiredLinkError: (
        HTTPStatus.GONE,
        "This link is too old",
        "Activation links are good for a limited time. Let us send you a new one.",
    ),
    activation.UsedLinkError: (
        HTTPStatus.GONE,
        "This link was used before",
        "The account has been activated already. You can log in.",
    ),
}


@require_http_methods(["GET", "POST"])
def register_page(request: HttpRequest) -> HttpResponse:
    form = RegistrationForm(request.POST or None)
    if form.is_bound and form.is_valid():
        owner = owner_of(request)
        try:
            run = open_account(owner, **form.cleaned_data)
        except NameTakenError:
            form.add_error("username", "This user name is taken.")
        else:
            response = redirect("registered")
            note.write(response, email=form.cleaned_data["email"], run=str(run.pk))
            return remember(response, owner)
    status = HTTPStatus.BAD_REQUEST if form.is_bound else HTTPStatus.OK
    return render(request, "accounts/register.html", {"form": form}, status=status)


@require_GET
def registered_page(request: HttpRequest) -> HttpResponse:
    said = note.read(request)
    if not said:
        return redirect("resend")
    form = ResendForm(initial={"email": said["email"]})
    return render(request, "accounts/registered.html", {"form": form, **said})


@require_http_methods(["GET", "POST"])
def resend_page(request: HttpRequest) -> HttpResponse:
    form = ResendForm(request.POST or None)
    if not (form.is_bound and form.is_valid()):
        status = HTTPStatus.BAD_REQUEST if form.is_bound else HTTPStatus.OK
        return render(request, "accounts/resend.html", {"form": form}, status=status)
    email = form.cleaned_data["email"]
    ask_again(email)
    return render(request, "accounts/resent.html", {"form": form, "email": email})


@require_GET
def activate_page(request: HttpRequest, token: str) -> HttpResponse:
    try:
        user = activation.activate(token)
    except activation.LinkError as error:
        status, title, text = BROKEN_LINKS[type(error)]
        context = {
            "title": title,
            "text": text,
            "form": ResendForm(),
            "used": isinstance(error, activation.UsedLinkError),
        }
        return render(request, "accounts/broken_link.html", context, status=status)
    return render(request, "accounts/activated.html", {"account": user})

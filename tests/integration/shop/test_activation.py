"""Links that do not work, and another mail."""

import pytest

from tests.integration.applications import Application
from tests.integration.shop.conftest import serve
from tests.integration.shop.post_office import PostOffice
from tests.integration.shop.visitor import Visitor, heading, newcomer


@pytest.fixture
def link(visitor: Visitor, post_office: PostOffice) -> str:
    """The link of somebody who has just registered."""
    who = newcomer()
    visitor.register(who)
    return post_office.link(who["email"])


def test_used_link_leads_to_the_login(visitor: Visitor, link: str) -> None:
    visitor.get(link)
    answer = visitor.get(link)
    assert (answer.status_code, heading(answer)) == (410, "This link was used before")
    assert "/accounts/login/" in answer.text


@pytest.mark.parametrize(
    "damage", [lambda link: link[:-4] + "xxx/", lambda _: "/accounts/activate/x/"]
)
def test_bad_link_offers_another_mail(visitor: Visitor, link: str, damage) -> None:
    answer = visitor.get(damage(link))
    assert (answer.status_code, heading(answer)) == (400, "This link does not work")
    assert "Send the mail again" in answer.text
    assert heading(visitor.get(link)).startswith("Welcome")


def test_expired_link_offers_another_mail(installed: Application, visitor, link: str) -> None:
    strict = serve(installed, ACTIVATION_MAX_AGE="0")
    answer = visitor.get(strict + link)
    assert (answer.status_code, heading(answer)) == (410, "This link is too old")
    assert "Send the mail again" in answer.text


def test_another_mail(visitor: Visitor, post_office: PostOffice) -> None:
    who = newcomer()
    visitor.register(who)
    post_office.link(who["email"])
    answer = visitor.send_form("/accounts/resend/", {"email": who["email"].upper()})
    assert heading(answer) == "Check your mail"
    assert heading(visitor.get(post_office.link(who["email"], count=2))).startswith("Welcome")


def test_another_mail_for_an_unknown_address_looks_the_same(visitor: Visitor, post_office) -> None:
    known, unknown = newcomer(), newcomer()
    visitor.register(known)
    post_office.link(known["email"])
    for_unknown = visitor.post("/api/accounts/resend/", json={"email": unknown["email"]})
    for_known = visitor.post("/api/accounts/resend/", json={"email": known["email"]})
    assert (for_unknown.status_code, for_unknown.json()) == (202, for_known.json())
    post_office.link(known["email"], count=2)
    assert post_office.to(unknown["email"]) == []


def test_no_mail_switches_an_account_on_again(visitor, post_office, database) -> None:
    who = newcomer()
    visitor.register(who)
    visitor.get(post_office.link(who["email"]))
    database.execute("UPDATE accounts_user SET is_active = false WHERE email = %s", [who["email"]])
    visitor.post("/api/accounts/resend/", json={"email": who["email"]})
    other = newcomer()
    visitor.register(other)
    post_office.link(other["email"])
    assert len(post_office.to(who["email"])) == 1


def test_a_mail_is_named_after_its_task(visitor: Visitor, post_office: PostOffice) -> None:
    """So that a mailbox knows the second of two that a repeated run has sent."""
    who = newcomer()
    visitor.register(who)
    post_office.link(who["email"])
    task, _, domain = post_office.to(who["email"])[0]["Message-ID"].strip("<>").partition("@")
    assert domain == "dailyfresh.example"
    assert f"/tasks/{task}/" in visitor.get("/tasks/").text

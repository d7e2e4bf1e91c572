"""Registering as a person does it: the form, its errors, the mail, the link, logging in."""

import re
import secrets

import pytest
from playwright.sync_api import Page, expect

from tests.browser.forms import overhang
from tests.browser.visitors import PHONE, Visitors
from tests.deployed import Deployed

GOOD = "correct-horse-battery"


def new_name(length: int = 24) -> str:
    return f"browser-{secrets.token_hex(length)}"[:length]


def register(page: Page, name: str, password: str) -> None:
    page.goto("/accounts/register/")
    page.get_by_label("User name").fill(name)
    page.get_by_label("E-mail address").fill(f"{name.replace(' ', '')}@example.org")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Register").click()


@pytest.mark.parametrize(
    ("name", "password", "field", "message"),
    [
        ("browser-a", "short", "Password", "This password is too short"),
        ("browser-a", "password123", "Password", "This password is too common"),
        ("browser-a", "8273645091", "Password", "This password is entirely numeric"),
        ("browser-abc", "browser-abcd", "Password", "The password is too similar to the username"),
        ("with a blank", GOOD, "User name", "Enter a valid username"),
        ("admin", GOOD, "User name", "This user name is taken"),
        ("ADMIN", GOOD, "User name", "This user name is taken"),
    ],
)
def test_error_stands_beside_its_field(
    visitors: Visitors, name: str, password: str, field: str, message: str
) -> None:
    page = visitors.new(viewport=PHONE)
    register(page, name, password)
    expect(page).to_have_url(re.compile("/accounts/register/$"))
    wrong = page.get_by_label(field)
    expect(wrong).to_have_attribute("aria-invalid", "true")
    expect(wrong).to_have_accessible_description(re.compile(message))
    expect(page.locator("[aria-invalid=true]")).to_have_count(1)
    # Nothing but the password has to be typed again.
    expect(page.get_by_label("User name")).to_have_value(name)
    expect(page.get_by_label("Password")).to_have_value("")
    assert overhang(page) == 0


def test_empty_form_is_not_sent(page: Page) -> None:
    page.goto("/accounts/register/")
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_label("User name")).to_be_focused()
    assert page.locator("input:invalid").count() == 3


def test_from_registering_to_logging_in(visitors: Visitors, deployed: Deployed) -> None:
    name = new_name(length=60)  # a long one, on a small screen
    page = visitors.new(viewport=PHONE)
    register(page, name, GOOD)
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your mail")
    expect(page.get_by_role("status")).to_contain_text(f"{name}@example.org")
    assert overhang(page) == 0

    log_in(page, name)
    expect(page.get_by_role("alert")).to_contain_text("Please enter a correct username")

    page.goto("/tasks/")
    page.get_by_role("link", name="Activation mail").click()
    expect(page.locator("[data-field=state]")).to_have_text("SUCCESS")
    assert page.locator("[data-field=worker]").inner_text() in deployed.pool_hosts("mail")

    page.goto(deployed.visitor().activation_link(f"{name}@example.org"))
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Welcome, {name}")
    assert overhang(page) == 0
    page.get_by_role("main").get_by_role("link", name="Log in").click()
    log_in(page, name)
    log_out = page.get_by_role("button", name=f"Log out {name}")
    expect(log_out).to_be_visible()
    assert overhang(page) == 0
    log_out.click()
    expect(page.get_by_role("navigation").get_by_role("link", name="Log in")).to_be_visible()


def log_in(page: Page, name: str) -> None:
    if not page.url.endswith("/accounts/login/"):
        page.goto("/accounts/login/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(GOOD)
    page.get_by_role("main").get_by_role("button", name="Log in").click()


def test_link_works_once(visitors: Visitors, page: Page, deployed: Deployed) -> None:
    name = new_name()
    register(page, name, GOOD)
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your mail")
    link = deployed.visitor().activation_link(f"{name}@example.org")
    damaged = f"{link.rstrip('/')[:-2]}/"

    elsewhere = visitors.new()  # the mail is read on another device
    assert answer(elsewhere, damaged) == (400, "This link does not work")
    assert answer(elsewhere, link) == (200, f"Welcome, {name}")
    assert answer(elsewhere, link) == (410, "This link was used before")


def answer(page: Page, url: str) -> tuple[int, str]:
    """Return the answer's status and what the page is headed with."""
    response = page.goto(url)
    assert response is not None
    return response.status, page.get_by_role("heading", level=1).inner_text()

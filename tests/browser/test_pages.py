"""What holds for every page: it fits a phone, and the keyboard alone is enough."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.forms import focus_problems, overhang
from tests.browser.visitors import PHONE, Visitors

PAGES = [
    "/",
    "/flash-sale/",
    "/reports/",
    "/tasks/",
    "/accounts/register/",
    "/accounts/login/",
    "/accounts/resend/",
    "/no/such/page",
]


@pytest.mark.parametrize("path", PAGES)
def test_page_fits_a_phone(visitors: Visitors, path: str) -> None:
    page = visitors.new(viewport=PHONE)
    page.goto(path)
    expect(page.locator("h1")).to_be_visible()
    assert overhang(page) == 0


@pytest.mark.parametrize("path", PAGES)
def test_focus_reaches_every_control_and_can_be_seen(page: Page, path: str) -> None:
    page.goto(path)
    assert focus_problems(page) == []


def test_skip_link_leads_past_the_menu(page: Page) -> None:
    page.goto("/accounts/register/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("User name")).to_be_focused()

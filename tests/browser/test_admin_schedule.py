"""The schedule in the admin: add an entry, change it, pause it, run it now, delete it."""

import secrets

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.deployed import Deployed

TASK = "celery_tasks.reports.sum_weeks"
SCHEDULE = "/admin/django_celery_beat/periodictask/"
RESULTS = "/admin/django_celery_results/taskresult/"


@pytest.fixture
def admin(page: Page, deployed: Deployed) -> Page:
    page.goto("/admin/")
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill(deployed.secret("secret.admin_password"))
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Behind the counter")).to_be_visible()
    return page


def test_life_of_a_scheduled_task(admin: Page, deployed: Deployed) -> None:
    name = f"Browser test {secrets.token_hex(4)}"
    add(admin, name, "[[7, 7, 7]]")
    row = admin.get_by_role("row").filter(has_text=name)
    expect(row.get_by_role("img", name="True")).to_be_visible()

    change(admin, name, "[[1, 2, 3, 4, 5, 6, 7, 8]]")
    act(admin, name, "Pause selected tasks")
    expect(admin.locator(".messagelist")).to_contain_text("1 task was successfully disabled")
    expect(row.get_by_role("img", name="False")).to_be_visible()

    act(admin, name, "Run selected tasks now")
    admin.get_by_role("link", name="Follow it").click()
    expect(admin.locator("[data-field=state]")).to_have_text("SUCCESS")
    assert admin.locator("[data-field=result]").inner_text().split() == ["[", "28,", "8", "]"]
    host = admin.locator("[data-field=worker]").inner_text()
    assert host in deployed.pool_hosts("reports")

    task_id = admin.get_by_role("definition").filter(has=admin.locator("code")).inner_text()
    result = find_result(admin, task_id)
    expect(result.locator(".field-periodic_task_name")).to_have_text(name)
    expect(result.locator(".field-status")).to_have_text("SUCCESS")
    expect(result.locator(".field-worker")).to_have_text(f"reports-1@{host}")

    delete(admin, name)


@pytest.mark.parametrize("arguments", ["[1, 2", '{"days": 7}'])
def test_arguments_that_no_task_could_take_are_refused(admin: Page, arguments: str) -> None:
    fill_in(admin, "Browser test, refused", arguments)
    admin.get_by_role("button", name="Save", exact=True).click()
    expect(admin.locator(".field-args .errorlist")).to_be_visible()
    expect(admin.locator("#id_args")).to_have_value(arguments)


def fill_in(admin: Page, name: str, arguments: str) -> None:
    admin.goto(f"{SCHEDULE}add/")
    admin.get_by_label("Name:", exact=True).fill(name)
    admin.get_by_label("Task (registered):").select_option(TASK)
    # Once a day: beat itself will hardly want it while the test looks.
    admin.get_by_label("Crontab Schedule:").select_option(index=1)
    set_arguments(admin, arguments)


def set_arguments(admin: Page, arguments: str) -> None:
    field = admin.get_by_label("Positional Arguments:")
    if not field.is_visible():
        admin.get_by_text("Arguments", exact=True).click()
    field.fill(arguments)


def add(admin: Page, name: str, arguments: str) -> None:
    fill_in(admin, name, arguments)
    admin.get_by_role("button", name="Save", exact=True).click()
    expect(admin.locator(".messagelist")).to_contain_text("was added successfully")


def change(admin: Page, name: str, arguments: str) -> None:
    admin.get_by_role("link", name=name).first.click()
    set_arguments(admin, arguments)
    admin.get_by_role("button", name="Save", exact=True).click()
    expect(admin.locator(".messagelist")).to_contain_text("was changed successfully")


def act(admin: Page, name: str, action: str) -> None:
    admin.get_by_role("row").filter(has_text=name).get_by_role("checkbox").check()
    admin.get_by_label("Action:").select_option(action)
    admin.get_by_role("button", name="Go").click()


def find_result(admin: Page, task_id: str) -> Locator:
    admin.goto(RESULTS)
    admin.get_by_role("textbox", name="Search").fill(task_id)
    admin.get_by_role("button", name="Search").click()
    row = admin.locator("#result_list tbody tr")
    expect(row).to_have_count(1)
    return row


def delete(admin: Page, name: str) -> None:
    admin.goto(SCHEDULE)
    admin.get_by_role("row").filter(has_text=name).get_by_role("link", name=name).click()
    admin.get_by_role("link", name="Delete").click()
    admin.get_by_role("button", name="Yes, I").click()
    expect(admin.locator(".messagelist")).to_contain_text("was deleted successfully")
    expect(admin.get_by_role("row").filter(has_text=name)).to_have_count(0)

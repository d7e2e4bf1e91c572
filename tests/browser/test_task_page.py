"""The page of a task: it keeps itself up to date, with JavaScript and without."""

import re
from typing import NamedTuple

import pytest
from playwright.sync_api import Page, expect

from tests.browser.forms import overhang
from tests.browser.visitors import PHONE, Visitors
from tests.deployed import Deployed

LONG = 40_000  # milliseconds for work that keeps a processor busy, on a machine that is busy too

# Writes down what the page shows, each time that it changes.
WATCH = """() => {
  const page = document.querySelector("[data-state-url]");
  const field = name => page.querySelector(`[data-field="${name}"]`).textContent;
  window.seen = [];
  const note = () => window.seen.push([field("state"), page.querySelector("progress").value]);
  new MutationObserver(note).observe(page, {subtree: true, childList: true, attributes: true});
  note();
}"""


def start(page: Page, title: str, **values: str) -> None:
    """Fill in the form of a report and start it; return when its page is there."""
    page.goto("/reports/")
    card = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=title))
    for name, value in values.items():
        field = card.locator(f"[name$='-{name}']")
        tag = field.evaluate("element => element.tagName")
        field.select_option(value) if tag == "SELECT" else field.fill(value)
    card.get_by_role("button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


def test_page_follows_the_task_without_a_reload(page: Page, deployed: Deployed) -> None:
    start(page, "Demand forecast", rounds="5000000")
    page.evaluate(WATCH)  # gone if the page were loaded again
    expect(page.locator("[data-field=state]")).to_have_text("SUCCESS", timeout=LONG)

    seen = page.evaluate("window.seen")
    assert seen, "the page was loaded again"
    assert {"PROGRESS", "SUCCESS"} <= {state for state, _ in seen}
    assert max(progress for _, progress in seen) > 0
    expect(page.locator("[data-field=result]")).to_contain_text('"days": 5000000')
    assert page.locator("[data-field=worker]").inner_text() in deployed.pool_hosts("reports")
    assert float(page.locator("[data-field=elapsed]").inner_text()) > 0
    expect(page.get_by_role("progressbar")).to_be_hidden()
    expect(page.get_by_role("heading", name="Error")).to_be_hidden()


def test_page_reaches_the_end_without_javascript(visitors: Visitors, deployed: Deployed) -> None:
    page = visitors.new(java_script_enabled=False)
    start(page, "Demand forecast", rounds="2000000")
    expect(page.locator("meta[http-equiv=refresh]")).to_have_count(1)

    expect(page.locator("[data-field=state]")).to_have_text("SUCCESS", timeout=LONG)
    expect(page.locator("[data-field=result]")).to_contain_text('"days": 2000000')
    assert page.locator("[data-field=worker]").inner_text() in deployed.pool_hosts("reports")
    expect(page.locator("meta[http-equiv=refresh]")).to_have_count(0)


class Report(NamedTuple):
    values: dict[str, str]
    state: str
    shows: str


REPORTS = {
    "Best week": Report({"days": "14"}, "SUCCESS", "of 2 was the best"),
    "Sales by region": Report({"days": "1"}, "SUCCESS", '"region": "North"'),
    "Supplier's figures": Report({"failures": "1"}, "SUCCESS", "Attempt 2 brought the figures."),
    "Too long, and polite": Report({}, "SUCCESS", "Stopped by the soft time limit of 4 s"),
    "Too long, and stubborn": Report({}, "FAILURE", "TimeLimitExceeded"),
    "Missing figures": Report({}, "FAILURE", "ValueError: The figures of March are missing."),
}


def test_every_report_ends_as_it_says(visitors: Visitors) -> None:
    somebody = visitors.new(viewport=PHONE)
    pages = {}
    for title, report in REPORTS.items():  # all at once, each in its own tab
        pages[title] = somebody.context.new_page()
        start(pages[title], title, **report.values)
    for title, report in REPORTS.items():
        page = pages[title]
        expect(page.locator("[data-field=state]")).to_have_text(report.state, timeout=LONG)
        where = "result" if report.state == "SUCCESS" else "error"
        expect(page.locator(f"[data-field={where}]")).to_contain_text(report.shows)
        assert overhang(page) == 0, title
    expect(pages["Best week"].locator("[data-step]")).to_have_text(["SUCCESS"] * 2)
    expect(pages["Sales by region"].locator("[data-step]")).to_have_text(["SUCCESS"] * 4)

    somebody.goto("/tasks/")
    rows = somebody.get_by_role("row").filter(has=somebody.get_by_role("rowheader"))
    expect(rows).to_have_count(len(REPORTS))
    assert overhang(somebody) == 0


@pytest.mark.parametrize("part", ["", "state"])
def test_task_of_somebody_else_does_not_exist(page: Page, visitors: Visitors, part: str) -> None:
    start(page, "Missing figures")
    address = f"{page.url}{part}"
    answered = page.goto(address)
    assert answered is not None
    assert answered.status == 200

    stranger = visitors.new()
    refused = stranger.goto(address)
    assert refused is not None
    assert refused.status == 404
    stranger.goto("/tasks/")
    expect(stranger.get_by_role("main")).to_contain_text(re.compile("Nothing was started"))

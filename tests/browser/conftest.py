"""Headless Chromium on the shop that runs in the lab.

A page that logs an error or asks another site for something fails its test, whatever else
the test is about. When a test fails, its report names a picture of each open page.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.visitors import Visitors
from tests.deployed import Deployed

CHROMIUM = "/usr/bin/chromium"  # Debian's; Playwright would bring its own
FLAGS = [
    "--no-sandbox",  # the tests run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    # Nothing but what the pages ask for goes out.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 15_000  # milliseconds that a page may take to show what is expected

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="package")
def site(deployed: Deployed) -> str:
    """The address of the deployed shop, without a slash at its end."""
    return deployed.url().rstrip("/")


# Not for the session: while Playwright runs, other tests of this thread cannot use asyncio.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def visitors(browser: Browser, site: str, tmp_path: Path) -> Iterator[Visitors]:
    """For tests in which several people meet; checked and closed when the test ends."""
    people = Visitors(browser, site)
    yield people
    people.leave()
    complaints = people.complaints()
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def page(visitors: Visitors) -> Page:
    """The page of one visitor, at the width of a desk."""
    return visitors.new()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Any:
    report = yield
    funcargs = getattr(item, "funcargs", {})
    if report.when == "call" and report.failed and "visitors" in funcargs:
        pictures = funcargs["visitors"].take_pictures(funcargs["tmp_path"])
        report.sections.append(("Pictures", "\n".join(map(str, pictures))))
    return report

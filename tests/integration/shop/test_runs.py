"""The page of a task, for the person who started it and nobody else."""

import pytest

from tests.integration.applications import Application
from tests.integration.shop.visitor import Visitor, newcomer
from tests.integration.waiting import wait_for


@pytest.fixture(scope="module", autouse=True)
def reports_worker(installed: Application) -> None:
    installed.worker("reports").wait_ready()


def start(visitor: Visitor, report: str, **fields: object) -> str:
    """Start a report from its form; return the path of its page."""
    named = {f"{report}-{name}": value for name, value in fields.items()}
    answer = visitor.send_form("/reports/", named, action=f"/reports/{report}/")
    assert answer.ok, answer.text
    return answer.url.removeprefix(visitor.site)


def test_only_who_started_it_sees_it(visitor: Visitor, site: str) -> None:
    page = start(visitor, "failure")
    with Visitor(site) as other:
        start(other, "failure")
        assert other.get(page).status_code == 404
        assert other.get(f"{page}state").status_code == 404
        assert page not in other.get("/tasks/").text
    assert page in visitor.get("/tasks/").text


def test_forged_cookie_is_nobody(visitor: Visitor, site: str) -> None:
    page = start(visitor, "failure")
    owner = visitor.cookies["owner"].partition(":")[0]
    assert (
        Visitor(site).get(page, cookies={"owner": f"{owner}:forged:signature"}).status_code == 404
    )


def test_login_keeps_ones_tasks(visitor: Visitor, post_office) -> None:
    who = newcomer()
    visitor.register(who)
    visitor.get(post_office.link(who["email"]))
    page = start(visitor, "failure")
    assert visitor.can_log_in(who)
    assert visitor.get(page).status_code == 200


def test_failure_shows_its_reason_and_no_traceback(visitor: Visitor) -> None:
    page = start(visitor, "failure")
    shown = visitor.ended(page)
    assert shown["state"] == "FAILURE"
    assert shown["error"].startswith("ValueError: The figures of March are missing.")
    html = visitor.get(page).text
    assert "The figures of March" in html
    assert "Traceback" not in html
    assert 'http-equiv="refresh"' not in html, "the page of a finished task reloads itself"


def test_progress_is_seen_before_the_end(visitor: Visitor) -> None:
    page = start(visitor, "forecast", rounds=2_000_000)
    shown = wait_for(lambda: visitor.get(f"{page}state").json()["progress"], "progress")
    assert shown["total"] == 2_000_000
    assert 'http-equiv="refresh"' in visitor.get(page).text
    end = visitor.ended(page)
    assert (end["state"], end["worker"], end["progress"]) == ("SUCCESS", "host", None)
    assert end["elapsed"] > 0


@pytest.mark.parametrize(
    ("report", "fields", "state", "text"),
    [
        ("retry", {"failures": 1}, "SUCCESS", "Attempt 2 brought the figures."),
        ("soft-limit", {}, "SUCCESS", "Stopped by the soft time limit of 4 s"),
        ("hard-limit", {}, "FAILURE", "TimeLimitExceeded"),
        ("chain", {"days": 14}, "SUCCESS", "of 2 was the best"),
        ("chord", {"days": 1}, "SUCCESS", '"region": "West"'),
    ],
)
def test_each_behaviour_reaches_the_page(visitor, report, fields, state, text) -> None:
    shown = visitor.ended(start(visitor, report, **fields))
    assert shown["state"] == state
    assert text in shown["result"] + shown["error"]
    assert {step["state"] for step in shown["steps"]} <= {"SUCCESS"}


def test_form_with_a_wrong_number_is_shown_again(visitor: Visitor) -> None:
    answer = visitor.send_form("/reports/", {"retry-failures": 7}, action="/reports/retry/")
    assert answer.status_code == 400
    assert "less than or equal to 6" in answer.text

"""The main job from outside: a request on one host becomes a task on another."""

from __future__ import annotations

import time

import pytest
import requests

from demo.main_job import Disappointed, wait
from deploy.lab import faults
from tests.deployed import Deployed


def test_registering_sends_the_mail_from_another_host_and_the_link_activates(
    deployed: Deployed,
) -> None:
    visitor = deployed.visitor()
    account = visitor.register()
    link = visitor.activation_link(account.email)
    sent = visitor.finished(account.task)
    assert {sent["worker"]} == deployed.pool_hosts("mail")
    assert sent["worker"] not in deployed.inventory.groups["web"]
    assert sent["state"] == "SUCCESS"

    with pytest.raises(Disappointed, match="cannot log in"):
        visitor.log_in(account.username, account.password)
    visitor.follow(link)
    visitor.log_in(account.username, account.password)
    assert requests.get(link, timeout=10).status_code == 410


def test_a_report_runs_on_its_own_pool_and_shows_its_result(deployed: Deployed) -> None:
    visitor = deployed.visitor()
    done = visitor.finished(visitor.start_report("forecast", {"rounds": 2_000_000}))
    assert done["state"] == "SUCCESS"
    assert {done["worker"]} == deployed.pool_hosts("reports")
    assert done["result"]
    assert done["elapsed"] > 0


def test_the_flash_sale_is_read_from_redis_as_the_schedule_wrote_it(deployed: Deployed) -> None:
    sale = deployed.visitor().flash_sale()
    assert sale["activities"][0]["slots"][0]["items"]


def test_a_slow_mail_server_does_not_slow_the_answer(deployed: Deployed) -> None:
    visitor, mailbox = deployed.visitor(), deployed.mailbox()
    mailbox.delay(5)
    try:
        since = time.monotonic()
        account = visitor.register()
        assert account.seconds < 2
        visitor.activation_link(account.email)
        assert time.monotonic() - since > 5
    finally:
        mailbox.delay(0)


def test_a_broker_that_is_down_delays_the_mail_and_loses_no_account(deployed: Deployed) -> None:
    visitor, (broker,) = deployed.visitor(), deployed.inventory.groups["broker"]
    email = f"patient-{time.time_ns()}@example.org"
    account = {
        "username": email.partition("@")[0],
        "email": email,
        "password": "a long enough word",
    }
    faults.run(deployed.lab, broker, "systemctl", "stop", "rabbitmq-server")
    try:
        answer = visitor.browser.post(f"{visitor.url}/api/accounts/", json=account, timeout=15)
        assert (answer.status_code, answer.json()["mail"]) == (201, "delayed")
    finally:
        faults.run(deployed.lab, broker, "systemctl", "start", "rabbitmq-server")

    def queued() -> bool | None:
        again = {"email": email}
        answer = visitor.browser.post(f"{visitor.url}/api/accounts/resend/", json=again, timeout=15)
        assert answer.status_code == 202
        return True if answer.json()["mail"] == "queued" else None

    wait(queued, 60, "a broker that takes mail again")
    visitor.follow(visitor.activation_link(email, within=60))
    visitor.log_in(account["username"], account["password"])

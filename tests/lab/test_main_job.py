"""The main job from outside: a request on one host becomes a task on another."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import requests

from demo.main_job import Disappointed, Visitor
from deploy.lab import faults
from tests.deployed import Deployed


def test_registering_sends_the_mail_from_another_host_and_the_link_activates(
    deployed: Deployed,
) -> None:
    visitor = deployed.visitor()
    account = visitor.register()
    link = visitor.activation_link(account.email)
    sent = visitor.finished(account.task)
    assert sent["worker"] in deployed.pool_hosts("mail")
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
    assert done["worker"] in deployed.pool_hosts("reports")
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


def test_every_web_host_takes_requests(deployed: Deployed) -> None:
    for host, url in deployed.sites().items():
        visitor = Visitor(url, deployed.mailbox())
        account = visitor.register()
        assert visitor.finished(account.task)["publisher"] == host


def test_a_web_host_holds_no_credential_of_the_broker(deployed: Deployed) -> None:
    for host in deployed.inventory.groups["web"]:
        found = faults.run(
            deployed.lab,
            host,
            "grep",
            "--recursive",
            "--files-with-matches",
            "",
            "/etc/celeriac/dailyfresh",
        )
        assert "DATABASE_URL" in found
        assert "BROKER_URL" not in found


@contextmanager
def no_broker(deployed: Deployed) -> Iterator[None]:
    """Stop every node of the broker; on leaving, start them together."""
    brokers = deployed.inventory.groups["broker"]

    def order(verb: str) -> None:
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda host: _systemctl(deployed, host, verb), brokers))

    order("stop")
    try:
        yield
    finally:
        order("start")


def _systemctl(deployed: Deployed, host: str, verb: str) -> None:
    faults.run(deployed.lab, host, "systemctl", verb, "rabbitmq-server")


def test_a_broker_that_is_down_delays_the_mail_and_nothing_else(deployed: Deployed) -> None:
    visitor = deployed.visitor()
    with no_broker(deployed):
        account = visitor.register()
        assert account.seconds < 1
    visitor.follow(visitor.activation_link(account.email, within=90))
    visitor.log_in(account.username, account.password)

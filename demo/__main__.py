"""``make demo``: from a bare machine to a web request that becomes a task on another host."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from celeriac.description.inventory import INVENTORIES
from celeriac.description.inventory import read as read_inventory
from celeriac.environments import Environment
from demo.mailbox import Mailbox
from demo.main_job import Disappointed, Visitor
from deploy.lab import inventory as lab_inventory
from deploy.lab.errors import LabError

APPLICATION = "dailyfresh"


class Clock:
    """The steps of the demo and how long each took."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, float]] = []

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        print(f"\n== {name}", flush=True)
        since = time.monotonic()
        yield
        self.steps.append((name, time.monotonic() - since))


def main() -> int:
    clock = Clock()
    with clock.step("Docker Engine, host image and the lab's hosts"):
        if (status := run("-m", "deploy.lab", "up")) != 0:
            return status
    with clock.step("Deploy, with the playbooks of production"):
        if (status := run("-m", "celeriac", "deploy", "--environment", "lab")) != 0:
            return status
    try:
        with clock.step("The main job"):
            facts = main_job()
    except (Disappointed, LabError, OSError) as error:  # requests' errors are OSErrors
        print(f"The main job failed: {error}", file=sys.stderr)
        print(
            'Look at the workers: `make lab-status`, docs/guide.md, "When a step fails".',
            file=sys.stderr,
        )
        return 1
    print(summary(clock, facts))
    return 0


def run(*arguments: str) -> int:
    """Run a Python program of this environment in front of the person's eyes."""
    return subprocess.run([sys.executable, *arguments], check=False).returncode


def main_job() -> dict[str, Any]:
    """Do what a visitor does, and return what ran where, as the application's pages say it."""
    place = read_inventory("lab")
    site = place.site(APPLICATION)
    assert site is not None  # noqa: S101 (the deploy has checked it)
    mailbox = Mailbox(lab_inventory.read("lab"), place.groups["mail_sink"][0])
    visitor = Visitor(site["url"], mailbox)

    account = visitor.register()
    said(f"registered, answered in {account.seconds * 1000:.0f} ms")
    link = visitor.activation_link(account.email)
    mail = visitor.finished(account.task)
    said(f"activation mail: asked for on {mail['publisher']}, sent by {mail['worker']}")
    visitor.follow(link)
    visitor.log_in(account.username, account.password)
    said("link followed, account activated, logged in")
    report = visitor.finished(visitor.start_report("forecast", {"rounds": 2_000_000}))
    said(
        f"report: asked for on {report['publisher']}, computed on {report['worker']}, {report['elapsed']} s"
    )
    sale = visitor.flash_sale()
    said(
        f"flash sale: written to Redis by the schedule, {len(sale['activities'])} activities today"
    )
    return {"site": site["url"], "mail": mail, "report": report}


def said(text: str) -> None:
    print(f"  {text}", flush=True)


def summary(clock: Clock, facts: dict[str, Any]) -> str:
    """What a person wants to know at the end, as text."""
    steps = "\n".join(f"  {name:<48} {seconds:6.1f} s" for name, seconds in clock.steps)
    secrets = Environment("lab", INVENTORIES).vault.read()["applications"][APPLICATION]
    return f"""
What ran where
  {facts["mail"]["publisher"]:<10} answered the request
  {facts["mail"]["worker"]:<10} sent the activation mail
  {facts["report"]["worker"]:<10} computed the report

How long it took
{steps}

Look at it
  shop      {facts["site"]}/
  tasks     {facts["site"]}/tasks/    (those you start yourself)
  admin     {facts["site"]}/admin/    user admin, password {secrets["secret.admin_password"]}

Again: make demo    A second application beside it: make deploy APP=tests/apps/minimal/celeriac.yml
Hosts: make lab-status    Remove all of it: make lab-down"""


if __name__ == "__main__":
    sys.exit(main())

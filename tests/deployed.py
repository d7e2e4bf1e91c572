"""The lab with the reference application on it, deployed from nothing once for all tests."""

from __future__ import annotations

import os
import re
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from celeriac.description.inventory import INVENTORIES, Inventory, read
from celeriac.environments import Environment
from demo.mailbox import Mailbox
from demo.main_job import Visitor
from deploy.lab import inventory as lab_inventory
from deploy.lab.inventory import Lab

ROOT = Path(__file__).resolve().parents[1]
MINIMAL = ROOT / "tests" / "apps" / "minimal"


@dataclass(frozen=True)
class Said:
    """What a command said, how it ended and how many seconds it took."""

    code: int
    text: str
    seconds: float

    @property
    def changes(self) -> dict[str, str]:
        """The lines of hosts that changed or failed, by host; empty if nothing changed."""
        lines = re.findall(r"^  (\S+) +(\d+ changed|failed) ", self.text, re.MULTILINE)
        return dict(lines)


def make(*arguments: str, within: int = 600, **variables: str) -> Said:
    """Run ``make`` as a person does; ``variables`` go into its environment."""
    since = time.monotonic()
    done = subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=ROOT,
        env={**os.environ, **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=within,
        check=False,
    )
    return Said(done.returncode, done.stdout, time.monotonic() - since)


@dataclass(frozen=True)
class Deployed:
    """The running lab and what ``make demo`` said when it deployed it."""

    lab: Lab
    inventory: Inventory
    demo: Said

    def visitor(self, application: str = "dailyfresh") -> Visitor:
        """Somebody at the application's site, with a browser of their own."""
        return Visitor(self.url(application), self.mailbox())

    def url(self, application: str = "dailyfresh") -> str:
        site = self.inventory.site(application)
        assert site is not None
        return str(site["url"])

    def sites(self, application: str = "dailyfresh") -> dict[str, str]:
        """The application's URL on each web host: what a load balancer would choose from."""
        site = self.inventory.site(application)
        assert site is not None
        addresses = {
            host: self.inventory.hosts[host]["ansible_host"]
            for host in self.inventory.groups["web"]
        }
        return {host: f"http://{address}:{site['port']}" for host, address in addresses.items()}

    def mailbox(self) -> Mailbox:
        return Mailbox(self.lab, self.inventory.groups["mail_sink"][0])

    def secret(self, name: str) -> str:
        vault = Environment("lab", INVENTORIES).vault.read()
        return str(vault["applications"]["dailyfresh"][name])

    def pool_hosts(self, pool: str, application: str = "dailyfresh") -> set[str]:
        """Hosts that the inventory gives to a pool."""
        return {host for host, pools in self.inventory.pools(application).items() if pool in pools}


def from_nothing() -> Deployed:
    """Remove the lab but for what was downloaded, and run ``make demo``.

    With ``CELERIAC_LAB=keep``, for people at work, the lab that runs is used as it is.
    """
    if os.environ.get("CELERIAC_LAB") != "keep":
        down = make("lab-down", "KEEP_CACHE=1")
        assert down.code == 0, down.text
    demo = make("demo", within=900)
    assert demo.code == 0, demo.text
    return Deployed(lab_inventory.read("lab"), read("lab"), demo)

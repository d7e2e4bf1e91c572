"""How quickly registrations are answered while the mail server is slow.

    python -m bench.registration --requests 500 --clients 20 --delay 5

Runs against the lab. Prints the answers, their times, and whether every mail arrived.
"""

from __future__ import annotations

import argparse
import http.client
import json
import secrets
import statistics
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from celeriac.description.inventory import read as read_inventory
from demo.mailbox import Mailbox
from demo.main_job import Disappointed, wait
from deploy.lab import inventory as lab_inventory


def client(address: str, requests: int) -> list[tuple[str, float]]:
    """Register ``requests`` people over one connection; return each outcome and its seconds."""
    connection = http.client.HTTPConnection(address, timeout=30)
    outcomes = []
    for _ in range(requests):
        name = f"load-{secrets.token_hex(8)}"
        body = {
            "username": name,
            "email": f"{name}@example.org",
            "password": secrets.token_urlsafe(18),
        }
        since = time.monotonic()
        connection.request(
            "POST", "/api/accounts/", json.dumps(body), {"Content-Type": "application/json"}
        )
        answer = connection.getresponse()
        text = answer.read()
        seconds = time.monotonic() - since
        mail = json.loads(text).get("mail", "") if answer.status == 201 else text[:80]
        outcomes.append((f"{answer.status} {mail}", seconds))
    return outcomes


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=500)
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument(
        "--delay", type=float, default=5, help="seconds the mail server takes for each mail"
    )
    parser.add_argument(
        "--drain", type=float, default=0, help="the same, once every request was answered"
    )
    parser.add_argument(
        "--within", type=float, default=1200, help="seconds for all mails to arrive"
    )
    options = parser.parse_args()

    place = read_inventory("lab")
    site = place.site("dailyfresh")
    if site is None:
        parser.error("the lab's inventory has no site for dailyfresh")
    address = urlsplit(site["url"]).netloc
    mailbox = Mailbox(lab_inventory.read("lab"), place.groups["mail_sink"][0])

    before = mailbox.count()
    mailbox.delay(options.delay)
    try:
        since = time.monotonic()
        each = options.requests // options.clients
        with ThreadPoolExecutor(options.clients) as pool:
            found = pool.map(lambda _: client(address, each), range(options.clients))
            outcomes = [outcome for list_ in found for outcome in list_]
        seconds = time.monotonic() - since
        report(outcomes, seconds)
        mailbox.delay(options.drain)
        return arrived(mailbox, before + len(outcomes), options.within)
    finally:
        mailbox.delay(0)


def report(outcomes: list[tuple[str, float]], seconds: float) -> None:
    times = sorted(taken for _, taken in outcomes)
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    print(f"{len(outcomes)} registrations in {seconds:.1f} s ({len(outcomes) / seconds:.0f}/s)")
    for outcome, count in Counter(outcome for outcome, _ in outcomes).items():
        print(f"  {outcome}: {count}")
    print(
        f"  p50 {cuts[49] * 1000:.0f} ms, p99 {cuts[98] * 1000:.0f} ms, worst {times[-1] * 1000:.0f} ms",
        flush=True,
    )


def arrived(mailbox: Mailbox, expected: int, within: float) -> int:
    since = time.monotonic()
    try:
        wait(lambda: True if mailbox.count() >= expected else None, within, f"{expected} mails")
    except Disappointed:
        print(
            f"only {mailbox.count()} of {expected} mails arrived within {within:.0f} s",
            file=sys.stderr,
        )
        return 1
    print(f"  every mail arrived, the last {time.monotonic() - since:.0f} s after the last answer")
    return 0


if __name__ == "__main__":
    sys.exit(main())

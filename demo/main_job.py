"""The main job as a person does it: over HTTP, with a mailbox and a browser's cookies.

Nothing here looks inside the application; what ran where is what its own pages say.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_string, policy
from typing import Any, TypeVar

import requests

from demo.mailbox import Mailbox

T = TypeVar("T")
ANSWER = 10  # seconds that a page may take before the person gives up


class Disappointed(Exception):
    """Something did not happen; the message says what was expected and what was seen."""


@dataclass(frozen=True)
class Registered:
    """A registration that was answered. ``seconds`` is how long the answer took."""

    username: str
    email: str
    password: str
    task: str
    seconds: float


class Visitor:
    """Somebody with a browser, at the site ``url``, who reads ``mailbox``."""

    def __init__(self, url: str, mailbox: Mailbox) -> None:
        self.url = url.rstrip("/")
        self.mailbox = mailbox
        self.browser = requests.Session()

    def register(self) -> Registered:
        """Register under a new name; raise `Disappointed` unless the answer is 201 and the mail queued."""
        username = f"visitor-{secrets.token_hex(6)}"
        email, password = f"{username}@example.org", secrets.token_urlsafe(18)
        since = time.monotonic()
        answer = self.browser.post(
            f"{self.url}/api/accounts/",
            json={"username": username, "email": email, "password": password},
            timeout=ANSWER,
        )
        seconds = time.monotonic() - since
        if answer.status_code != 201 or answer.json()["mail"] != "queued":
            raise Disappointed(f"registering: {answer.status_code} {answer.text[:500]}")
        return Registered(username, email, password, answer.json()["task"], seconds)

    def activation_link(self, email: str, within: float = 30) -> str:
        """Wait for the mail and return the link in it."""
        text = wait(lambda: self.mailbox.find(email), within, f"a mail to {email}")
        body = message_from_string(text, policy=policy.default).get_body(("plain",))
        found = re.search(r"https?://\S+/accounts/activate/\S+", body.get_content() if body else "")
        if found is None:
            raise Disappointed(f"the mail to {email} has no activation link:\n{text}")
        return found[0]

    def follow(self, link: str) -> str:
        """Open a link and return the page."""
        answer = self.browser.get(link, timeout=ANSWER)
        if answer.status_code != 200:
            raise Disappointed(f"{link}: {answer.status_code} {answer.text[:500]}")
        return answer.text

    def log_in(self, username: str, password: str) -> None:
        """Log in as an activated account; raise `Disappointed` when it is refused."""
        answer = self._submit("/accounts/login/", {"username": username, "password": password})
        if answer.url.endswith("/accounts/login/"):
            raise Disappointed(f"{username} cannot log in though the account was activated")

    def start_report(self, name: str, values: dict[str, Any]) -> str:
        """Start a report and return the path of its page."""
        form = {f"{name}-{key}": value for key, value in values.items()}
        answer = self._submit(f"/reports/{name}/", form, page="/reports/")
        path = answer.url.removeprefix(self.url)
        if not path.startswith("/tasks/"):
            raise Disappointed(f"report {name}: {answer.status_code} at {answer.url}")
        return path

    def state(self, task: str) -> dict[str, Any]:
        """What the task's page says now: state, progress, result, error, worker, elapsed."""
        answer = self.browser.get(f"{self.url}{task}state", timeout=ANSWER)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def finished(self, task: str, within: float = 60) -> dict[str, Any]:
        """Wait until the task is done and return its state."""

        def done() -> dict[str, Any] | None:
            state = self.state(task)
            return state if state["done"] else None

        return wait(done, within, f"the end of {task}")

    def flash_sale(self, within: float = 90) -> dict[str, Any]:
        """Wait until beat has had today's sale written, and return it."""

        def warm() -> dict[str, Any] | None:
            answer = self.browser.get(f"{self.url}/api/flash-sale/", timeout=ANSWER)
            return answer.json() if answer.status_code == 200 else None

        return wait(warm, within, "today's flash sale")

    def _submit(
        self, path: str, form: dict[str, Any], page: str | None = None
    ) -> requests.Response:
        self.follow(f"{self.url}{page or path}")  # for the cookie of the CSRF check
        form = {**form, "csrfmiddlewaretoken": self.browser.cookies["csrftoken"]}
        headers = {"Referer": f"{self.url}{page or path}"}
        return self.browser.post(f"{self.url}{path}", data=form, headers=headers, timeout=ANSWER)


def wait(question: Callable[[], T | None], within: float, what: str) -> T:
    """Ask until there is an answer; raise `Disappointed` after ``within`` seconds."""
    end = time.monotonic() + within
    while (answer := question()) is None:
        if time.monotonic() > end:
            raise Disappointed(f"{what}: not seen within {within:.0f} s")
        time.sleep(0.1)
    return answer

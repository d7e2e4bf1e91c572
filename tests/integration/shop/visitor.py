"""A browser as far as these tests need one: cookies, forms and headings."""

import re
import uuid
from typing import Any

import requests

from tests.integration.waiting import wait_for

PASSWORD = "pears-and-plums-7"


def newcomer(**changes: str) -> dict[str, str]:
    """What somebody who was never here fills into the registration."""
    name = f"user{uuid.uuid4().hex[:12]}"
    return {"username": name, "email": f"{name}@example.org", "password": PASSWORD, **changes}


class Visitor(requests.Session):
    def __init__(self, site: str) -> None:
        super().__init__()
        self.site = site

    def request(self, method: str, path: str, *args: Any, **options: Any) -> requests.Response:
        url = path if path.startswith("http") else self.site + path
        return super().request(method, url, *args, **{"timeout": 30, **options})

    def send_form(self, path: str, fields: dict[str, Any], action: str = "") -> requests.Response:
        """Open the page for its token, then post the fields as its form would."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.get(path).text)
        assert token, f"{path} has no form"
        return self.post(action or path, {**fields, "csrfmiddlewaretoken": token[1]})

    def register(self, who: dict[str, str]) -> requests.Response:
        return self.post("/api/accounts/", json=who)

    def can_log_in(self, who: dict[str, str]) -> bool:
        fields = {"username": who["username"], "password": who["password"]}
        return "Log out" in self.send_form("/accounts/login/", fields).text

    def ended(self, task: str) -> dict[str, Any]:
        """Wait for the end of the task with this page; return what the page shows of it."""

        def state() -> dict[str, Any] | None:
            found = self.get(f"{task}state").json()
            return found if found["done"] else None

        return wait_for(state, f"the end of {task}", seconds=60)


def heading(answer: requests.Response) -> str:
    found = re.search(r"<h1>(.*?)</h1>", answer.text)
    assert found, f"{answer.url} has no heading"
    return found[1]

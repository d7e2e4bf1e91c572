"""What a gate says that fails on a host, and what the play says that takes back what it had started."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import UnixStreamServer
from typing import Any

import pytest

from celeriac.environments import Environment, ansible_variables
from tests.artefacts.documents import document

OLD, NEW = "20260101T000000-0000000000", "20260102T000000-1111111111"
DOCUMENT = document(
    web__health={"path": "/ok", "host": "shop.test", "codes": [200, 204], "within": 1}
)
# In place of the machine's own, which have nothing of this.
COMMANDS = {
    "systemctl": f"""[ "$1" = show ] || exit 0
for release in {OLD} {NEW}; do echo "Id=web-shop@$release.service"; echo ActiveState=active; echo; done""",
    "journalctl": 'echo "$*" | grep -q -- --unit=web-shop@ && echo "ValueError: sick"',
    "nginx": "echo unknown directive >&2; false",
}
NOW = [
    f"Taken back on this host: web-shop@{NEW}.service.",
    f"What ran before still runs: web-shop@{OLD}.service.",
]


class Sick(BaseHTTPRequestHandler):
    """Answers 500, or 200 where it is not asked as it should be."""

    def do_GET(self) -> None:
        right = (self.path, self.headers["Host"]) == ("/ok", "shop.test")
        self.send_response(500 if right else 200)
        self.end_headers()

    def address_string(self) -> str:
        return ""  # a Unix socket has none


@pytest.fixture
def sick(tmp_path: Path) -> Iterator[Path]:
    """The socket of a web server that answers 500."""
    path = tmp_path / f"{NEW}.sock"
    with UnixStreamServer(str(path), Sick) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield path
        server.shutdown()
        thread.join()


def failed(folder: Path, *tasks: dict[str, Any]) -> tuple[str, list[str]]:
    """Run tasks as release.yml runs a gate; return which task it tells of and the lines of its words."""
    commands = folder / "bin"
    commands.mkdir()
    for name, script in COMMANDS.items():
        (commands / name).write_text(f"#!/bin/sh\n{script}\n")
        (commands / name).chmod(0o755)
    undo = {
        "ansible.builtin.include_role": {"name": "release_undo"},
        "vars": {"release_undo_release": NEW, "release_undo_kind": "web"},
    }
    play = {"name": "Run the web servers", "hosts": "one", "gather_facts": False}
    plays = [{**play, "tasks": [{"name": "Gate", "block": list(tasks), "rescue": [undo]}]}]
    (folder / "plays.yml").write_text(json.dumps(plays))
    here = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    (folder / "hosts.yml").write_text(json.dumps({"all": {"hosts": {"one": here}}}))
    ran = {f"web-shop@{OLD}.service": {"state": "active"}}
    variables = {
        "celeriac": {**DOCUMENT, "web_socket": str(folder / "%i.sock")},
        "release_preflight_standing": {"instances": ran},
        "web_release": NEW,
        "__web_site": str(folder / "site"),
        "__web_enabled": str(folder / "enabled"),
    }
    (folder / "variables.json").write_text(json.dumps(variables))
    environment = ansible_variables(Environment("test", folder), folder / "log")
    environment |= {
        "CELERIAC_FAILURES": str(folder / "failures.json"),
        "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}",
    }
    environment.pop("ANSIBLE_VAULT_PASSWORD_FILE")
    program = Path(sys.executable).with_name("ansible-playbook")
    words = [str(program), "-i", "hosts.yml", "-e", "@variables.json", "plays.yml"]
    done = subprocess.run(
        words, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0, done.stdout
    (failure,) = json.loads((folder / "failures.json").read_text())
    assert (failure["host"], failure["refused"]) == ("one", False)
    said = "\n".join(f"    {line}" for line in failure["message"].splitlines())
    assert f"\nFailed\n  one: {failure['task']} (Run the web servers)\n{said}\n" in done.stdout
    return failure["task"], failure["message"].splitlines()


def web(file: str) -> dict[str, Any]:
    return {"ansible.builtin.import_role": {"name": "web", "tasks_from": file}}


def test_a_web_server_that_answers_wrongly(tmp_path: Path, sick: Path) -> None:
    task, said = failed(tmp_path, web("answers.yml"))
    unit = f"web-shop@{NEW}.service"
    assert task == "Wait until it answers"
    assert said == [
        f"{unit} does not answer as it should.",
        f'Asked 2 times, a second apart: GET /ok with "Host: shop.test" through its socket {sick}. '
        "Expected: 200 or 204 (web/health of celeriac.yml).",
        "The last time: Status code was 500 and not [200, 204]: HTTP Error 500: Internal Server Error",
        "Its last lines:",
        "ValueError: sick",
        f"Correct the cause, or web/health. On one: journalctl -u {unit}",
        *NOW,
    ]


def test_a_site_that_nginx_does_not_take(tmp_path: Path) -> None:
    task, said = failed(tmp_path, web("switch.yml"))
    assert task == "Check nginx's configuration"
    assert said[0].startswith("nginx does not take the site of shop on one; the old one was put")
    assert said[1:] == ["unknown directive", *NOW]


def test_a_loop_says_what_its_items_said(tmp_path: Path) -> None:
    loop = {
        "name": "Ask each edge host",
        "ansible.builtin.assert": {"that": "item == 'b'", "fail_msg": "{{ item }} is mute"},
        "loop": ["a", "b", "c"],
    }
    assert failed(tmp_path, loop) == ("Ask each edge host", ["a is mute", "c is mute", *NOW])

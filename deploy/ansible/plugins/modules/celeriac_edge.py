#!/usr/bin/python
"""Take a web host out of HAProxy's balance and put it back."""

from __future__ import annotations

import csv
import socket
import time

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: celeriac_edge
short_description: Takes a web host out of the balance of this host's HAProxy, or puts it back
description:
  - Speaks to the running HAProxy over its admin socket; nothing is written, and a reload puts every host back.
  - Out means that no new request goes there, in any application, and that what it has is waited for. An application
    of which no other web host is well keeps it, because a host that drains is better than none.
  - In waits until the applications of O(expect) are well there. Well does that alone, so a host that somebody took
    out stays out.
  - Where no HAProxy runs there is nothing to do.
options:
  server: {description: Name of the web host in the inventory., type: str, required: true}
  state: {description: Where it should be., type: str, choices: [out, in, well], required: true}
  wait: {description: "Seconds to wait, for its requests to end or for it to be well.", type: int, default: 30}
  expect: {description: Applications that have to be well there., type: list, elements: str, default: []}
  socket: {description: HAProxy's admin socket., type: path, default: /run/haproxy/admin.sock}
author: [Celeriac]
"""

RETURN = r"""
backends: {description: Applications in which the host was taken out or put back., type: list, returned: always}
kept: {description: Applications that kept it because no other host is well., type: list, returned: always}
requests: {description: Requests that it still had when the time was over., type: int, returned: always}
"""

PAUSE = 0.2  # seconds between two looks
TIMEOUT = 5  # seconds for HAProxy to answer


class Failed(Exception):
    """HAProxy does not do what it was told; the message says what it is and what to do."""


class Socket:
    """HAProxy's admin socket: one command, one answer."""

    def __init__(self, path: str) -> None:
        self._path = path

    def ask(self, command: str) -> str:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(TIMEOUT)
            connection.connect(self._path)
            connection.sendall(f"{command}\n".encode())
            answer = b""
            while chunk := connection.recv(65536):
                answer += chunk
        return answer.decode()

    def order(self, command: str) -> None:
        """HAProxy answers an order with nothing, and a wrong one with why."""
        if said := self.ask(command).strip():
            raise Failed(f"HAProxy does not take {command!r}: {said}")

    def servers(self) -> list[dict[str, str]]:
        """The web hosts of each application, as HAProxy sees them."""
        lines = self.ask("show stat -1 4 -1").removeprefix("# ").strip().splitlines()
        return list(csv.DictReader(lines))


def is_out(row: dict[str, str]) -> bool:
    return row["status"].startswith(("DRAIN", "MAINT"))


def is_well(row: dict[str, str]) -> bool:
    return row["status"].startswith("UP")


def to_take_out(rows: list[dict[str, str]], server: str) -> tuple[list[str], list[str]]:
    """Return the backends to take the server out of, and those that keep it."""
    others = {row["pxname"] for row in rows if row["svname"] != server and is_well(row)}
    mine = [row for row in rows if row["svname"] == server and not is_out(row)]
    out = [row["pxname"] for row in mine if row["pxname"] in others]
    # One that is not well serves nobody, so it has nothing to keep.
    kept = [row["pxname"] for row in mine if row["pxname"] not in others and is_well(row)]
    return out, kept


def requests(rows: list[dict[str, str]], server: str) -> int:
    return sum(int(row["scur"] or 0) for row in rows if row["svname"] == server and is_out(row))


def not_well(rows: list[dict[str, str]], server: str, expect: list[str]) -> dict[str, str]:
    return {
        row["pxname"]: row["status"]
        for row in rows
        if row["svname"] == server and row["pxname"] in expect and not is_well(row)
    }


def take_out(admin: Socket, server: str, wait: float, check_mode: bool) -> dict:
    out, kept = to_take_out(admin.servers(), server)
    left = 0
    if not check_mode:
        for backend in out:
            admin.order(f"set server {backend}/{server} state drain")
        end = time.monotonic() + wait
        while (left := requests(admin.servers(), server)) and time.monotonic() < end:
            time.sleep(PAUSE)
    return {"changed": bool(out), "backends": out, "kept": kept, "requests": left}


def wait_until_well(admin: Socket, server: str, expect: list[str], wait: float) -> None:
    end = time.monotonic() + wait
    while (ill := not_well(admin.servers(), server, expect)) and time.monotonic() < end:
        time.sleep(PAUSE)
    if ill:
        told = ", ".join(f"{backend} ({status})" for backend, status in ill.items())
        raise Failed(
            f"After {wait:.0f} s HAProxy does not find {server} well: {told}. It gets no request until it is. "
            f"On {server}: systemctl status nginx 'web-*'"
        )


def put_back(admin: Socket, server: str, expect: list[str], wait: float, check_mode: bool) -> dict:
    back = [row["pxname"] for row in admin.servers() if row["svname"] == server and is_out(row)]
    if not check_mode:
        for backend in back:
            admin.order(f"set server {backend}/{server} state ready")
        wait_until_well(admin, server, expect, wait)
    return {"changed": bool(back), "backends": back, "kept": [], "requests": 0}


def wait_unless_out(admin: Socket, server: str, expect: list[str], wait: float) -> None:
    out = {row["pxname"] for row in admin.servers() if row["svname"] == server and is_out(row)}
    wait_until_well(admin, server, [name for name in expect if name not in out], wait)


def apply(params: dict, check_mode: bool) -> dict:
    admin, server, wait = Socket(params["socket"]), params["server"], params["wait"]
    try:
        if params["state"] == "out":
            return take_out(admin, server, wait, check_mode)
        if params["state"] == "in":
            return put_back(admin, server, params["expect"], wait, check_mode)
        if not check_mode:
            wait_unless_out(admin, server, params["expect"], wait)
    except (FileNotFoundError, ConnectionRefusedError):
        pass  # nothing there that could send requests
    return {"changed": False, "backends": [], "kept": [], "requests": 0}


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "server": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["out", "in", "well"], "required": True},
            "wait": {"type": "int", "default": 30},
            "expect": {"type": "list", "elements": "str", "default": []},
            "socket": {"type": "path", "default": "/run/haproxy/admin.sock"},
        },
        supports_check_mode=True,
    )
    try:
        module.exit_json(**apply(module.params, module.check_mode))
    except Failed as error:
        module.fail_json(msg=str(error))
    except OSError as error:
        module.fail_json(msg=f"HAProxy does not answer at {module.params['socket']}: {error}")


if __name__ == "__main__":
    main()

"""`celeriac status`, `queues` and `workers` as a person runs them, on hosts that are folders."""

from __future__ import annotations

import json
import os
import socket
import subprocess

import pytest

from celeriac.description.processes import SCHEDULER
from celeriac.fleet import loading, status
from celeriac.fleet.ask import Answer
from celeriac.fleet.survey import Survey
from tests.descriptions import write
from tests.unit.fleet.conftest import QUEUE, RELEASE
from tests.unit.fleet.hosts import Hosts, show

STATUS = """\
shop in test: release 20261122T091200-aaaaaaaaaa

HOST   UNIT                RELEASE                     STATE  SINCE (UTC)               MEMORY  NOTE
one    web-shop            20261122T091200-aaaaaaaaaa  ready  2025-11-22 09:12:03  100/256 MiB  -
two    beat-shop           20261122T091200-aaaaaaaaaa  ready  2025-11-22 09:12:03  100/256 MiB  leads, 4 entries
two    relay-shop          20261122T091200-aaaaaaaaaa  ready  2025-11-22 09:12:03  100/256 MiB  0 waiting, 7 sent
two    celery-shop-mail-1  20261122T091200-aaaaaaaaaa  ready  2025-11-22 09:12:03  100/256 MiB  consuming mail
two    celery-shop-mail-2  20261122T091200-aaaaaaaaaa  ready  2025-11-22 09:12:03  100/256 MiB  consuming mail
three  celery-shop-bulk-1  20261122T091200-aaaaaaaaaa  ready  2025-11-22 09:12:03  100/256 MiB  -

beat: two leads
broker: 1 of 1 node running

QUEUE  TYPE    READY  UNACKED  CONSUMERS  LEADER  ONLINE  STATE
mail   quorum     12        2          2  one     1 of 1  running
bulk   quorum      0        0          1  one     1 of 1  running

dead letters: 1, delayed: 2
"""
WORKERS = """\
POOL  HOST   SLOT  RELEASE                     STATE        PID  CHILDREN       MEMORY  TASKS  SINCE (UTC)
bulk  three     1  20261122T091200-aaaaaaaaaa  ready  999999999         0  100/256 MiB      -  2025-11-22 09:12:03
mail  two       1  20261122T091200-aaaaaaaaaa  ready  999999999         0  100/256 MiB      -  2025-11-22 09:12:03
mail  two       2  20261122T091200-aaaaaaaaaa  ready  999999999         0  100/256 MiB      -  2025-11-22 09:12:03
"""  # fmt: skip


def test_all_runs(running: Hosts) -> None:
    said = running.celeriac("status")
    assert (said.stdout, said.stderr, said.exit_code) == (STATUS, "", 0)
    assert running.asked() == ["one", "three", "two"]


def test_states_are_coloured_on_a_terminal(running: Hosts) -> None:
    said = running.run(*running.words("workers"), color=True)
    assert f"{RELEASE}  \x1b[32mready\x1b[0m  999999999" in said.stdout
    running.environment["NO_COLOR"] = "1"
    assert "\x1b" not in running.run(*running.words("workers"), color=True).stdout


def test_the_shape_for_programs(running: Hosts) -> None:
    seen = json.loads(running.celeriac("status", "--json").stdout)
    assert seen["release"] == RELEASE
    assert seen["releases"] == {RELEASE: ["one", "two", "three"]}
    assert seen["hosts"][0] == {"host": "one", "answered": True, "reason": None}
    assert seen["processes"][1] == {
        "host": "two",
        "process": "beat",
        "unit": "beat-shop",
        "release": RELEASE,
        "state": "ready",
        "wanted": True,
        "since": "2025-11-22T09:12:03Z",
        "memory": 104857600,
        "memory_limit": 268435456,
        "restarts": 0,
        "note": "leads, 4 entries",
    }
    assert seen["beat"] == {"leader": "two", "others": []}
    assert seen["broker"] == {
        "nodes": ["one"], "running": ["one"], "alarms": [], "partitioned": [],
    }  # fmt: skip
    assert (seen["outbox"], seen["dead_letters"], seen["delayed"]) == (None, 1, 2)
    assert (seen["error"], seen["problems"]) == (None, [])


def test_what_does_not_run_is_a_problem(running: Hosts) -> None:
    failed = {"ActiveState": "failed", "Result": "oom-kill", "ExecMainStatus": "9", "MainPID": "0"}
    old = {"ActiveState": "deactivating", "UnitFileState": "disabled"}
    instances = {f"celery-shop-bulk-1@{RELEASE}": failed, "celery-shop-bulk-1@20260101": old}
    running.put("three", "units", show(instances))
    cluster = {"disk_nodes": ["rabbit@one", "rabbit@four"], "running_nodes": ["rabbit@one"]}
    alarms = [{"type": "resource_limit", "resource": "memory", "node": "rabbit@one"}]
    running.put("one", "cluster_status", {**cluster, "alarms": alarms, "partitions": {}})
    said = running.celeriac("status")
    assert said.exit_code == 1
    assert said.stdout.endswith(
        "\n3 problems:\n"
        f"  three: celery-shop-bulk-1@{RELEASE} has failed (oom-kill, exit status 9)\n"
        "  four: the broker's node does not run\n"
        "  one: alarm of the broker for memory: publishers wait\n"
    )
    assert "celery-shop-bulk-1  20260101                    draining" in said.stdout


def test_nobody_leads(running: Hosts) -> None:
    standby = {"StatusText": "standby: another process leads"}
    rest = {f"{name}@{RELEASE}": {} for name in ("relay-shop", "celery-shop-mail-1", "celery-shop-mail-2")}  # fmt: skip
    running.put("two", "units", show({f"beat-shop@{RELEASE}": standby, **rest}))
    write(running.folder, {"beat/scheduler": SCHEDULER})
    said = running.celeriac("status")
    assert said.exit_code == 1
    assert "beat: nobody leads, standing by: two" in said.stdout
    assert "1 problem:\n  no beat leads" in said.stdout
    running.put("two", "down", "")
    assert "leads" not in running.celeriac("status").stdout


def test_a_host_that_does_not_answer_is_named_and_the_others_are_shown(running: Hosts) -> None:
    running.put("three", "down", "")
    said = running.celeriac("status")
    assert said.exit_code == 3
    assert said.stderr == (
        "three did not answer: ssh: connect to host three port 22: Connection refused\n"
    )
    assert "three  celery-shop-bulk-1  -                           unknown" in said.stdout
    assert "two    beat-shop           20261122T091200-aaaaaaaaaa  ready" in said.stdout
    assert "problem" not in said.stdout


def test_a_part_of_the_hosts(running: Hosts) -> None:
    said = running.celeriac("status", "--hosts", "w*,web,three", "--json")
    assert said.exit_code == 2
    assert said.stderr.startswith("--hosts w*: no such host or group. Known here: ")
    seen = json.loads(running.celeriac("status", "--hosts", "web,thr*", "--json").stdout)
    assert [host["host"] for host in seen["hosts"]] == ["one", "three"]
    # Its host was not asked.
    assert seen["beat"] is None


def test_no_node_of_the_broker_answers(running: Hosts) -> None:
    (running.folder / "hosts" / "one" / "list_queues").unlink()
    why = "Error: unable to perform an operation on node 'rabbit@one'"
    said = running.celeriac("status")
    assert said.exit_code == 3
    assert f"\nbroker: one: {why}\n" in said.stdout
    queues = running.celeriac("queues")
    assert (queues.exit_code, queues.stdout) == (3, "")
    assert queues.stderr == f"Nothing is known of the queues: one: {why}\n"
    assert json.loads(running.celeriac("queues", "--json").stdout)["queues"] is None


def test_a_queue_is_missing(running: Hosts) -> None:
    pidbox = {**QUEUE, "name": "celery@two.celery.pidbox", "durable": False}
    more = {**QUEUE, "name": "aside", "type": "classic", "members": "", "online": "", "leader": ""}
    running.put("one", "list_queues", [{**QUEUE, "name": "mail"}, pidbox, more])
    said = running.celeriac("queues")
    assert said.stdout == (
        "QUEUE  TYPE     READY  UNACKED  CONSUMERS  LEADER  ONLINE  STATE\n"
        "mail   quorum       0        0          1  one     1 of 1  running\n"
        "bulk   -            -        -          -  -       -       missing\n"
        "aside  classic      0        0          1  -       -       running\n"
        "\n"
        "delayed: 0\n"
    )
    assert (said.exit_code, said.stderr) == (1, "A queue is missing: deploy, and it is declared.\n")
    assert running.asked() == ["one"]


def test_workers(running: Hosts) -> None:
    said = running.celeriac("workers")
    assert (said.stdout, said.stderr, said.exit_code) == (WORKERS, "", 0)
    (first, *_) = json.loads(running.celeriac("workers", "--json", "--hosts", "three").stdout)
    assert first == {
        "pool": "bulk",
        "host": "three",
        "slot": 1,
        "unit": "celery-shop-bulk-1",
        "release": RELEASE,
        "state": "ready",
        "wanted": True,
        "pid": 999999999,
        "children": 0,
        "memory": 104857600,
        "memory_limit": 268435456,
        "tasks": None,
        "since": "2025-11-22T09:12:03Z",
    }


def test_a_worker_is_told_by_its_connection(running: Hosts) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as own,
        subprocess.Popen(["sleep", "60"]) as child,
    ):
        unit = {f"celery-shop-bulk-1@{RELEASE}": {"MainPID": str(os.getpid())}}
        running.put("three", "units", show(unit))
        name = f"127.0.0.1:{own.getsockname()[1]} -> 127.0.0.1:5671"
        channels = [
            {"name": f"{name} ({number})", "vhost": vhost, "messages_unacknowledged": held}
            for number, vhost, held in ((1, "shop-test", 4), (2, "shop-test", 1), (3, "other", 9))
        ]
        elsewhere = {"name": "192.0.2.1:1 -> 127.0.0.1:5671 (1)", "vhost": "shop-test"}
        channels.append({**elsewhere, "messages_unacknowledged": 7})
        running.put("one", "list_channels", channels)
        said = running.celeriac("workers", "--json", "--hosts", "three")
        child.kill()
    (worker,) = json.loads(said.stdout)
    assert worker["tasks"] == 5
    assert worker["children"] >= 1


def relay(**own: float) -> dict[str, float]:
    up = {"relay_database_up": 1, "relay_broker_up": 1}
    return {"age": 0.5, "outbox_waiting": 0, "outbox_oldest_seconds": 0, **up, **own}


@pytest.mark.parametrize(
    ("relays", "line"),
    [
        ([], None),
        ([relay()], "outbox: 0 waiting, 0 parked"),
        (
            [relay(outbox_waiting=3, outbox_oldest_seconds=2.04, outbox_parked=1)],
            "outbox: 3 waiting, the oldest for 2.0 s, 1 parked",
        ),
        # The one that wrote last knows best; one that hangs or is cut off knows nothing.
        ([relay(outbox_waiting=9, age=4), relay()], "outbox: 0 waiting, 0 parked"),
        ([relay(age=60)], None),
        ([relay(relay_database_up=0)], None),
    ],
)
def test_the_outbox_as_its_relays_see_it(
    hosts: Hosts, relays: list[dict[str, float]], line: str | None
) -> None:
    inventories = hosts.folder / "inventories"
    fleet = loading.load("test", hosts.description, inventories)
    answers = {"two": Answer({"units": [], "release": None, "relays": relays})}
    found = status.lines(status.view(fleet, Survey(answers)))
    assert [each for each in found if each.startswith("outbox")] == ([line] if line else [])


EDGE = {
    "children/edge/hosts/edge1": {"ansible_host": "192.0.2.30"},
    "vars/celeriac_sites/shop/url": "https://shop",
    "vars/celeriac_edge_tls": {"shop": {"by": "upstream", "from": ["192.0.2.7"]}},
}


@pytest.mark.parametrize(
    ("web", "line", "problems"),
    [
        ({"web1": "UP", "web2": "UP 1/3"}, "sends to web1, web2", []),
        ({"web1": "UP", "web2": "DRAIN"}, "sends to web1; taken out: web2", []),
        (
            {"web1": "UP", "web2": "DOWN 1/2"},
            "sends to web1; ill: web2",
            ["finds web2 ill, and sends nobody there"],
        ),
        (
            {"web1": "MAINT"},
            "sends to nobody; taken out: web1",
            ["no web host gets requests: people see 503 or 404"],
        ),
        ({}, "sends to nobody", ["no web host gets requests: people see 503 or 404"]),
        (None, "has no HAProxy that runs", ["HAProxy does not run: nobody comes in there"]),
    ],
)
def test_the_web_hosts_as_the_edge_sees_them(
    hosts: Hosts, web: dict[str, str] | None, line: str, problems: list[str]
) -> None:
    write(hosts.folder, hosts=EDGE)
    fleet = loading.load("test", hosts.description, hosts.folder / "inventories")
    answer = Answer({"units": [], "release": None, "relays": [], "edge": web})
    seen = status.view(fleet, Survey({"edge1": answer}))
    assert f"edge: edge1 {line}" in status.lines(seen)
    assert seen["problems"] == [f"edge1: {problem}" for problem in problems]


def test_status_asks_the_edge_too(running: Hosts) -> None:
    write(running.folder, hosts=EDGE)
    address = "192.0.2.30"
    (running.folder / "hosts" / address).mkdir()
    running.put(address, "units", "")
    seen = json.loads(running.celeriac("status", "--json", "--hosts", "edge1,three").stdout)
    assert [host["host"] for host in seen["hosts"]] == ["three", "edge1"]
    assert seen["edge"] == [{"host": "edge1", "web": None}]
    running.put(address, "down", "")
    assert running.celeriac("status").exit_code == 3
    assert running.celeriac("workers").exit_code == 0


@pytest.mark.parametrize("command", ["status", "queues", "workers", "logs"])
def test_mistakes_ask_nobody(hosts: Hosts, command: str) -> None:
    (hosts.folder / "inventories" / "test" / "known_hosts").unlink()
    said = hosts.celeriac(command)
    assert said.exit_code == 2
    assert "known_hosts: not there, so no host can be recognised." in said.stderr
    assert not (hosts.folder / "hosts" / "asked").exists()

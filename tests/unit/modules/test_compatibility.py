"""What hosts, database and broker say of tasks, put together for the verdict."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar

import pytest
from ansible.errors import AnsibleFilterError

from tests.unit.modules.loading import filters, module, shared

compatibility = filters("celeriac_compatibility")
manifests, systemd = module("celeriac_manifests"), shared("celeriac_systemd")
depths = module("rabbitmq_depths")

SEND = {"queue": "mail", "parameters": [], "once": False, "deprecated": False}
OLD, NEW = {"tasks": {"send": SEND, "gone": SEND}}, {"tasks": {"send": SEND}}
NOTHING = {"outbox": {}, "parked": {}, "schedule": {}, "unreadable": 0}


def hostvars(*found: tuple[Any, dict[str, Any]]) -> dict[str, Any]:
    return {
        f"h{number}": {"__release_compatibility_found": {"manifest": manifest, "running": running}}
        for number, (manifest, running) in enumerate(found, 1)
    }


def verdict(hosts: dict[str, Any], said: str = "", queues: Any = None) -> Any:
    document = {"queue_tasks": {}, "only": None}
    return compatibility.verdict(list(hosts), hosts, said, queues or {}, document)


def test_hosts_are_put_together() -> None:
    hosts = hostvars((None, {"r1": None}), (NEW, {"r1": OLD, "r2": NEW}), (NEW, {}))
    new, running = compatibility.seen(list(hosts), hosts)
    assert new == NEW
    assert {name: (one.manifest, one.hosts) for name, one in running.items()} == {
        "r1": (OLD, ("h1", "h2")),
        "r2": (NEW, ("h2",)),
    }


@pytest.mark.parametrize(
    ("hosts", "asks"),
    [
        (hostvars((NEW, {})), False),
        (hostvars((NEW, {"r1": NEW})), False),
        (hostvars((NEW, {"r1": OLD})), True),
        (hostvars((None, {"r1": OLD})), False),
    ],
)
def test_whether_it_is_asked_what_waits(hosts: Any, asks: bool) -> None:
    assert compatibility.asks(list(hosts), hosts) is asks


@pytest.mark.parametrize(
    ("hosts", "accepted"),
    [
        (hostvars((None, {})), []),
        (hostvars((None, {"r1": OLD})), [compatibility.NO_MANIFEST]),
        (hostvars((NEW, {"r1": NEW})), []),
    ],
)
def test_nothing_to_refuse(hosts: Any, accepted: list[str]) -> None:
    assert verdict(hosts) == {"refused": [], "accepted": accepted}


def placed(kind: str, *queues: str) -> dict[str, Any]:
    return {"kind": kind, "proof": {"queues": list(queues)}} if queues else {"kind": kind}


PLACED = {
    "h1": [placed("web"), placed("relay")],
    "h2": [placed("worker", "mail", "reports")],
    "h3": [placed("worker", "mail")],
}


@pytest.mark.parametrize(
    ("only", "queue", "kind", "where"),
    [
        pytest.param(None, "mail", None, "", id="no canary"),
        pytest.param(["h1"], "mail", "refused", "on h2, h3 that consume mail", id="web"),
        pytest.param(["h1", "h2"], "mail", "refused", "on h3 that consume mail", id="some workers"),
        pytest.param(["h1", "h2"], "reports", None, "", id="all workers of the queue"),
        pytest.param(["h2"], "mail", "accepted", "on h3 that consume mail", id="workers alone"),
        pytest.param(
            ["h1"], None, "refused", "on h2, h3 that consume mail, reports", id="any queue"
        ),
    ],
)
def test_a_canary_and_a_task_that_others_do_not_know(
    only: list[str] | None, queue: str | None, kind: str | None, where: str
) -> None:
    known = {"tasks": {"old": OLD["tasks"]["gone"]}}
    new = {"tasks": {**known["tasks"], "fresh": {**OLD["tasks"]["gone"], "queue": queue}}}
    hosts = hostvars((None, {"r1": known}), (new, {"r1": known}), (None, {"r1": known}))
    document = {
        "queue_tasks": {"mail": [], "reports": []},
        "only": only,
        "hosts": {host: {"processes": processes} for host, processes in PLACED.items()},
    }
    found = compatibility.verdict(list(hosts), hosts, "", {}, document)
    assert {name for name, told in found.items() if told} == ({kind} if kind else set())
    if kind:
        assert f"fresh: it is new, and workers {where} do not know it." in found[kind][0]


def test_the_commands_line_is_the_last() -> None:
    hosts = hostvars((NEW, {"r1": OLD}))
    said = f"the application says hello\n{json.dumps(NOTHING | {'outbox': {'gone': 2}})}\n"
    (refused,) = verdict(hosts, said)["refused"]
    assert "(now: 2 in the outbox)" in refused
    (refused,) = verdict(hosts, json.dumps(NOTHING), {"mail": 3})["refused"]
    assert "(now: 3 in the queue mail)" in refused
    assert verdict(hosts, json.dumps(NOTHING), {"mail": 0})["refused"] == []


@pytest.mark.parametrize("said", ["hello", "{}", " ", "7"])
def test_an_answer_that_cannot_be_read_is_no_permission(said: str) -> None:
    with pytest.raises(AnsibleFilterError, match="said nothing that can be read"):
        verdict(hostvars((NEW, {"r1": OLD})), said)


def test_the_newest_release_is_asked() -> None:
    hosts = hostvars((NEW, {"r1": OLD, "r2": OLD}), (NEW, {}))
    assert compatibility.running_release("h1", hosts, "r3") == "r2"
    assert compatibility.running_release("h2", hosts, "r3") == "r3"


@pytest.mark.parametrize(
    ("external", "variables", "found"),
    [
        (
            {},
            {},
            {"url": "http://127.0.0.1:15672", "ca": "", "username": "admin", "password": "own"},
        ),
        (
            {},
            {"rabbitmq_management_port": 15999, "rabbitmq_administrator": "root"},
            {"url": "http://127.0.0.1:15999", "ca": "", "username": "root", "password": "own"},
        ),
        (
            {"broker": {"management": "https://mq:15671", "ca": None, "user": "celeriac"}},
            {},
            {"url": "https://mq:15671", "ca": "", "username": "celeriac", "password": "other"},
        ),
    ],
)
def test_where_the_broker_is_asked(external: Any, variables: Any, found: Any) -> None:
    secrets = {"environment": {"rabbitmq_admin_password": "own", "broker_password": "other"}}
    given = {"celeriac_secrets": secrets, **variables}
    assert compatibility.management({"external": external}, given) == found


def test_releases_of_the_units_of_an_application() -> None:
    listing = (
        "celery-shop-mail-1@20261122T0912-ab.service loaded active running shop pool-mail\n"
        "web-shop@20261121T0800-cd.service loaded deactivating stop-sigterm shop web\n\n"
    )
    asked: list[str] = []

    class Host:
        def run_command(self, words: list[str]) -> tuple[int, str, str]:
            asked.extend(words)
            return 0, listing, ""

    found = systemd.Systemd(Host()).listed(*systemd.of_application("shop"), states=systemd.ALIVE)
    assert [systemd.release_of(unit) for unit in found] == ["20261122T0912-ab", "20261121T0800-cd"]
    assert "--state=active,activating,reloading,deactivating" in asked
    assert {"celery-shop-*@*.service", "web-shop@*.service"} < {*asked}


def test_manifests_of_a_host(tmp_path: Path) -> None:
    release = tmp_path / "releases" / "r1"
    release.mkdir(parents=True)
    assert manifests.manifest(tmp_path, "r1") is None
    (release / "tasks.json").write_text(json.dumps(OLD))
    assert manifests.manifest(tmp_path, "r1") == OLD


def test_one_that_does_not_run_and_would_start_again_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All its workers have failed, messages wait for them, and the next release has their task no more."""
    (tmp_path / "wants").mkdir()
    (tmp_path / "wants" / "celery-shop-mail-1@r1.service").touch()
    (tmp_path / "wants" / "celery-other-mail-1@r0.service").touch()
    monkeypatch.setattr(systemd, "WANTS", tmp_path / "wants")
    said: dict[str, Any] = {}

    class Host:
        params: ClassVar = {"application": "shop", "root": str(tmp_path), "release": "r2"}

        def run_command(self, words: list[str]) -> tuple[int, str, str]:
            return 0, "", ""

        def exit_json(self, **found: Any) -> None:
            said.update(found)

    monkeypatch.setattr(manifests, "AnsibleModule", lambda **_: Host())
    manifests.main()
    assert said["running"] == {"r1": None}


def test_depths() -> None:
    assert depths.depths([{"name": "mail", "messages": 2}]) == {"mail": 2}
    with pytest.raises(depths.BrokerError, match="how many messages are in mail"):
        depths.depths([{"name": "mail"}, {"name": "reports", "messages": 0}])

"""Whether a rollback may begin, and what it would run, from records and what hosts say."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
import yaml

from celeriac.description.problems import InputError
from celeriac.release import going_back
from celeriac.release.hosts import Seen
from tests.descriptions import SHOP, changed, inventory

POOLS = {"two": {"mail": 2}, "three": {"bulk": 1, "mail": 1}}
WHERE = inventory(
    POOLS,
    build=["five"],
    broker=["five"],
    database=["five"],
    workers=["two", "three"],
    web=["one", "two"],
    beat=["two"],
    relay=["four", "three"],
)
NAME = "20261122T120000-0123456789"
NEWER = "20261123T120000-0123456789"
ARCHIVE = {"release": NAME, "sha256": "00", "archive_bytes": 1, "unpacked_bytes": 2}


def text(changes: dict[str, Any] | None = None) -> str:
    return yaml.safe_dump(changed(SHOP, changes or {}), sort_keys=False)


def record(description: str | None = None, **more: Any) -> str:
    return json.dumps({**ARCHIVE, "description": description or text(), **more})


def test_the_document_is_that_of_the_record_with_todays_inventory() -> None:
    records = {NAME: record(text({"pools/mail/memory": "333M"}), key_of_a_later_version=1)}
    found = going_back.document(WHERE, NAME, records)
    assert found["build"]["known"] == ARCHIVE
    assert found["hosts_by_kind"]["relay"] == ["four", "three"]
    assert found["application_hosts"] == ["four", "one", "three", "two"]
    drop_ins = [
        file["content"]
        for process in found["hosts"]["three"]["processes"]
        for file in process["files"]
    ]
    assert any("MemoryMax=333M" in content for content in drop_ins)


@pytest.mark.parametrize(
    ("records", "why"),
    [
        ({}, f"There is no record of {NAME}. Deploy its code again instead."),
        ({NAME: "{"}, f"There is a damaged record of {NAME}. Deploy its code again"),
    ],
)
def test_without_a_record_it_is_refused(records: dict[str, str], why: str) -> None:
    with pytest.raises(going_back.Refused, match=why):
        going_back.document(WHERE, NAME, records)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (json.dumps(ARCHIVE), "the record of .*: written by an older version of Celeriac"),
        (record(text({"zzz": 1})), "the record of .*, zzz: unknown key"),
        (record(text({"pools/third": SHOP["pools"]["mail"]})), "third"),
    ],
)
def test_a_record_that_does_not_fit(content: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        going_back.document(WHERE, NAME, {NAME: content})


def test_every_host_must_have_the_release() -> None:
    document = going_back.document(WHERE, NAME, {NAME: record()})
    seen = {host: Seen(releases=[NAME]) for host in document["hosts"]}
    going_back.check_hosts(NAME, document["hosts"], seen)
    seen |= {"two": Seen(releases=[NEWER]), "four": Seen()}
    with pytest.raises(going_back.Refused, match=f"{NAME} is not on four, two"):
        going_back.check_hosts(NAME, document["hosts"], seen)


def entry(description: str, result: str = "done") -> dict[str, Any]:
    sha256 = hashlib.sha256(description.encode()).hexdigest()
    return {
        "what": "deploy",
        "when": "",
        "release": NEWER,
        "result": result,
        "description": sha256,
    }


@pytest.mark.parametrize(
    ("changes", "result", "recorded", "known"),
    [
        pytest.param({}, "done", True, True, id="the same description"),
        pytest.param({"pools/mail/memory": "1G"}, "done", True, True, id="the same services"),
        pytest.param({"pools/mail/via": "direct"}, "done", True, False, id="other rights"),
        pytest.param({"pools/mail/concurrency": 9}, "done", True, False, id="more connections"),
        pytest.param({"pools/mail/memory": "1G"}, "done", False, False, id="not in a record"),
        pytest.param({}, "failed", True, False, id="cut off"),
    ],
)
def test_whether_broker_and_database_must_be_provisioned(
    changes: dict[str, Any], result: str, recorded: bool, known: bool
) -> None:
    last = text(changes)
    records = {NAME: record(), **({NEWER: record(last)} if recorded else {})}
    document = going_back.document(WHERE, NAME, records)
    assert going_back.provisioned(WHERE, [entry(last, result)], records, document) is known


@pytest.mark.parametrize(
    ("running", "cut_off"), [(set(), False), ({NEWER}, False), ({NEWER, NAME}, True)]
)
def test_a_release_that_runs_and_was_never_done_was_cut_off(
    running: set[str], cut_off: bool
) -> None:
    assert going_back.unfinished(running, [entry("")]) is cut_off


def done(release: str, what: str = "deploy", result: str = "done") -> dict[str, Any]:
    return {"what": what, "when": "", "release": release, "result": result}


@pytest.mark.parametrize(
    ("last", "running", "cut_off"),
    [
        # The code of the release before was to come again.
        pytest.param(done(NAME, result="failed"), {NAME, NEWER}, True, id="cut off"),
        pytest.param(done(NAME, result="partly"), {NAME, NEWER}, True, id="a canary"),
        pytest.param(done(NAME, result="failed"), {NEWER}, False, id="cut off before it ran"),
        pytest.param(done(NEWER, result="failed"), {NEWER}, False, id="the current one once more"),
        # It goes on to where it was going.
        pytest.param(done(NAME, "rollback", "failed"), {NAME, NEWER}, False, id="half gone back"),
    ],
)
def test_one_that_was_in_force_earlier_may_have_been_cut_off(
    last: dict[str, Any], running: set[str], cut_off: bool
) -> None:
    assert going_back.unfinished(running, [done(NAME), done(NEWER), last]) is cut_off

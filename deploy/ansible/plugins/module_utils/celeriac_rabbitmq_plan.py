"""Compare described objects of a virtual host with those a broker has; pure functions."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from ansible.module_utils.celeriac_rabbitmq import segment
from ansible.module_utils.celeriac_rabbitmq_rights import both

HASHES = {
    "rabbit_password_hashing_sha256": hashlib.sha256,
    "rabbit_password_hashing_sha512": hashlib.sha512,
}
IMMUTABLE = {"exchange", "queue"}
SALT_BYTES = 4


@dataclass(frozen=True)
class Thing:
    """One object: what it is, its properties, and where the API keeps it."""

    kind: str
    name: str
    properties: dict[str, Any]
    path: str
    method: str = "PUT"
    hidden: dict[str, Any] = field(default_factory=dict)
    """Part of the request, but neither compared nor shown: passwords, and what the name says already."""

    @property
    def key(self) -> tuple[str, str]:
        return self.kind, self.name

    def line(self) -> str:
        told = f": {json.dumps(self.properties, sort_keys=True)}" if self.properties else ""
        return f"{self.kind} {self.name}{told}"


@dataclass(frozen=True)
class Change:
    """A request that makes the broker agree, and how a person is told of it."""

    summary: str
    thing: Thing
    before: str
    after: str


@dataclass(frozen=True)
class Plan:
    changes: list[Change]
    refused: list[str]
    """Differences that no request can mend, with their remedies."""
    stale: list[str]
    """Objects that the broker has and the description does not."""
    kept: list[str]
    """Objects that stay more than the description says, for releases before it."""


def _pick(entry: dict, **defaults: Any) -> dict[str, Any]:
    return {name: entry.get(name, default) for name, default in defaults.items()}


def _binding_name(entry: dict) -> str:
    key, arguments = entry["routing_key"], entry.get("arguments")
    name = f"{entry['source']} -> {entry['destination_type']} {entry['destination']} ({key})"
    return f"{name} {json.dumps(arguments, sort_keys=True)}" if arguments else name


def things(objects: dict, vhost: str) -> Iterator[Thing]:
    """The objects of ``vhost`` in the order in which they can be made.

    Takes what the description derives as well as what the broker exports, which
    name the same properties.
    """
    v = segment(vhost)
    for entry in objects["exchanges"]:
        wanted = _pick(
            entry, type="direct", durable=True, auto_delete=False, internal=False, arguments={}
        )
        yield Thing("exchange", entry["name"], wanted, f"exchanges/{v}/{segment(entry['name'])}")
    for entry in objects["queues"]:
        wanted = _pick(entry, durable=True, auto_delete=False)
        wanted["arguments"] = {"x-queue-type": "classic"} | entry.get("arguments", {})
        yield Thing("queue", entry["name"], wanted, f"queues/{v}/{segment(entry['name'])}")
    for entry in objects["bindings"]:
        source, target = segment(entry["source"]), segment(entry["destination"])
        path = f"bindings/{v}/e/{source}/{entry['destination_type'][0]}/{target}"
        hidden = _pick(entry, routing_key="", arguments={})
        yield Thing("binding", _binding_name(entry), {}, path, "POST", hidden)
    for entry in objects["policies"]:
        wanted = _pick(entry, pattern="", priority=0, definition={})
        wanted["apply-to"] = entry.get("apply_to", entry.get("apply-to", "all"))
        yield Thing("policy", entry["name"], wanted, f"policies/{v}/{segment(entry['name'])}")
    # Before the permissions that they limit: a topic without one is open.
    for entry in objects["topic_permissions"]:
        wanted = _pick(entry, exchange="", write="", read="")
        name = f"{entry['user']} on {entry['exchange']}"
        yield Thing(
            "topic permission", name, wanted, f"topic-permissions/{v}/{segment(entry['user'])}"
        )
    for entry in objects["permissions"]:
        wanted = _pick(entry, configure="", write="", read="")
        yield Thing(
            "permission", entry["user"], wanted, f"permissions/{v}/{segment(entry['user'])}"
        )


def described(objects: dict, passwords: dict[str, str]) -> Iterator[Thing]:
    """Everything that should be; ``passwords`` by the name of their secret.

    Raises:
        KeyError: a user's secret is not among the passwords.
    """
    vhost = objects["vhost"]
    wanted = {name: value for name, value in vhost.items() if name != "name"}
    yield Thing("virtual host", vhost["name"], wanted, f"vhosts/{segment(vhost['name'])}")
    for user in objects["users"]:
        hidden = {"password": passwords[user["secret"]]}
        yield Thing(
            "user",
            user["name"],
            {"tags": sorted(user["tags"])},
            f"users/{segment(user['name'])}",
            hidden=hidden,
        )
    yield from things(objects, vhost["name"])


def existing(definitions: dict, vhost: str) -> dict[tuple[str, str], Thing]:
    """The broker's objects of ``vhost`` and its users, from its exported definitions."""
    names = ("exchanges", "queues", "bindings", "policies", "permissions", "topic_permissions")
    own = {
        name: [entry for entry in definitions[name] if entry["vhost"] == vhost] for name in names
    }
    found = list(things(own, vhost))
    found += [
        Thing("virtual host", entry["name"], entry, "")
        for entry in definitions["vhosts"]
        if entry["name"] == vhost
    ]
    for user in definitions["users"]:
        hidden = _pick(user, password_hash="", hashing_algorithm="")
        found.append(Thing("user", user["name"], {"tags": sorted(user["tags"])}, "", hidden=hidden))
    return {thing.key: thing for thing in found}


def accepts(stored: dict, password: str) -> bool:
    """Whether the stored salted hash is this password's."""
    make = HASHES.get(stored["hashing_algorithm"])
    try:
        raw = base64.b64decode(stored["password_hash"])
    except binascii.Error:
        return False
    return (
        make is not None and raw[SALT_BYTES:] == make(raw[:SALT_BYTES] + password.encode()).digest()
    )


def compare(
    objects: dict,
    passwords: dict[str, str],
    definitions: dict,
    *,
    complete: bool,
    keep: bool = False,
) -> Plan:
    """What has to be done; ``complete`` says that nobody else declares objects in the virtual host.

    With ``keep`` no right is taken away.
    """
    vhost = objects["vhost"]["name"]
    found = existing(definitions, vhost)
    wanted = list(described(objects, passwords))
    plan = Plan([], [], _stale(found, wanted, definitions, complete), [])
    for described_thing in wanted:
        thing, there = described_thing, found.get(described_thing.key)
        if there is None:
            plan.changes.append(
                Change(f"create {thing.kind} {thing.name}", thing, "", thing.line())
            )
            continue
        if keep:
            properties = both(thing.kind, there.properties, thing.properties)
            if properties != thing.properties:
                plan.kept.append(f"{thing.kind} {thing.name}")
                thing = replace(thing, properties=properties)
        differing = [
            name for name, value in thing.properties.items() if there.properties.get(name) != value
        ]
        if differing and thing.kind in IMMUTABLE:
            plan.refused.append(_immutable(thing, there, vhost))
        elif differing:
            plan.changes.append(
                Change(f"change {thing.kind} {thing.name}", thing, there.line(), thing.line())
            )
        elif thing.kind == "user" and not accepts(there.hidden, thing.hidden["password"]):
            before = f"{there.line()}, another password"
            after = f"{thing.line()}, the password of the vault"
            plan.changes.append(
                Change(f"change the password of user {thing.name}", thing, before, after)
            )
    return plan


def _immutable(thing: Thing, there: Thing, vhost: str) -> str:
    facts = "; ".join(
        f"{name} is {_shown(was)} and should be {_shown(wanted)}"
        for name, was, wanted in _differences(there.properties, thing.properties)
    )
    if thing.kind == "queue":
        way_out = (
            "let its consumers empty it while nothing publishes to it, delete it "
            f"(rabbitmqctl -p {vhost} delete_queue {thing.name})"
        )
    else:
        way_out = f"delete it while nothing publishes to it (DELETE /api/{thing.path} of the management API)"
    return (
        f"{thing.kind} {thing.name}: {facts}. RabbitMQ cannot change this on an existing {thing.kind}. "
        f"Describe it under another name; or {way_out} and deploy again"
    )


def _differences(was: dict, wanted: dict) -> Iterator[tuple[str, Any, Any]]:
    """Each property, or argument, with its two values; None for one that is not set."""
    for name in wanted:
        if name == "arguments":
            arguments = was.get(name, {}), wanted[name]
            for argument in sorted({*arguments[0], *arguments[1]}):
                values = [one.get(argument) for one in arguments]
                if values[0] != values[1]:
                    yield argument, *values
        elif was.get(name) != wanted[name]:
            yield name, was.get(name), wanted[name]


def _shown(value: Any) -> str:
    return "not set" if value is None else json.dumps(value)


def _stale(found: dict, wanted: list[Thing], definitions: dict, complete: bool) -> list[str]:
    rights = {"permission", "topic permission"}
    kinds = rights | {"exchange", "queue", "binding", "policy"} if complete else rights
    expected = {thing.key for thing in wanted}
    # Who creates a virtual host through the API gets every right in it.
    expected |= {
        ("permission", user["name"])
        for user in definitions["users"]
        if "administrator" in user["tags"]
    }
    return [
        f"{thing.kind} {thing.name}"
        for thing in found.values()
        if thing.kind in kinds and thing.key not in expected
    ]

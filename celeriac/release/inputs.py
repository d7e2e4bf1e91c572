"""What the derived document says of a release's build, completed on the control host."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import subprocess
from pathlib import Path
from typing import Any

from celeriac.derive import connections
from celeriac.release import control, records
from celeriac.release.source import pack

# Enough for settings to load while static files are collected: no service is
# asked, and nothing of it reaches a release.
PLACEHOLDERS: dict[str, Any] = {
    "broker": {
        "hosts": ["broker.invalid"],
        "port": 5672,
        "vhost": "build",
        "user": "build",
        "password": "build",
    },
    "database": {
        "host": "database.invalid",
        "port": 5432,
        "name": "build",
        "user": "build",
        "password": "build",
    },
    "cache": {"host": "cache.invalid", "port": 6379, "user": "build", "password": "build"},
    "mail": {"host": "mail.invalid", "port": 25},
    "site": {"names": ["build.invalid"], "url": "http://build.invalid"},
}


def complete(
    document: dict[str, Any],
    file: Path,
    source: Path,
    include: list[str],
    exclude: list[str],
    cache: Path,
) -> None:
    """Fill in ``document["build"]``: archive, digest, revision, builder and what is built already.

    Also what the release is remembered by: the text of ``file``, the description, and who builds.
    ``cache`` is the control host's folder of inputs and finished archives. Raises
    `celeriac.description.problems.InputError`.
    """
    build = document["build"]
    named = {
        key: build[key]
        for key in (
            "python",
            "requirements",
            "packages",
            "apt_build",
            "static",
            "settings",
            "manage",
            "celery",
        )
    }
    packed = pack(
        source, include, exclude, named | {"runtime": document["runtime"]}, cache / "inputs"
    )
    build["archive"], build["digest"] = str(packed.archive), packed.digest
    build["revision"] = _revision(source)
    text = file.read_text()
    build["description"] = control.literal(text)
    build["description_sha256"] = hashlib.sha256(text.encode()).hexdigest()
    build["requirements_sha256"] = _sha256(source, build["requirements"])
    build["by"] = control.literal(control.owner())
    build["uv"] = importlib.metadata.version("uv")
    build["environment"] = _environment(document)
    build["known"] = _known(cache / "releases" / document["application"], packed.digest)


def _environment(document: dict[str, Any]) -> dict[str, str]:
    process = document["steps_process"]
    if process is None:
        return {"DJANGO_SETTINGS_MODULE": document["build"]["settings"]}
    secrets = dict.fromkeys(document["secrets"], "build")
    facts = {**PLACEHOLDERS, "secrets": secrets}
    values = process["credentials"]["values"]
    connected = {name: connections.value(expression, facts) for name, expression in values.items()}
    return {**process["environment"], **connected}


def _known(folder: Path, digest: str) -> dict[str, Any] | None:
    """What an earlier build wrote about the archive, if both are in the cache."""
    for description in sorted(folder.glob(f"*-{digest[:10]}.json"), reverse=True):
        if _archive(description).exists():
            return records.archive(json.loads(description.read_text()))
    return None


def expected(document: dict[str, Any], cache: Path) -> dict[str, Any] | None:
    """Return the archive that hosts will get, or the sizes of the last one if it is not built yet.

    Then it has no ``release``. None where this control host has seen none.
    """
    if document["build"]["known"]:
        return dict(document["build"]["known"])
    folder = cache / "releases" / document["application"]
    for description in sorted(folder.glob("*.json"), reverse=True):
        return {**records.archive(json.loads(description.read_text())), "release": None}
    return None


def release(document: dict[str, Any], cache: Path) -> str | None:
    """Return the name of the release of these inputs, if this control host has its archive."""
    found = _known(cache / "releases" / document["application"], document["build"]["digest"])
    return found["release"] if found else None


def _sha256(source: Path, requirements: str | None) -> str | None:
    return requirements and hashlib.sha256((source / requirements).read_bytes()).hexdigest()


def _archive(description: Path) -> Path:
    return description.with_name(f"{description.stem}.tar.zst")


def _revision(source: Path) -> str | None:
    """The commit of the source, ``+changes`` with edits; None outside a git checkout."""
    command = [
        "git",
        "-C",
        str(source),
        "describe",
        "--always",
        "--abbrev=40",
        "--exclude=*",
        "--dirty=+changes",
    ]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    return found.stdout.strip() or None

"""The module that looks at a host: the memory that counts is what its control group allows."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from celeriac.fleet import memory
from tests.unit.modules.loading import module

host = module("celeriac_host")
MIB = 2**20
MACHINE = f"MemTotal:       {8192 * 1024} kB\nMemFree:           1 kB\n"
VERSION_1 = "5:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n"
VERSION_2 = "0::/system.slice/a.scope\n"
UNLIMITED_1 = str(2**63 - 4096)


@pytest.mark.parametrize(
    ("cgroups", "limits", "expected"),
    [
        ("", {}, 8192),
        (VERSION_1, {"memory/docker/abc/memory.limit_in_bytes": str(1024 * MIB)}, 1024),
        (VERSION_1, {"memory/docker/abc/memory.limit_in_bytes": UNLIMITED_1}, 8192),
        # A container with its own view of the hierarchy sees its limit at the top.
        (VERSION_1, {"memory/memory.limit_in_bytes": str(512 * MIB)}, 512),
        (VERSION_2, {"system.slice/a.scope/memory.max": "max"}, 8192),
        (
            VERSION_2,
            {"system.slice/a.scope/memory.max": "max", "system.slice/memory.max": str(256 * MIB)},
            256,
        ),
    ],
)
def test_the_smallest_limit_counts(
    tmp_path: Path, cgroups: str, limits: dict[str, str], expected: int
) -> None:
    for name, text in limits.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{text}\n")
    assert host.usable_memory(MACHINE, cgroups, tmp_path) == expected * MIB
    # A script of its own, which is to see what the module sees.
    assert memory.memory(MACHINE, cgroups, tmp_path) == expected * MIB


@pytest.mark.parametrize(("age_of_bundle", "outdated"), [(-1, True), (1, False), (None, False)])
def test_trust_is_outdated_when_certificates_changed_after_the_bundle(
    tmp_path: Path, age_of_bundle: int | None, outdated: bool
) -> None:
    folder, bundle = tmp_path / "celeriac", tmp_path / "bundle"
    assert host.trust_outdated(folder, bundle) is False
    folder.mkdir()
    os.utime(folder, (1000, 1000))
    if age_of_bundle is not None:
        bundle.touch()
        os.utime(bundle, (1000 + age_of_bundle,) * 2)
    assert host.trust_outdated(folder, bundle) is outdated


NAMES = "10.0.0.1 web1"
BLOCK = f"{host.BEGIN}{NAMES}\n{host.END}"


@pytest.mark.parametrize(
    ("text", "names", "expected"),
    [
        (f"127.0.0.1 localhost\n{BLOCK}::1 six\n", NAMES, True),
        (BLOCK, f"{NAMES}\n", True),
        (BLOCK.replace("web1", "web2"), NAMES, False),
        (BLOCK + BLOCK, NAMES, False),
        ("127.0.0.1 localhost\n", NAMES, False),
        # What is written when there are no names takes our block away.
        ("127.0.0.1 localhost\n", "", True),
        (BLOCK, "", False),
    ],
)
def test_names_are_there_when_writing_them_would_change_nothing(
    tmp_path: Path, text: str, names: str, expected: bool
) -> None:
    file = tmp_path / "hosts"
    file.write_text(text)
    file.chmod(0o644)
    assert host.named(file, names) is expected
    file.chmod(0o640)
    assert host.named(file, names) is False


def test_an_application_without_account_or_folder_has_none(tmp_path: Path) -> None:
    assert host.account("surely-no-user", tmp_path) is False
    assert host.account("root", tmp_path) is False


FACTS = {"distribution": "debian", "release": "13", "memory_mb": 1024, "disk_free_mb": 4096}
NOTHING = {"system": None, "minimum_memory_mb": 0, "minimum_disk_mb": 0}


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({}, []),
        ({"system": "debian 13", "minimum_memory_mb": 1024, "minimum_disk_mb": 4096}, []),
        ({"system": "debian 12"}, ["It runs debian 13, and the roles are written for Debian 12"]),
        ({"minimum_memory_mb": 1025}, ["It has 1024 MiB of memory and needs 1025"]),
        (
            {"minimum_memory_mb": 2048, "minimum_disk_mb": 5000},
            [
                "It has 1024 MiB of memory and needs 2048",
                "It has 4096 MiB free on / and needs 5000",
            ],
        ),
    ],
)
def test_a_host_that_will_not_do_is_told_with_its_remedies(
    asked: dict[str, object], words: list[str]
) -> None:
    told = host.problems(FACTS, NOTHING | asked)
    assert [line.split(":")[0] for line in told] == words


RUNS = {
    "ActiveState": "active",
    "UnitFileState": "static",
    "NeedDaemonReload": "no",
    "InactiveExitTimestamp": "Mon 1970-01-12 13:46:40.000000 UTC",
    "StateChangeTimestamp": "Mon 1970-01-12 13:46:40.000000 UTC",
}


@pytest.mark.parametrize(
    ("state", "younger", "expected"),
    [
        ({}, False, True),
        ({}, True, False),
        ({"ActiveState": "inactive"}, False, False),
        ({"UnitFileState": "disabled"}, False, False),
        ({"NeedDaemonReload": "yes"}, False, False),
    ],
)
def test_services_that_run_with_their_files(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    state: dict[str, str],
    younger: bool,
    expected: bool,
) -> None:
    file = tmp_path / "settings"
    file.touch()
    os.utime(file, (2_000_000 if younger else 1_000,) * 2)
    monkeypatch.setattr(host, "show", lambda module, name: RUNS | state)
    assert host.served(None, [{"name": "a.service", "files": [str(file)]}]) is expected

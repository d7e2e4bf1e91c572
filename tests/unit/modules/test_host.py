"""The module that looks at a host: the memory that counts is what its control group allows."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

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

"""The checks of the machine that deploys."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from celeriac.doctor import machine
from celeriac.doctor.finding import Finding, worst
from celeriac.doctor.report import lines

HASHES = " \\\n    --hash=sha256:00 \\\n    --hash=sha256:11\n    # via something\n"


@pytest.mark.parametrize(
    ("lock", "state", "what"),
    [
        (f"pyyaml=={yaml.__version__}{HASHES}", "ok", "1 as requirements.txt locks them"),
        ("pyyaml==1.0\n", "warning", f"pyyaml {yaml.__version__}, locked is ==1.0"),
        ("nobody-has-this==1.0\n", "failed", "missing: nobody-has-this"),
        (
            f"nobody-has-this==1.0 ; sys_platform == 'win32'{HASHES}",
            "ok",
            "1 as requirements.txt locks them",
        ),
    ],
)
def test_packages(tmp_path: Path, lock: str, state: str, what: str) -> None:
    (tmp_path / "lock").write_text(lock)
    found = machine.packages(tmp_path / "lock")
    assert (found.state, found.what) == (state, what)


def test_packages_without_a_lock(tmp_path: Path) -> None:
    assert machine.packages(tmp_path / "lock").state == "failed"


@pytest.mark.parametrize(
    ("command", "state", "what"),
    [
        (["sh", "-c", "echo version 9"], "ok", "version 9"),
        (["sh", "-c", "echo broken >&2; exit 1"], "failed", "sh fails: broken"),
        (["no-such-tool"], "failed", "there is no no-such-tool on the PATH"),
    ],
)
def test_a_tool(command: list[str], state: str, what: str) -> None:
    found = machine.tool("tool", command, "package")()
    assert (found.state, found.what) == (state, what)


def test_warnings_alone_are_ready() -> None:
    found = [Finding("this machine", "disk", "warning", "little", "Remove files.")]
    assert worst(found) == "warning"
    assert list(lines(found)) == [
        "this machine",
        "  warning  disk  little. Remove files.",
        "Ready: 1 checks, 0 failed, 1 with a warning.",
    ]

"""How a host is asked, with this machine in its place: the real probe, and what goes wrong."""

from __future__ import annotations

import re
import sys

import pytest

from celeriac.doctor import asking

AHEAD = "import time; now = time.time; time.time = lambda: now() + 7.5\n"


def test_the_probe_answers() -> None:
    command = [sys.executable, "-c", asking._READER]
    answer = asking.converse("one", command, ["localhost", "nobody.invalid"])
    assert answer.reason == ""
    assert answer.facts["unknown_names"] == ["nobody.invalid"]
    assert answer.facts["python"] == ".".join(map(str, sys.version_info[:3]))
    assert 0 < answer.facts["memory_free"] <= answer.facts["memory"]
    assert answer.facts["disk_free"] > 0
    assert abs(answer.clock) <= answer.uncertain + 0.05


def test_a_clock_that_is_ahead() -> None:
    answer = asking.converse("one", [sys.executable, "-c", AHEAD + asking._READER], [])
    assert abs(answer.clock - 7.5) <= answer.uncertain + 0.05


def test_a_login_script_that_prints() -> None:
    command = ["sh", "-c", f"echo welcome; exec {sys.executable} -c '{asking._READER}'"]
    answer = asking.converse("one", command, [])
    assert (answer.reason, bool(answer.facts)) == ("", True)


@pytest.mark.parametrize(
    ("script", "reached", "reason"),
    [
        ("echo first; echo 'Permission denied (publickey).' >&2; exit 255", False, "Permission denied (publickey)."),
        ("echo 'sudo: a password is required' >&2; exit 1", True, "sudo: a password is required"),
        ("exit 3", True, "its command ended with 3 and said nothing"),
        ("echo welcome; exit 0", True, "its command ended with 0 and said nothing"),
        ("echo welcome; cat > /dev/null", False, "no answer within 1 s"),
        ("exec sleep 60", False, "no answer within 1 s"),
    ],
)  # fmt: skip
def test_what_goes_wrong_is_an_answer(script: str, reached: bool, reason: str) -> None:
    answer = asking.converse("one", ["sh", "-c", script], [], limit=1)
    assert (answer.reached, answer.reason, answer.facts) == (reached, reason, {})


def test_a_program_that_is_not_there() -> None:
    answer = asking.converse("one", ["no-such-ssh"], [])
    assert (answer.reached, answer.reason) == (False, "no-such-ssh: No such file or directory")


def test_the_probe_needs_the_standard_library_alone() -> None:
    text = asking._PROBE.read_text()
    modules = set(re.findall(r"^\s*(?:import|from) (\w+)", text, re.MULTILINE))
    assert modules
    assert modules <= sys.stdlib_module_names

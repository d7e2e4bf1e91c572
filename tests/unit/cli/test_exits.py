"""The exit codes, as docs/commands.md has them."""

from __future__ import annotations

import re
from pathlib import Path

from celeriac.cli import exits

COMMANDS = Path(__file__).parents[3] / "docs" / "commands.md"


def test_the_documented_codes_are_those_there_are() -> None:
    table = COMMANDS.read_text().partition("| exit code | means |")[2].partition("\n\n")[0]
    documented = {
        int(code)
        for row in table.splitlines()
        for code in re.findall(r"\d+", row.partition("|")[2].partition("|")[0])
    }
    once = {exits.DONE, exits.NEGATIVE, exits.REFUSED, exits.PROBLEMS, exits.FAILED}
    assert documented == {*once, *exits.INTERRUPTED}


def test_a_signal_ends_a_command_as_shells_have_it() -> None:
    told = {signal.name: code for code, signal in exits.INTERRUPTED.items()}
    assert told == {"SIGINT": 130, "SIGTERM": 143, "SIGHUP": 129}

"""The module that adds a line to the audit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.modules.loading import module

audit = module("celeriac_audit")


def add(path: Path, check: bool = False, **entry: Any) -> list[dict[str, Any]]:
    given = {"path": str(path), "entry": {"who": "ann@control", **entry} if entry else None}
    found: list[dict[str, Any]] = audit.apply(given, check)["entries"]
    return found


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_line_tells_the_time_and_the_release_before(tmp_path: Path) -> None:
    path = tmp_path / "shop" / "audit.jsonl"
    for release, result in (("A", "done"), ("B", "failed"), ("B", "done"), ("A", "refused")):
        add(path, what="deploy", release=release, result=result)
    add(path, what="lock", release=None, result="done")
    add(path, what="rollback", release="A", result="done")
    found = lines(path)
    assert [line.get("from") for line in found] == [None, "A", "A", "B", None, "B"]
    assert "from" not in found[4]
    assert all(line["when"].endswith("+00:00") for line in found)
    assert add(path) == found


@pytest.mark.parametrize("left", ["", '{"half": ', '{"whole": 1}\n'])
def test_a_line_begins_where_one_ended(tmp_path: Path, left: str) -> None:
    path = tmp_path / "audit.jsonl"
    path.write_text(left)
    add(path, what="lock")
    assert json.loads(path.read_text().splitlines()[-1])["what"] == "lock"
    assert path.read_text().startswith(left)


def test_check_mode_and_reading_write_nothing(tmp_path: Path) -> None:
    path = tmp_path / "shop" / "audit.jsonl"
    assert add(path, check=True, what="deploy") == []
    assert add(path) == []
    assert not path.parent.exists()


def test_no_more_than_the_last_lines_are_told(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    path.write_text("".join(f'{{"n": {number}}}\n' for number in range(audit.LINES + 5)))
    found = add(path)
    assert (len(found), found[0]["n"]) == (audit.LINES, 5)

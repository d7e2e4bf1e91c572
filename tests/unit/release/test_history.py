"""Lines of an audit in, the release in force and the one to go back to out."""

from __future__ import annotations

import json

import pytest

from celeriac.release import history
from celeriac.release.history import Entry


def lines(text: str) -> list[Entry]:
    """Return the entries that ``text`` tells: ``A`` was deployed, ``<A`` gone back to.

    ``A!`` failed, ``A?`` was refused by a gate, ``A-`` before its playbook; ``lock`` is one by hand.
    """
    found: list[Entry] = []
    for number, word in enumerate(text.split()):
        name = word.strip("<!?-")
        what = "lock" if word == "lock" else "rollback" if word.startswith("<") else "deploy"
        result = {"!": "failed", "?": "refused", "-": "refused"}.get(word[-1], "done")
        release = None if what == "lock" else name
        entry = {"when": f"t{number}", "what": what, "release": release, "result": result}
        if not word.endswith("-"):
            entry["description"] = f"of {word}" if result == "done" else None
        found.append(entry)
    return found


@pytest.mark.parametrize(
    ("text", "current", "before"),
    [
        ("", None, None),
        ("A", "A", None),
        ("A A", "A", None),
        ("A B", "B", "A"),
        ("A B B", "B", "A"),
        ("A B lock", "B", "A"),
        ("A B C! D?", "B", "A"),
        ("A! B", "B", None),
        ("A B A", "A", "B"),
        # Going back twice goes back two; a deploy after it counts from where it went.
        ("A B C <B", "B", "A"),
        ("A B C <B <A", "A", None),
        ("A B C <B D", "D", "C"),
        ("A B <A B", "B", "A"),
        # Deployed before there was an audit.
        ("C <A", "A", "C"),
    ],
)
def test_in_force_and_before(text: str, current: str | None, before: str | None) -> None:
    entries = lines(text)
    assert (history.current(entries), history.before(entries)) == (current, before)


@pytest.mark.parametrize(("text", "back"), [("A B", "B"), ("A B C!", "B"), ("", None)])
def test_one_that_was_cut_off_goes_back_to_the_one_in_force(text: str, back: str | None) -> None:
    assert history.before(lines(text), unfinished=True) == back


@pytest.mark.parametrize(
    ("text", "deploying", "stay"),
    [
        ("", "A", ["A"]),
        ("A", "A", ["A"]),
        ("A", "B", ["B", "A"]),
        ("A B", "B", ["B", "A"]),
        ("A B C <A", "D", ["D", "C"]),
    ],
)
def test_what_a_prune_must_leave(text: str, deploying: str, stay: list[str]) -> None:
    assert history.protected(lines(text), deploying) == stay


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("", None),
        ("A B", "of B"),
        ("A B C-", "of B"),
        ("A B C?", None),
        ("A B C!", None),
        ("A <A lock", "of <A"),
    ],
)
def test_what_the_services_were_made_for(text: str, known: str | None) -> None:
    assert history.description(lines(text)) == known


def test_when_each_was_put_in_force_last() -> None:
    assert history.deployed(lines("A B! A C <A")) == {"A": "t4", "C": "t3"}


def test_half_a_line_is_left_out() -> None:
    whole = json.dumps({"what": "deploy"})
    assert history.read(f'{whole}\n{{"wha\n17\n{whole}\n') == [{"what": "deploy"}] * 2

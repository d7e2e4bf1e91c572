"""Which commands a run has."""

import pytest

from rollouts.flow import LONGEST, SHORTEST
from rollouts.plan import BAD, FAILED, KILLED, plan

ALL = plan(4, BAD, "web2")


def test_good_releases_come_first_then_the_rollback() -> None:
    assert [(act.name, act.longest) for act in plan(3, (), "web2")] == [
        ("deploy 1", LONGEST),
        ("deploy 2", SHORTEST),
        ("deploy 3", LONGEST),
        ("rollback", LONGEST),
    ]


@pytest.mark.parametrize(
    ("name", "words", "code", "then"),
    [
        ("health", ("deploy",), FAILED, ("rollback",)),
        ("canary", ("deploy",), FAILED, ("deploy",)),
        ("migration", ("deploy",), FAILED, ("deploy",)),
        ("killed-workers", ("deploy",), KILLED, ("deploy", "--resume")),
        ("killed-web", ("deploy",), KILLED, ("rollback",)),
    ],
)
def test_a_bad_release_is_followed_by_a_command_that_has_to_succeed(
    name: str, words: tuple[str, ...], code: int, then: tuple[str, ...]
) -> None:
    number = [act.name for act in ALL].index(name)
    bad, after = ALL[number : number + 2]
    assert (bad.words, bad.code, bad.after, bad.bad) == (words, code, "same", True)
    assert (after.words, after.code, after.bad) == (then, 0, False)


def test_tasks_that_no_worker_knows_are_refused_then_wait_then_run() -> None:
    number = [act.name for act in ALL].index("unknown-task")
    refused, forced, resumed = ALL[number : number + 3]
    one_host = ("deploy", "--hosts", "web2")
    assert (refused.words, refused.code, refused.after, refused.mixed) == (
        one_host,
        1,
        "same",
        False,
    )
    assert forced.words[:4] == (*one_host, "--force")
    assert (forced.code, forced.after, forced.mixed) == (0, "same", True)
    assert (resumed.words, resumed.code, resumed.bad) == (("deploy", "--resume"), 0, False)


def test_all_that_is_resumed_is_the_same_copy() -> None:
    copies = {(act.copy, act.breaks) for act in ALL}
    assert len({copy for copy, _ in copies}) == len(copies)


def test_some_or_no_bad_releases() -> None:
    assert [act.name for act in plan(1, ["migration"], "web2")][2:] == [
        "migration",
        "migration, corrected",
    ]
    assert [act.name for act in plan(1, [], "web2")] == ["deploy 1", "rollback"]

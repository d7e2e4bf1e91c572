"""Which changes of a signature break calls that were made for the old one."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from celeriac.release.signatures import breaks

Call = tuple[tuple[str, ...], dict[str, str]]


def function(text: str) -> Callable[..., dict[str, Any]]:
    """Return one that takes such parameters and tells what each of them got."""
    namespace: dict[str, Any] = {}
    exec(f"def task({text}): return locals()", namespace)  # noqa: S102 (texts of this file)
    made: Callable[..., dict[str, Any]] = namespace["task"]
    return made


def parameters(text: str) -> list[dict[str, Any]]:
    return [
        {"name": one.name, "kind": one.kind.name.lower(), "default": one.default is not one.empty}
        for one in inspect.signature(function(text)).parameters.values()
    ]


def found(old: str, new: str) -> list[str]:
    return [one.what for one in breaks(parameters(old), parameters(new))]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ("a", "a"),
        ("a", "a=1"),
        ("a, b", "a, b=1"),
        ("a", "a, b=1"),
        ("a", "a, *, b=1"),
        ("a", "a, *args, **kwargs"),
        ("a, b=1", "a, *args, **kwargs"),
        ("a, *, b", "a, **kwargs"),
        ("a, b, /", "a, *args"),
        ("a, *, b", "a, b"),
        ("a, /", "a"),
        ("*, a, b", "*, b, a"),
    ],
)
def test_compatible(old: str, new: str) -> None:
    assert found(old, new) == []


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("a", "a, b", ["the parameter `b` is new and has no default"]),
        ("a", "a, *, b", ["the parameter `b` is new and has no default"]),
        ("a=1", "a", ["the parameter `a` has no default any more"]),
        ("a, b", "a", ["the parameter `b` was removed"]),
        ("a, b", "a, **kwargs", ["the parameter `b` was removed"]),
        ("a, b", "a, *args", ["the parameter `b` was removed"]),
        ("a, *, b", "a, *args", ["the parameter `b` was removed"]),
        ("a, b", "a, c", ["the parameter `b` is now `c`"]),
        ("a, /", "b, /", ["the parameter `a` is now `b`"]),
        (
            "a, b",
            "b, a",
            [
                "the parameter `a` was in place 1 and is now in place 2",
                "the parameter `b` was in place 2 and is now in place 1",
            ],
        ),
        ("a, b", "a, c=1, b=2", ["the parameter `b` was in place 2 and is now in place 3"]),
        (
            "a, b",
            "b",
            [
                "the parameter `b` was in place 2 and is now in place 1",
                "the parameter `a` was removed",
            ],
        ),
        ("a", "*, a", ["the parameter `a` was in place 1 and can now be passed by name alone"]),
        ("a", "a, /", ["the parameter `a` can now be passed by its place alone"]),
        ("a, *args", "a", ["it takes no further arguments (`*`) any more"]),
        ("a, **kwargs", "a", ["it takes no further arguments (`**`) any more"]),
        ("*args", "a=1, *args", ["the parameter `a` is now in place 1, before `*`"]),
        ("*args, a=1", "a=1, *args", ["the parameter `a` is now in place 1, before `*`"]),
    ],
)
def test_incompatible(old: str, new: str, what: list[str]) -> None:
    assert found(old, new) == what


def _texts() -> Iterator[str]:
    """Every signature of up to two parameters, with and without `*args` and `**kwargs`."""
    for count in range(3):
        for names in itertools.permutations("ab", count):
            for kinds in itertools.product(("place", "either", "name"), repeat=count):
                if list(kinds) != sorted(kinds, key=("place", "either", "name").index):
                    continue
                for defaults in itertools.product((False, True), repeat=count):
                    if _refused_by_python(kinds, defaults):
                        continue
                    for places, more in itertools.product((False, True), repeat=2):
                        yield _text(names, kinds, defaults, places, more)


def _refused_by_python(kinds: Any, defaults: Any) -> bool:
    """Whether one without a default is behind one that has it."""
    by_place = [default for kind, default in zip(kinds, defaults, strict=True) if kind != "name"]
    return by_place != sorted(by_place)


def _text(names: Any, kinds: Any, defaults: Any, places: bool, more: bool) -> str:
    parts, bar = [], places
    for name, kind, default in zip(names, kinds, defaults, strict=True):
        if kind == "name" and bar is not None:
            parts.append("*args" if bar else "*")
            bar = None
        parts.append(f"{name}=0" if default else name)
        if kind == "place":
            parts.append("/")
    if bar:
        parts.append("*args")
    while parts.count("/") > 1:
        parts.remove("/")
    return ", ".join([*parts, *(["**kwargs"] if more else [])])


def _calls() -> list[Call]:
    """Calls of every shape: each value says how it was passed."""
    named = [
        dict(zip(names, names, strict=True))
        for count in range(4)
        for names in itertools.combinations("abz", count)
    ]
    return [(("1", "2", "3")[:count], names) for count in range(4) for names in named]


def _lands(task: Callable[..., dict[str, Any]], call: Call) -> dict[str, str] | None:
    """Each value to the parameter that gets it; None if the call does not fit."""
    try:
        got = task(*call[0], **call[1])
    except TypeError:
        return None
    more = dict.fromkeys(got.pop("args", ()), "*")
    names = dict.fromkeys(got.pop("kwargs", {}).values(), "**")
    return more | names | {value: name for name, value in got.items() if value != 0}


def _fits(old: Any, new: Any, call: Call) -> bool:
    """Whether a call of the old has its values in the same parameters of the new.

    What the new has no parameter for may be in its `*` or `**`. What the old one took in its `**`
    it did not know, so the new may know it. Nobody passes in `**` what is a parameter's name.
    """
    before = _lands(old, call)
    if before is None or any(
        before[name] == "**" and name in old.__code__.co_varnames for name in call[1]
    ):
        return True
    after = _lands(new, call)
    if after is None:
        return False
    known = set(new.__code__.co_varnames)
    return all(
        where in (before[value], "*", "**")
        and (where == before[value] or before[value] not in known)
        for value, where in after.items()
        if before[value] != "**"
    )


def test_the_verdict_is_that_of_every_call() -> None:
    """Calls of every shape, made to every pair of small signatures."""
    calls = _calls()
    tasks = [(text, function(text), parameters(text)) for text in sorted(set(_texts()))]
    assert len(tasks) > 100
    wrong = []
    for (old, was, before), (new, now, after) in itertools.product(tasks, repeat=2):
        fits = all(_fits(was, now, call) for call in calls)
        if fits == bool(breaks(before, after)):
            wrong.append(f"({old}) -> ({new}): {found(old, new)}")
    assert wrong == []

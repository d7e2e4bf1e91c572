"""Whether every call that fits a task's old signature fits the new one, and means the same there.

A signature is a list of parameters, as `celeriac.worker.manifest` writes them: `name`, `kind` (as
in Python's `inspect`, in small letters) and `default`, whether there is one. Who calls a task may
pass an argument by place or by name, wherever the old signature allows it: nobody knows which. Only what a
positional-only parameter and `**` of one task would both be called is left out of account.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Parameter = Mapping[str, Any]

_BY_PLACE = ("positional_only", "positional_or_keyword")
_BY_NAME = ("positional_or_keyword", "keyword_only")

_AS_BEFORE = (
    "Keep it where it is for one more release, give what is new a default, and add it at the end."
)


@dataclass(frozen=True)
class Break:
    """What changed, which calls no longer mean what they did, and what to do about it."""

    what: str
    why: str
    remedy: str


class _Signature:
    """A list of parameters, asked by place and by name."""

    def __init__(self, parameters: Sequence[Parameter]) -> None:
        self.places = [one for one in parameters if one["kind"] in _BY_PLACE]
        self.named = {
            one["name"]: one for one in parameters if one["kind"] in (*_BY_PLACE, "keyword_only")
        }
        kinds = {one["kind"] for one in parameters}
        self.more_places, self.more_names = "var_positional" in kinds, "var_keyword" in kinds

    def place(self, name: str) -> int | None:
        return next((n for n, one in enumerate(self.places, 1) if one["name"] == name), None)


def breaks(old: Sequence[Parameter], new: Sequence[Parameter]) -> list[Break]:
    """Return what breaks calls made for the old signature; empty where all of them still fit."""
    before, after = _Signature(old), _Signature(new)
    renamed = dict(_renamed(before, after))
    return [
        *_renames(before, renamed),
        *_kept_parameters(before, after),
        *_removed(before, after, set(renamed)),
        *_added(before, after, set(renamed.values())),
        *_catch_all(before, after),
    ]


def _renamed(before: _Signature, after: _Signature) -> Iterator[tuple[str, str]]:
    """Parameters of the same place whose names appear on one side alone."""
    for old, new in zip(before.places, after.places, strict=False):
        if old["name"] not in after.named and new["name"] not in before.named:
            yield old["name"], new["name"]


def _renames(before: _Signature, renamed: Mapping[str, str]) -> Iterator[Break]:
    for old, new in renamed.items():
        yield Break(
            f"the parameter `{old}` is now `{new}`",
            f"calls may name `{old}`"
            if before.named[old]["kind"] != "positional_only"
            else f"calls pass a value for `{old}` in its place",
            f"Keep the name `{old}`, or add `{new}` at the end with a default and remove `{old}` "
            "a release later.",
        )


def _kept_parameters(before: _Signature, after: _Signature) -> Iterator[Break]:
    for name, old in before.named.items():
        if (new := after.named.get(name)) is None:
            continue
        if old["default"] and not new["default"]:
            yield Break(
                f"the parameter `{name}` has no default any more",
                "calls may leave it out",
                f"Give `{name}` a default.",
            )
        if old["kind"] in _BY_PLACE and after.place(name) != before.place(name):
            yield Break(
                f"the parameter `{name}` was in place {before.place(name)} and "
                + (
                    f"is now in place {after.place(name)}"
                    if after.place(name)
                    else "can now be passed by name alone"
                ),
                "calls may pass it by its place",
                _AS_BEFORE,
            )
        if old["kind"] in _BY_NAME and new["kind"] not in _BY_NAME:
            yield Break(
                f"the parameter `{name}` can now be passed by its place alone",
                "calls may name it",
                f"Let `{name}` be passed by name, too.",
            )


def _removed(before: _Signature, after: _Signature, renamed: set[str]) -> Iterator[Break]:
    for name, old in before.named.items():
        if name in after.named or name in renamed:
            continue
        place = before.place(name)
        taken = place is not None and place <= len(after.places)
        by_place = place is None or (after.more_places and not taken)
        by_name = old["kind"] not in _BY_NAME or after.more_names
        if not (by_place and by_name):
            yield Break(
                f"the parameter `{name}` was removed",
                "calls may pass it",
                f"Keep `{name}` with a default and do not use it; remove it a release later.",
            )


def _added(before: _Signature, after: _Signature, renamed: set[str]) -> Iterator[Break]:
    for name, new in after.named.items():
        if name not in before.named and name not in renamed and not new["default"]:
            yield Break(
                f"the parameter `{name}` is new and has no default",
                "calls made for the old signature do not pass it",
                f"Give `{name}` a default.",
            )
    # Values beyond the old places went to `*`.
    for new in after.places[len(before.places) :] if before.more_places else []:
        name = new["name"]
        if before.place(name) is None and (new["default"] or name in before.named):
            yield Break(
                f"the parameter `{name}` is now in place {after.place(name)}, before `*`",
                "calls may pass more values by place, and it would get one of them",
                f"Put `{name}` behind the `*`, so that it is passed by name alone.",
            )


def _catch_all(before: _Signature, after: _Signature) -> Iterator[Break]:
    for name, had, has in (
        ("*", before.more_places, after.more_places),
        ("**", before.more_names, after.more_names),
    ):
        if had and not has:
            yield Break(
                f"it takes no further arguments (`{name}`) any more",
                "calls may pass some",
                f"Keep the `{name}` parameter for one more release.",
            )

"""A description with mistakes, made good enough to be checked for others."""

from __future__ import annotations

import copy
import difflib
from typing import Any

from pydantic_core import ErrorDetails

from celeriac.description.model import Description

# What stands for a section that is required and wrong. No check that needs it runs.
_STAND_INS: dict[str, Any] = {
    "celeriac": 1,
    "application": "unknown",
    "level": "hosted",
    "code": {"python": "3.13"},
    "django": {"settings": "unknown"},
    "celery": {"application": "unknown"},
}

# Values that no check compares with others: a stand-in for a wrong one hides nothing.
_HARMLESS: dict[str, Any] = {
    "memory": "1G",
    "nice": 0,
    "concurrency": 1,
    "processes": 1,
    "threads": 1,
    "timeout": 300,
}


def mend(data: dict[str, Any], errors: list[ErrorDetails]) -> tuple[Description, frozenset[str]]:
    """Return ``data`` without its errors, and the top-level sections that are not as written.

    An unknown key is left out, and its section still counts as written, unless the key looks
    like another that is now missing. So does a section whose wrong value nothing depends on.
    """
    mended = copy.deepcopy(data)
    broken = set()
    for error in errors:
        loc = error["loc"]
        if error["type"] == "extra_forbidden":
            broken |= _meant(loc)
            _remove(mended, loc)
        elif loc[-1] in _HARMLESS:
            _parent(mended, loc)[loc[-1]] = _HARMLESS[str(loc[-1])]
        else:
            broken.add(str(loc[0]))
    for section in broken:
        mended.pop(section, None)
        if section in _STAND_INS:
            mended[section] = _STAND_INS[section]
    return Description.model_validate(mended), frozenset(broken)


def _meant(loc: tuple[int | str, ...]) -> set[str]:
    if len(loc) > 1:
        return {str(loc[0])}
    return set(difflib.get_close_matches(str(loc[0]), Description.model_fields, n=1))


def _remove(data: Any, loc: tuple[int | str, ...]) -> None:
    del _parent(data, loc)[loc[-1]]


def _parent(data: Any, loc: tuple[int | str, ...]) -> Any:
    for part in loc[:-1]:
        data = data[part]
    return data

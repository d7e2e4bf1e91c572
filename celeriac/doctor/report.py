"""The doctor's findings as lines for a person."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from celeriac.doctor.finding import Finding, worst

_SHOWN = 4  # hosts that a line names


def lines(findings: list[Finding]) -> Iterator[str]:
    """Yield a line for each check; hosts on which the same check is well share one."""
    width = max((len(one.check) for one in findings), default=0)
    general = [one for one in findings if not one.host]
    for where, group in groupby(general, key=lambda one: one.where):
        yield where
        for one in group:
            yield _line(one.state, one.check, width, one.what, one.remedy)
    hosts = [one for one in findings if one.host]
    if hosts:
        yield "hosts"
    for check in dict.fromkeys(one.check for one in hosts):
        well = [one for one in hosts if one.check == check and one.state == "ok"]
        if well:
            yield _line("ok", check, width, _together(well), "")
        for one in hosts:
            if one.check == check and one.state != "ok":
                yield _line(one.state, check, width, f"{one.where}: {one.what}", one.remedy)
    yield _verdict(findings)


def _line(state: str, check: str, width: int, what: str, remedy: str) -> str:
    return f"  {state:<8} {check:<{width}}  {what}{f'. {remedy}' if remedy else ''}"


def _together(well: list[Finding]) -> str:
    names = [one.where for one in well]
    if len(well) == 1:
        return f"{names[0]}: {well[0].what}"
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    same = {one.what for one in well}
    return f"{', '.join(names[:_SHOWN])}{more}{f': {same.pop()}' if len(same) == 1 else ''}"


def _verdict(findings: list[Finding]) -> str:
    counts = {state: sum(one.state == state for one in findings) for state in ("warning", "failed")}
    total = len(findings)
    if worst(findings) == "ok":
        return f"Ready: {total} checks, all ok."
    said = f"{total} checks, {counts['failed']} failed, {counts['warning']} with a warning"
    return f"{'Not ready' if counts['failed'] else 'Ready'}: {said}."

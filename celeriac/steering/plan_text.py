"""What a check run found, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from celeriac.fleet.text import count
from celeriac.steering.check_run import Change, CheckRun

# How release.yml names a release that nobody has built yet.
NOT_BUILT = "not-built-yet"
_NEW = "(new release)"


def view(found: CheckRun, about: dict[str, Any]) -> dict[str, Any]:
    """Return what `--json` prints; docs/steering.md describes it."""
    return {
        **about,
        "complete": found.done,
        "changes": [asdict(change) for change in found.changes],
        "failures": found.failures,
        "unreachable": found.unreachable,
        "warnings": found.warnings,
    }


def lines(found: CheckRun, *, diff: bool) -> Iterator[str]:
    """Yield a line for each host with each change below it; then, if wanted, the diffs."""
    for host, changes in found.by_host.items():
        yield f"{host}: {count(len(changes), 'change')}"
        for change in changes:
            yield f"  {change.phase}: {_text(change)}"
    if diff:
        for host, changes in found.by_host.items():
            for change in changes:
                if change.diff.strip():
                    yield f"\n{host}: {change.task} ({change.phase})"
                    yield _named(change.diff.rstrip("\n"))
    for warning in found.warnings:
        yield f"note: {warning}"


def problems(found: CheckRun) -> Iterator[str]:
    """Yield why a part of the hosts was not looked at."""
    for host, text in found.failures.items():
        yield f"{host}: {text}"
    if not found.done:
        yield "The check ended there: what comes after it on these and other hosts is not told."


def _text(change: Change) -> str:
    return _named("; ".join(change.details)) or change.task


def _named(text: str) -> str:
    return text.replace(NOT_BUILT, _NEW)

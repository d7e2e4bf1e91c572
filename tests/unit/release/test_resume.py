"""Which release a deploy goes on with, with which inputs, and what its end says of the hosts."""

from __future__ import annotations

from typing import Any

import pytest

from celeriac.release import resume
from celeriac.release.hosts import Seen

OLD, LAST, NEW = (f"2026112{day}T120000-0123456789" for day in range(3))


def entry(result: str, release: str | None, what: str = "deploy") -> dict[str, Any]:
    return {"what": what, "result": result, "release": release, "when": ""}


def on(*releases: str, **units: str) -> dict[str, Seen]:
    named = {name.replace("__", "@") + ".service": state for name, state in units.items()}
    return {"one": Seen(releases=list(releases), units=named)}


CUT_OFF = [
    # The audit, what hosts have, and the release; None where nothing was cut off.
    ([entry("done", OLD), entry("failed", LAST)], on(OLD, LAST), LAST),
    ([entry("done", OLD), entry("partly", LAST)], on(OLD, LAST), LAST),
    # Its process was killed: it left its release on hosts, and a line that does not name it, or none.
    ([entry("done", OLD), entry("failed", None)], on(OLD, LAST), LAST),
    ([entry("done", OLD)], on(OLD, LAST), LAST),
    ([], on(OLD), OLD),
    # Killed after another that failed, and that was gone back from or not.
    (
        [entry("done", OLD), entry("failed", LAST), entry("done", OLD, "rollback")],
        on(OLD, LAST, NEW),
        NEW,
    ),
    ([entry("done", OLD), entry("failed", LAST)], on(OLD, LAST, NEW), NEW),
    # The younger one failed before the older was tried again: the audit has both.
    ([entry("done", OLD), entry("failed", NEW), entry("failed", LAST)], on(OLD, LAST, NEW), LAST),
    # Refused since: nothing was touched by that.
    ([entry("done", OLD), entry("failed", LAST), entry("refused", NEW)], on(OLD, LAST), LAST),
    ([entry("done", OLD), entry("done", NEW)], on(OLD, LAST, NEW), None),
    ([entry("done", OLD), entry("failed", None)], on(OLD), None),
    ([], {"one": Seen()}, None),
]


@pytest.mark.parametrize(("entries", "hosts", "release"), CUT_OFF)
def test_which_release_was_cut_off(
    entries: list[dict[str, Any]], hosts: dict[str, Seen], release: str | None
) -> None:
    if release is None:
        with pytest.raises(resume.Refused, match=r"^No deploy was cut off.*without --resume\.$"):
            resume.cut_off(entries, hosts, "shop")
    else:
        assert resume.cut_off(entries, hosts, "shop") == release


@pytest.mark.parametrize(
    ("digest", "records", "why"),
    [
        ("0123456789abcdef", [NEW], None),
        ("ffff456789abcdef", [NEW], "The inputs are not those of .* (0123456789, now ffff456789)"),
        ("0123456789abcdef", [OLD], "was never built to its end"),
    ],
)
def test_only_the_same_inputs_go_on(digest: str, records: list[str], why: str | None) -> None:
    if why is None:
        resume.check_inputs(NEW, digest, records)
        return
    with pytest.raises(resume.Refused, match=why.replace("(", r"\(").replace(")", r"\)")):
        resume.check_inputs(NEW, digest, records)


def test_what_is_where() -> None:
    units = {
        f"web-shop@{NEW}.service": "active",
        f"web-shop@{OLD}.service": "deactivating",
        f"web-other@{LAST}.service": "active",
    }
    hosts = {
        "web1": Seen(releases=[OLD, NEW], units=units),
        "web2": Seen(releases=[OLD, NEW], units={f"web-shop@{OLD}.service": "active"}),
        "web3": Seen(releases=[OLD], units={f"web-shop@{OLD}.service": "active"}),
        "web4": Seen(error="no route to host"),
    }
    assert resume.standing(NEW, hosts, "shop") == [
        ("web1", NEW, OLD, ""),
        ("web2", OLD, "", NEW),
        ("web3", OLD, "", ""),
        ("web4", "does not answer: no route to host", "", ""),
    ]

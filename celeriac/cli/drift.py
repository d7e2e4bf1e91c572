"""``celeriac drift``: whether the hosts are still as the last deploy left them."""

from __future__ import annotations

import typer

from celeriac.cli import checked, options
from celeriac.cli.exits import NEGATIVE, PROBLEMS
from celeriac.cli.shown import show


def drift(
    environment: options.Environment = "lab",
    file: options.File = options.FILE,
    inventories: options.Inventories = options.INVENTORIES,
    hosts: options.Hosts = None,
    diff: checked.Diff = False,
    as_json: options.Json = False,
) -> None:
    """Compare the hosts with the release that is in force, its celeriac.yml and today's inventory.

    All are looked at, since what is right for one follows from others; --hosts are told of.

    Exit codes: 0 no difference, 1 there are some, 2 mistakes in the input or nothing to compare
    with, 3 a host failed or did not answer.
    """
    from celeriac import typed
    from celeriac.cli.known import known
    from celeriac.cli.prepared import ready
    from celeriac.fleet.loading import matching
    from celeriac.release import history
    from celeriac.release.going_back import Refused
    from celeriac.steering import in_force, plan_text

    at = known(file, environment, inventories)
    meant = matching(at.inventory, hosts, list(at.inventory.hosts))
    seen = at.ask(at.host, at.build)
    entries, records = history.read(seen[at.host].audit or ""), at.records(seen)
    try:
        document = in_force.document(at.inventory, entries, records, file, inventories)
    except Refused as error:
        typer.echo(f"Nothing to compare with: {error}", err=True)
        raise typer.Exit(PROBLEMS) from None
    ready(at.place, document, file)
    # What a deploy would be refused for is told, and is no reason not to compare.
    found, log = checked.check(
        at.place, document, "drift", {"celeriac_force": "nothing is deployed"}, file
    )
    found = found.of(meant)
    release = document["build"]["known"]["release"]
    about = {"application": at.application, "environment": environment, "release": release}
    what = f"{len(found.by_host)} of its hosts differ" if found.changes else "no difference"
    if not (found.done or found.changes):
        what = "not known"
    which = f" on {', '.join(meant)}" if hosts else ""
    head = [f"{at.application} in {environment}, release {release}{which}: {what}."]
    if history.description(entries) is None:
        head.append(
            "The last deploy did not end, or hosts were provisioned since; what that changed is a difference, too."
        )
    tail = ["", *plan_text.lines(found, diff=diff)] if found.changes or found.warnings else []
    show(plan_text.view(found, about), [*head, *tail], as_json)
    checked.say_problems(found, log)
    if found.changes:
        if not as_json:
            typer.echo(
                f"\n`celeriac deploy {typed.options(at.place, file)}` of what runs puts it right; --diff "
                "shows each file."
            )
        raise typer.Exit(NEGATIVE)

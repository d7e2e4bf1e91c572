"""``celeriac plan``: what a deploy would change, and nothing is changed."""

from __future__ import annotations

import typer

from celeriac.cli import checked, options
from celeriac.cli.shown import show


def plan(
    environment: options.Environment = "lab",
    file: options.File = options.FILE,
    inventories: options.Inventories = options.INVENTORIES,
    hosts: options.Hosts = None,
    diff: checked.Diff = False,
    as_json: options.Json = False,
) -> None:
    """Say what a deploy of this checkout would change on each host; with --hosts, what a canary would.

    Exit codes: 0 said, 2 mistakes in the input, 3 a host failed or did not answer (what was seen
    until then is shown).
    """
    from celeriac.cli.prepared import prepare
    from celeriac.environments import Environment as Place
    from celeriac.steering import plan_text

    place = Place(environment, inventories)
    document = prepare(file, place, hosts)
    found, log = checked.check(place, document, "plan", {}, file)
    build = document["build"]
    release = build["known"] and build["known"]["release"]
    about = {
        "application": document["application"],
        "environment": environment,
        "release": release,
        "revision": build["revision"],
    }
    changed = len(found.by_host)
    what = f"{changed} of its hosts" if changed else "nothing"
    which = f" with --hosts {hosts}" if hosts else ""
    head = [f"{document['application']} in {environment}: a deploy{which} would change {what}."]
    if release is None:
        steps = ", ".join(step["name"] for step in document["steps"])
        head.append(
            f"It would build a new release of {build['revision'] or 'this folder'}, and ship it. What is in "
            "it is not known before: its tasks are compared with the running ones by the deploy"
            + (f", and its steps run: {steps}." if steps else ".")
        )
    else:
        head.append(f"Release {release} is built.")
    show(
        plan_text.view(found, about),
        [*head, "", *plan_text.lines(found, diff=diff)],
        as_json,
    )
    checked.say_problems(found, log)
    if changed and not diff and not as_json:
        typer.echo("\n--diff shows each file.")

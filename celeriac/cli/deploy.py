"""``celeriac deploy``: provision the hosts and release the application."""

from __future__ import annotations

import functools
import time
from typing import Annotated, Any

import typer

from celeriac import typed
from celeriac.cli import completion, options
from celeriac.cli.exits import PROBLEMS, REFUSED
from celeriac.cli.options import voice_of

AcceptDegraded = Annotated[
    bool,
    typer.Option(
        "--accept-degraded-broker", help="Go on although some of the broker's nodes are missing."
    ),
]
StopRemoved = Annotated[
    bool,
    typer.Option(
        "--stop-removed-brokers", help="Empty and stop brokers that the inventory has no more."
    ),
]
Without = Annotated[
    list[str] | None,
    typer.Option(
        "--without",
        metavar="HOST",
        help="Leave a host out; may be repeated.",
        autocompletion=completion.hosts,
    ),
]
Force = Annotated[
    str | None,
    typer.Option(
        "--force",
        metavar="REASON",
        help="Go on in spite of what may be forced (docs/releases.md), and say why.",
    ),
]
NoRoles = Annotated[str | None, typer.Option("--roles", hidden=True)]
Resume = Annotated[
    bool, typer.Option("--resume", help="Go on with the release that was cut off; build nothing.")
]
Full = Annotated[
    bool, typer.Option("--full", help="Look at everything, although nothing seems to have changed.")
]
SkipHooks = Annotated[bool, typer.Option("--skip-hooks", help="Run none of the hooks.")]


def deploy(
    environment: options.Environment = "lab",
    file: options.File = options.FILE,
    inventories: options.Inventories = options.INVENTORIES,
    hosts: options.Hosts = None,
    resume: Resume = False,
    check: options.Check = False,
    full: Full = False,
    accept_degraded_broker: AcceptDegraded = False,
    stop_removed_brokers: StopRemoved = False,
    without: Without = None,
    force: Force = None,
    skip_hooks: SkipHooks = False,
    roles: NoRoles = None,
    yes: options.YesToo = False,
    verbose: options.Verbose = 0,
    quiet: options.Quiet = False,
) -> None:
    """Provision the environment's hosts and release the application on them.

    Exit codes: 0 done, 1 refused (somebody else has the lock, a check or a hook says no; nothing
    was started), 2 mistakes in the input (nothing was touched), 3 a host failed, 130 Ctrl-C.
    """
    from celeriac.cli import around
    from celeriac.cli.prepared import prepare, release_of
    from celeriac.cli.turn import Turn
    from celeriac.cli.unchanged import Unchanged
    from celeriac.description.inventory import read
    from celeriac.environments import Environment as Place
    from celeriac.release import control
    from celeriac.release import hooks as beside

    if roles:
        raise typer.BadParameter(
            "--roles: a part of a deploy would pass by its gates. Of provisioning there are parts: "
            f"celeriac provision {typed.options(Place(environment, inventories), file)} --roles {roles}"
        )
    since, voice = time.monotonic(), voice_of(verbose, quiet)
    place = Place(environment, inventories)
    _with_a_reason(force)
    left_out = hosts_without(without, place)
    document = prepare(file, place, hosts, left_out)
    inventory = read(environment, inventories)
    build = inventory.groups["build"][0]
    application = document["application"]
    log = place.log_file(f"deploy-{application}")
    host = (document["steps_process"] or {}).get("host")
    turn = Turn(place, application, "deploy", None if host in left_out else host, log, voice, file)
    hooks = beside.of(file, document, document["release_hosts"], log, skip=skip_hooks or check)

    def first() -> None:
        release = release_of(document)
        if release is None and not resume:
            around.ask(hooks, "pre-build", turn)
        around.ask(hooks, "pre-deploy", turn, RELEASE=release)

    variables = {
        "celeriac": document,
        **hooks.variables(),
        # Not given, what the inventory says holds.
        **({"celeriac_accept_degraded_broker": True} if accept_degraded_broker else {}),
        **({"celeriac_stop_removed_brokers": True} if stop_removed_brokers else {}),
        **({"celeriac_force": control.literal(force)} if force else {}),
    }
    given = [
        *all_but(left_out),
        *(["--check", "--diff"] if check else []),
    ]
    known = functools.partial(release_of, document)
    # A deploy of all hosts, and with no exception granted, is one that a later one may equal.
    parts = [hosts, resume, check, accept_degraded_broker, stop_removed_brokers, left_out, force]
    unchanged = None
    if not (any(parts) or document["external"]):
        unchanged = Unchanged(turn, document, inventory)
    try:
        around.ask(hooks, "pre-connect", RELEASE=known())
        # Only now: the hook may have brought something.
        if unchanged and not full and unchanged.holds():
            around.ask(hooks, "pre-deploy", turn, RELEASE=known())
            unchanged.say(time.monotonic() - since)
            around.tell(hooks, "post-deploy", RELEASE=known(), RESULT="done")
            return
        if unchanged:
            unchanged.forget()
            variables |= unchanged.variables()
        if resume:
            release = around.check_resumed(turn, document, build, left_out)
            typer.echo(f"Going on with {release}.")
        code = turn.run(["deploy.yml"], variables, given, check, known, first)
    except typer.Exit as ended:
        if ended.exit_code != PROBLEMS:
            result = "refused" if ended.exit_code == REFUSED else "failed"
            around.tell(hooks, "failure", RELEASE=known(), RESULT=result)
        raise
    seconds = time.monotonic() - since
    if code:
        around.badly(turn, document, known(), seconds)
        around.tell(hooks, "failure", RELEASE=known(), RESULT="failed")
        raise typer.Exit(code)
    around.well(turn, document, check, seconds)
    around.tell(hooks, "post-deploy", RELEASE=known(), RESULT="done")


def _with_a_reason(force: str | None) -> None:
    """Raise `InputError` for a ``--force`` that does not say why."""
    from celeriac.description.problems import InputError, Problem

    if force is not None and not force.strip():
        remedy = 'Say why for those who read the log: --force "why".'
        raise InputError(None, [Problem("--force", "no reason is given", remedy)])


def hosts_without(names: list[str] | None, place: Any) -> list[str]:
    """Return the hosts of ``--without``; raise `InputError` where the inventory has one of them not."""
    from celeriac.description.inventory import read
    from celeriac.description.problems import InputError, Problem

    there, left_out = read(place.name, place.inventories).hosts, names or []
    problems = [
        Problem(f"--without {host}", "no such host", f"There are: {', '.join(sorted(there))}.")
        for host in left_out
        if host not in there
    ]
    if problems:
        raise InputError(None, problems)
    return left_out


def all_but(left_out: list[str]) -> list[str]:
    """Return what makes a playbook leave hosts out."""
    return ["--limit", ":".join(["all", *(f"!{name}" for name in left_out)])] if left_out else []

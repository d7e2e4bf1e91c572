"""``celeriac secrets rotate``: new passwords, with two users in turn, and no connection refused."""

from __future__ import annotations

import json
import secrets as random
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from celeriac.cli import options, steered
from celeriac.cli.asking import confirm
from celeriac.cli.exits import NEGATIVE
from celeriac.cli.options import voice_of

if TYPE_CHECKING:
    from celeriac.cli.playbook import Voice
    from celeriac.fleet.loading import Fleet

# In lock and audit.
WHAT = "rotate"
Names = Annotated[
    list[str] | None, typer.Argument(metavar="[NAME…]", help="As `celeriac secrets list` has them.")
]
All = Annotated[bool, typer.Option("--all", help="Every password that can be rotated.")]


def rotate(
    names: Names = None,
    everything: All = False,
    yes: options.Yes = False,
    environment: options.Environment = "lab",
    file: options.File = options.FILE,
    inventories: options.Inventories = options.INVENTORIES,
    verbose: options.Verbose = 0,
    quiet: options.Quiet = False,
) -> None:
    """Replace passwords of broker, database and cache while the application runs.

    Says first what will happen, and asks. A rotation that was interrupted goes on with the same
    command. Exit codes: 0 done, 1 refused, or an old user is still connected; 2 mistakes in the
    input; 3 a host failed.
    """
    from celeriac.derive import in_turn
    from celeriac.description.problems import InputError
    from celeriac.fleet import loading
    from celeriac.steering import rotating

    voice = voice_of(verbose, quiet)
    fleet = loading.load(environment, file, inventories)
    document = _in_force(fleet, file, inventories)
    chosen, problems = rotating.chosen(document, names or [], everything, fleet.typed)
    if problems:
        raise InputError(None, problems)
    held = fleet.place.vault.application_secrets(fleet.application)
    begun = [name for name in rotating.can(document) if in_turn.pending(held, name)]
    chosen = list(dict.fromkeys([*begun, *chosen]))
    if begun:
        typer.echo(f"Begun before and not finished, so it goes on: {', '.join(begun)}.\n")
    else:
        _check_checkout(fleet)
    typer.echo("\n".join(rotating.plan(document, held, chosen)))
    typer.echo(
        "\nThe other user gets a password and the same rights; the units start anew with it, host by "
        "host, workers when they have finished what they have; then the user before is removed. "
        "The cache's user has two passwords meanwhile.\n"
    )
    confirm(f"That is done in {environment}.", yes)
    connected = _Rotation(fleet, file, document, chosen, voice).carry_out()
    vault, log = fleet.place.vault.path, steered.log_file(fleet, WHAT)
    typer.echo(
        f"\nRotated: {', '.join(chosen)}. Commit {vault}: others deploy with what it says. Log: {log}"
    )
    if connected:
        typer.echo(
            f"Somebody is connected as {', '.join(connected)}, so that stays and its password holds. "
            "When that has ended, run the same command again: it removes it.",
            err=True,
        )
        raise typer.Exit(NEGATIVE)


@dataclass(frozen=True)
class _Rotation:
    """Goes through the phases; the vault says which were finished (see `celeriac.derive.in_turn`)."""

    fleet: Fleet
    file: Path
    document: dict[str, Any]
    chosen: list[str]
    voice: Voice

    def carry_out(self) -> list[str]:
        """Return the old users that stay, because somebody is connected with them."""
        from celeriac.derive import in_turn

        vault, application = self.fleet.place.vault, self.fleet.application
        held = vault.application_secrets(application)
        held = in_turn.begun(held, self.chosen, lambda: random.token_urlsafe(32))
        vault.replace_application_secrets(application, held)
        if any(in_turn.pending(held, name) == "next" for name in self.chosen):
            self._run("1 of 2: the services learn the next passwords", "declare", held)
            now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            held = in_turn.promoted(held, now)
            vault.replace_application_secrets(application, held)
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder, "connected.json")
            what = "2 of 2: the processes use them, the users before go"
            self._run(what, "deliver", held, report=str(report))
            connected: list[str] = json.loads(report.read_text())
        gone = [name for name in self.chosen if not self._stays(name, held, connected)]
        vault.replace_application_secrets(application, in_turn.finished(held, gone))
        return connected

    def _stays(self, secret: str, held: dict[str, str], connected: list[str]) -> bool:
        from celeriac.derive import in_turn
        from celeriac.steering import rotating

        first = rotating.users(self.document).get(secret)
        users = [{"name": first, "secret": secret}] if first else []
        return bool({*in_turn.retired(users, held)} & {*connected})

    def _run(self, phase: str, what: str, held: dict[str, str], **more: str) -> None:
        from celeriac.release import hooks
        from celeriac.steering import rotating

        typer.echo(f"\n== {phase}")
        log = steered.log_file(self.fleet, WHAT)
        own = hooks.of(self.file, self.document, list(self.document["hosts"]), log)
        steered.carry_out(
            self.fleet,
            WHAT,
            " ".join(self.chosen),
            [f"secrets_{what}.yml"],
            {**rotating.part(self.document, held, self.chosen), **more},
            {"celeriac": self.document, **own.variables()},
            self.voice,
        )


def _in_force(fleet: Fleet, file: Path, inventories: Path) -> dict[str, Any]:
    """Return the document of the release that runs; exit with 1 where that is not one, alone."""
    from celeriac.cli.known import known
    from celeriac.cli.prepared import ready
    from celeriac.release import going_back, history
    from celeriac.release.lock import Lock
    from celeriac.steering import in_force

    at = known(file, fleet.place.name, inventories)
    seen = at.ask(at.host, at.build, *at.serving)
    entries = history.read(seen[at.host].audit or "")
    try:
        document = in_force.document(fleet.inventory, entries, at.records(seen), file, inventories)
        release = document["build"]["known"]["release"]
        more = at.ask(*(host for host in document["hosts"] if host not in seen))
        going_back.check_hosts(release, document["hosts"], {**seen, **more})
    except going_back.Refused as error:
        steered.refuse(error)
    ready(fleet.place, document, file)
    lock = Lock.read(seen[at.host].lock)
    if lock and not lock.left_behind:
        steered.refuse(f"{lock.sentence()} has the lock.")
    running = {name for host in at.serving for name in seen[host].running(at.application)}
    finishing = {name for host in at.serving for name in seen[host].finishing(at.application)}
    if others := sorted(running - {release}):
        steered.refuse(
            f"hosts run {', '.join(others)} beside {release}: a deploy was cut off, or a canary runs. "
            f"`celeriac deploy {fleet.typed} --resume`, or `celeriac rollback {fleet.typed}`."
        )
    if finishing - {release}:
        steered.refuse(
            f"workers of {', '.join(sorted(finishing))} still finish their tasks, with the passwords of "
            f"now. Wait for them; `celeriac status {fleet.typed}` shows them."
        )
    return document


def _check_checkout(fleet: Fleet) -> None:
    """Refuse to change a vault that others have changed, or whose last change nobody has."""
    from celeriac.steering import checkout

    state = checkout.look(fleet.place.vault.path)
    if state.note:
        typer.echo(f"note: {state.note}", err=True)
    if state.stale:
        steered.refuse(f"{fleet.place.vault.path} {state.stale}")

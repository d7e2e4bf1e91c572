"""Deploys and rollbacks take turns: the lock on the host of the steps, and the audit beside it.

The playbooks take the lock, write the line and give the lock back. What they cannot do is done
here: to tell whether a lock's process is gone, and to end a turn whose playbook was cut off.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import typer

from celeriac import private_file, typed
from celeriac.cli import playbook, signals
from celeriac.cli.exits import CTRL_C, DONE, INTERRUPTED, REFUSED
from celeriac.environments import Environment, ansible_variables
from celeriac.places import FILE
from celeriac.release import control, hosts
from celeriac.release.lock import Lock


@dataclass(frozen=True)
class Turn:
    """One deploy or rollback. Without a ``host`` (left out by name) there is no lock.

    ``file`` is the description, as it was typed.
    """

    place: Environment
    application: str
    what: str
    host: str | None
    log: Path
    voice: playbook.Voice = field(default_factory=playbook.Voice)
    file: Path = FILE

    @property
    def typed(self) -> str:
        """Return the options that lead another command here."""
        return typed.options(self.place, self.file)

    def run(
        self,
        playbooks: Sequence[str],
        variables: dict[str, Any],
        options: Sequence[str] = (),
        check: bool = False,
        release: Callable[[], str | None] = lambda: None,
        first: Callable[[], None] = lambda: None,
    ) -> int:
        """Run playbooks with ``variables``; return how they ended: `DONE`, `FAILED` or of `INTERRUPTED`.

        ``first`` is called when nobody else has the lock and no host was touched. ``release`` is
        asked at the end, for the audit. Exits with 1 where somebody else has the lock, and where
        a gate refused.
        """
        if self.host is None:
            typer.echo("The host of the lock is left out: nothing keeps others from deploying now.")
        mine = self._mark() if check else self._after_another(self._mark(), release())
        first()
        code = self._watched(playbooks, variables, mine, options)
        if code and not check:
            self._ended_badly(code, mine, release())
        self._failures.unlink(missing_ok=True)
        return code

    def around(
        self,
        playbooks: Sequence[str],
        variables: dict[str, Any],
        options: Sequence[str],
        entry: dict[str, Any],
        first: Callable[[], None] = lambda: None,
    ) -> int:
        """Do as `run` for playbooks that know of no lock; ``entry`` goes into the audit if all is well."""
        mine = self._after_another(self._mark(), None)
        first()
        if code := self._note(mine, ["take"], {}):
            return code
        if code := self._watched(playbooks, variables, mine, options):
            self._ended_badly(code, mine, None)
            return code
        self._failures.unlink(missing_ok=True)
        return self._note(mine, ["note", "give back"], entry)

    def _watched(
        self,
        playbooks: Sequence[str],
        variables: dict[str, Any],
        mine: dict[str, Any],
        options: Sequence[str],
    ) -> int:
        self._failures.unlink(missing_ok=True)
        derived = self._own("derived")
        # What failures say can be copied, and leads here again.
        more = {"celeriac_run": mine, "celeriac_typed": control.literal(self.typed)}
        text = json.dumps({**variables, **more}, indent=1)
        private_file.write(derived, text.encode())
        words = playbook.command(
            self.place, playbooks, f"@{derived}", [*options, *self.voice.options]
        )
        variables_of_process = {**ansible_variables(self.place, self.log), **self.voice.variables}
        variables_of_process["CELERIAC_FAILURES"] = str(self._failures.resolve())
        try:
            return playbook.watched(words, variables_of_process)
        finally:
            derived.unlink(missing_ok=True)

    def _ended_badly(self, code: int, mine: dict[str, Any], release: str | None) -> None:
        """Write down how, give the lock back, and exit with 1 where a gate refused."""
        result, where = self._how_it_failed()
        self._failures.unlink(missing_ok=True)
        if code in INTERRUPTED:
            by = "" if code == CTRL_C else f" by {signals.name(INTERRUPTED[code])}"
            result, where = "failed", f"interrupted{by}: {where}"
        # Hosts may have been provisioned by then, and nobody knows how far.
        told = self._end(mine, result, where, release, description=None)
        if code in INTERRUPTED and told:
            typer.echo("Interrupted. The lock is given back; the audit says where.", err=True)
        if result == "refused":
            typer.echo(f"\nRefused. Everything that was said: {self.log}", err=True)
            raise typer.Exit(REFUSED)

    def refused(self, why: str, release: str | None) -> None:
        """Write into the audit that this was refused before anything was touched."""
        self._end(self._mark(), "refused", why, release)

    def _mark(self) -> dict[str, Any]:
        mark = control.literals(control.mark(self.what))
        return {**mark, "application": self.application, "hosts": self._hosts}

    @property
    def _hosts(self) -> list[str]:
        return [self.host] if self.host else []

    def _after_another(self, mine: dict[str, Any], release: str | None) -> dict[str, Any]:
        """Return the mark, with the token of a lock that its process left behind."""
        seen = hosts.ask(self.place, self._hosts, self.application)
        lock = Lock.read(seen[self.host].lock) if self.host else None
        if lock is None:  # or the host does not answer, which the playbook says better
            return mine
        if lock.left_behind:
            typer.echo(f"Taking over the lock of {lock.sentence()}: that process is gone.")
            return {**mine, "instead_of": lock.token}
        typer.echo(
            f"Refused: {lock.sentence()} has the lock of {self.application} in {self.place.name}.\n"
            "Nothing was touched. Wait until it is done; if nobody works on it any more: "
            f"celeriac lock release {self.typed}",
            err=True,
        )
        self._end(mine, "refused", f"the lock of {lock.owner}", release)
        raise typer.Exit(REFUSED)

    @property
    def _failures(self) -> Path:
        """Where the playbook's callback writes what failed, or was cut off."""
        return self._own("failures")

    def _own(self, name: str) -> Path:
        """Return a file of this process alone: another that begins now must not have ours."""
        return self.place.state(self.application) / f"{name}-{os.getpid()}.json"

    def _how_it_failed(self) -> tuple[str, str]:
        """Return result and place of the first failure, as the audit has them."""
        try:
            first = json.loads(self._failures.read_text())[0]
        except (OSError, ValueError, IndexError):
            return "failed", "the playbook did not start or was ended; its log says more"
        result = "refused" if first["refused"] else "failed"
        return result, f"{first['host']}: {first['task']} ({first['play']})"

    def _end(
        self, mine: dict[str, Any], result: str, where: str, release: str | None, **more: Any
    ) -> bool:
        """Write the line and give the lock back, where it is ours; return whether that was done.

        ``more`` stands in the line, too.
        """
        if self.host is None:
            return False
        named = {"release": release, "result": result, "where": control.literal(where)}
        code = self._note(mine, ["note", "give back"], {**named, "message": "", **more})
        if code:
            typer.echo(
                f"{self.host} could not be told. If the lock is still there, the same command takes "
                f"it over; `celeriac lock show {self.typed}` says whose it is.",
                err=True,
            )
        if code in INTERRUPTED:
            raise typer.Exit(code)
        return code == DONE

    def _note(self, mine: dict[str, Any], actions: list[str], entry: dict[str, Any]) -> int:
        """Take the lock, write a line or give the lock back, and return how that ended."""
        log = self.place.log_file(f"lock-{self.application}")
        run = {**mine, "actions": actions, "entry": entry}
        return playbook.run(self.place, "lock.yml", log, {"celeriac_run": run})

"""`manage.py dead_letters`: looks at the messages that no worker could run, and deals with them."""

import argparse
import json
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from amqp.exceptions import AMQPError
from celery import current_app
from django.core.management.base import BaseCommand, CommandError
from kombu.exceptions import OperationalError

from celeriac.runtime import NO_BROKER
from celeriac.worker.dead_letters import DeadLetters, NotReplayed, Selection
from celeriac.worker.letter import REASONS, Letter, content

LISTED = 50


class Command(BaseCommand):  # type: ignore[misc]
    help = "Lists, shows, replays and drops dead letters."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True)
        listed = commands.add_parser("list", help="The letters, without their arguments.")
        shown = commands.add_parser("show", help="Whole letters, as JSON.")
        replayed = commands.add_parser("replay", help="Send letters to their queues again.")
        dropped = commands.add_parser("drop", help="Delete letters: their tasks never run.")
        for command in (listed, shown, replayed, dropped):
            _add_selection(command)
            command.add_argument("--limit", type=int, default=None, help="at most so many")
        for command in (listed, replayed, dropped):
            command.add_argument("--json", action="store_true", help="for programs")
        for command in (replayed, dropped):
            command.add_argument("--all", action="store_true", help="all that there are")
        dropped.add_argument("--yes", action="store_true", help="needed with --all")

    def handle(self, *, command: str, **options: Any) -> None:
        if current_app.conf.broker_url == NO_BROKER:
            raise CommandError(
                "This process has no broker. Run it as the process `operations`: "
                "`celeriac dead` does, on the host where the steps run."
            )
        try:
            with DeadLetters.open(current_app) as letters:
                getattr(self, f"_{command}")(letters, options)
        except (OperationalError, AMQPError, OSError) as error:
            raise CommandError(
                f"The broker does not answer: {error}. What was not named is still there."
            ) from error

    def _list(self, letters: DeadLetters, options: Mapping[str, Any]) -> None:
        limit = options["limit"] or LISTED
        found = [letter for letter, _ in islice(letters.take(_selection(options)), limit)]
        lines = [_line(letter) for letter in found] or ["none"]
        if len(found) == limit:
            lines.append(f"… --limit {10 * limit} for more; {letters.count()} are not looked at")
        self._print(options, [letter.as_dict() for letter in found], lines)

    def _show(self, letters: DeadLetters, options: Mapping[str, Any]) -> None:
        taken = islice(letters.take(_chosen(options)), options["limit"])
        found = [letter.as_dict() | content(message) for letter, message in taken]
        self._print({"json": True}, found, [])

    def _replay(self, letters: DeadLetters, options: Mapping[str, Any]) -> None:
        replayed, failed = [], []
        for letter, message in islice(letters.take(_chosen(options)), options["limit"]):
            try:
                letters.replay(letter, message)
                replayed.append(letter)
            except NotReplayed as error:
                failed.append(letter.as_dict() | {"error": str(error)})
                self.stderr.write(f"{_line(letter)}: not replayed: {error}")
        data = {"replayed": [letter.as_dict() for letter in replayed], "failed": failed}
        self._print(options, data, [f"replayed {_line(one)}" for one in replayed] or ["none"])
        if failed:
            raise CommandError(f"{len(failed)} stay among the dead letters.")

    def _drop(self, letters: DeadLetters, options: Mapping[str, Any]) -> None:
        if options["all"] and not options["yes"]:
            raise CommandError("drop --all deletes tasks for good: add --yes.")
        dropped = []
        for letter, message in islice(letters.take(_chosen(options)), options["limit"]):
            letters.drop(message)
            dropped.append(letter)
        lines = [f"dropped {_line(letter)}" for letter in dropped]
        self._print(options, [letter.as_dict() for letter in dropped], lines or ["none"])

    def _print(self, options: Mapping[str, Any], data: Any, lines: Iterable[str]) -> None:
        if options["json"]:
            lines = [json.dumps(data, indent=2, ensure_ascii=False)]
        for line in lines:
            self.stdout.write(line)


def _add_selection(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("task_ids", nargs="*", metavar="TASK_ID", help="ids of tasks")
    parser.add_argument("--task", help="the task's name")
    parser.add_argument("--queue", help="the queue it came from")
    parser.add_argument("--reason", choices=REASONS, help="why it is here")


def _selection(options: Mapping[str, Any]) -> Selection:
    return Selection(
        tuple(options["task_ids"]), options["task"], options["reason"], options["queue"]
    )


def _chosen(options: Mapping[str, Any]) -> Selection:
    """Return the selection; never all letters because none was named."""
    if not options.get("all") and _selection(options) == Selection():
        raise CommandError(
            "Say which: ids of tasks, --task, --queue, --reason, or --all where there is one."
        )
    return _selection(options)


def _line(letter: Letter) -> str:
    age = "" if letter.age is None else f", dead for {letter.age:.0f} s"
    again = f", replayed {letter.replays} times" if letter.replays else ""
    return (
        f"{letter.task_id or '(no id)'}  {letter.task or '(no task)'}  from {letter.queue}"
        f"{age}{again}  {letter.reason}: {REASONS.get(letter.reason, '')}"
    )

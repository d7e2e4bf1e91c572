"""`manage.py outbox`: looks at the messages that wait or are parked, and deals with them."""

import argparse
import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from celeriac.publishing import metrics, parking
from celeriac.publishing.sending import REASONS
from celeriac.publishing.settings import OutboxSettings

LISTED = 50


class Command(BaseCommand):  # type: ignore[misc]
    help = "Shows how the outbox stands, and lists, retries and drops its messages."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True)
        status = commands.add_parser("status", help="How many messages wait and are parked.")
        listed = commands.add_parser("list", help="The messages, without their arguments.")
        shown = commands.add_parser("show", help="Whole messages, as JSON.")
        retried = commands.add_parser("retry", help="Send parked messages again.")
        dropped = commands.add_parser("drop", help="Delete messages: their tasks never run.")
        for command in (listed, shown, retried, dropped):
            _add_selection(command)
        for command in (listed, shown, dropped):
            command.add_argument(
                "--waiting", action="store_true", help="those that wait, instead of the parked ones"
            )
        for command in (status, listed, retried, dropped):
            command.add_argument("--json", action="store_true", help="for programs")
        listed.add_argument("--limit", type=int, default=LISTED, help=f"rows; {LISTED} by default")
        for command in (retried, dropped):
            command.add_argument("--all", action="store_true", help="all that there are")
        dropped.add_argument("--yes", action="store_true", help="needed with --all")

    def handle(self, *, command: str, **options: Any) -> None:
        getattr(self, f"_{command}")(OutboxSettings.read().database, options)

    def _status(self, alias: str, options: Mapping[str, Any]) -> None:
        with connections[alias].cursor() as cursor:
            standing = metrics.measure(cursor)
        self._print(options, standing.as_dict(), [str(standing)])

    def _list(self, alias: str, options: Mapping[str, Any]) -> None:
        found = _selected(alias, options)
        shown = [parking.summary(message) for message in found[: options["limit"]]]
        lines = [_line(message) for message in shown]
        if (more := found.count() - len(shown)) > 0:
            lines.append(f"… and {more} more: --limit {more + len(shown)}")
        self._print(options, shown, lines or ["none"])

    def _show(self, alias: str, options: Mapping[str, Any]) -> None:
        found = [parking.details(message) for message in _chosen(alias, options, every=False)]
        self._print({"json": True}, found, [])

    def _retry(self, alias: str, options: Mapping[str, Any]) -> None:
        retried = parking.retry(_chosen(alias, options, every=options["all"]))
        self._print(options, {"retried": retried}, [f"{retried} handed to the relay again"])

    def _drop(self, alias: str, options: Mapping[str, Any]) -> None:
        if options["all"] and not options["yes"]:
            raise CommandError("drop --all deletes tasks for good: add --yes.")
        dropped = parking.drop(_chosen(alias, options, every=options["all"]))
        lines = [f"dropped {_line(message)}" for message in dropped]
        self._print(options, dropped, lines or ["none"])

    def _print(self, options: Mapping[str, Any], data: Any, lines: Iterable[str]) -> None:
        if options["json"]:
            lines = [json.dumps(data, indent=2, ensure_ascii=False)]
        for line in lines:
            self.stdout.write(line)


def _add_selection(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("task_ids", nargs="*", metavar="TASK_ID", help="ids of tasks")
    parser.add_argument("--task", help="the task's name")
    parser.add_argument("--reason", choices=REASONS, help="why it was parked")


def _selected(alias: str, options: Mapping[str, Any]) -> Any:
    waiting = options.get("waiting", False)
    if waiting and options["reason"]:
        raise CommandError("Messages that wait have no reason: leave out --reason or --waiting.")
    return parking.select(
        alias,
        waiting=waiting,
        task_ids=options["task_ids"],
        task=options["task"],
        reason=options["reason"],
    )


def _chosen(alias: str, options: Mapping[str, Any], *, every: bool) -> Any:
    """Return the selection; never all messages because none was named."""
    if not (every or options["task_ids"] or options["task"] or options["reason"]):
        raise CommandError(
            "Say which: ids of tasks, --task, --reason, or --all where there is one."
        )
    return _selected(alias, options)


def _line(message: Mapping[str, Any]) -> str:
    reason = f"  {message['reason']}" if "reason" in message else ""
    return (
        f"{message['task_id']}  {message['task']}  to {message['queue']}, "
        f"{message['age_seconds']:.0f} s old{reason}"
    )

"""What a person sees of a deploy: a phase, a line per host, failures last."""

from __future__ import annotations

import json
import os
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.collections.list import list_collection_dirs
from ansible.plugins.callback import CallbackBase
from ansible.plugins.loader import filter_loader, test_loader

DOCUMENTATION = """
name: celeriac
type: stdout
short_description: Short output for people who deploy
description:
  - A header for each play, a line for each change as it happens, a line for each host at the end of its play.
  - Failures are repeated last, with the host, the task and what to do.
  - Everything else is in the log file.
extends_documentation_fragment: [default_callback]
"""


@dataclass
class Tally:
    """What one host did in one play."""

    seconds: float = 0.0
    changed: int = 0
    failed: bool = False


@dataclass
class Failure:
    host: str
    play: str
    task: str
    message: str
    # A gate said no; nothing broke.
    refused: bool = False


@dataclass
class Phase:
    """A play with its own start and the hosts that took part."""

    name: str
    since: float = field(default_factory=time.monotonic)
    hosts: defaultdict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "celeriac"

    def __init__(self) -> None:
        super().__init__()
        self._phase: Phase | None = None
        # The last of each host: what failed before was rescued.
        self._failures: dict[str, Failure] = {}
        self._task_since: dict[str, float] = {}

    def v2_playbook_on_start(self, playbook: Any) -> None:
        load_filters()
        load_collections()

    def v2_playbook_on_play_start(self, play: Any) -> None:
        name = play.get_name().strip()
        if self._phase is None or self._phase.name != name:  # serial plays start once a batch
            self._end_phase()
            self._phase = Phase(name)
            self._display.display(f"\n{name}")

    def v2_runner_on_start(self, host: Any, task: Any) -> None:
        self._task_since[host.get_name()] = time.monotonic()

    def v2_runner_on_ok(self, result: Any) -> None:
        tally, seconds = self._count(result)
        for warning in result._result.get("warnings") or []:
            note("warning", text=warning_text(warning))
        self._handle_warnings(result._result)
        if result._result.get("changed"):
            tally.changed += 1
            items = result._result.get("results") or [result._result]  # of a loop
            diffs = [self._get_diff(item["diff"]) for item in items if item.get("diff")]
            note("change", **self._where(result), result=named(items), diff="".join(diffs))
            self._line(
                result,
                f"{result._task.get_name().strip()} ({seconds:.1f} s)",
                constants.COLOR_CHANGED,
            )
        shown = self._display.verbosity + self._diff_wanted(result) and not noted()
        if result._result.get("diff") and shown:
            self._display.display(self._get_diff(result._result["diff"]))

    def v2_runner_on_skipped(self, result: Any) -> None:
        self._count(result)

    def v2_runner_retry(self, result: Any) -> None:
        self._line(
            result,
            f"{result._task.get_name().strip()}: waiting, try {result._result['attempts']}",
            constants.COLOR_DEBUG,
        )

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        tally, _ = self._count(result)
        if ignore_errors:
            return
        tally.failed = True
        self._fail(result, self._message(result._result), result._result.get("refused") is True)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        tally, _ = self._count(result)
        tally.failed = True
        self._fail(result, unreachable(result._host.get_name(), str(result._result.get("msg", ""))))

    def v2_playbook_on_no_hosts_matched(self) -> None:
        self._display.display("  (no host)", color=constants.COLOR_SKIP)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        self._end_phase()
        if not self._failures:
            return
        write_failures(self._failures.values())
        self._display.display("\nFailed", color=constants.COLOR_ERROR)
        for failure in self._failures.values():
            self._display.display(
                f"  {failure.host}: {failure.task} ({failure.play})", color=constants.COLOR_ERROR
            )
            for line in failure.message.splitlines():
                self._display.display(f"    {line}")

    def _count(self, result: Any) -> tuple[Tally, float]:
        assert self._phase is not None
        host = result._host.get_name()
        seconds = time.monotonic() - self._task_since.get(host, time.monotonic())
        tally = self._phase.hosts[host]
        tally.seconds += seconds
        return tally, seconds

    def _end_phase(self) -> None:
        if self._phase is None:
            return
        for host, tally in sorted(self._phase.hosts.items()):
            outcome = (
                "failed"
                if tally.failed
                else f"{tally.changed} changed"
                if tally.changed
                else "no change"
            )
            color = constants.COLOR_ERROR if tally.failed else constants.COLOR_OK
            self._display.display(f"  {host:<12} {outcome:<12} {tally.seconds:6.1f} s", color=color)
        self._phase = None

    def _line(self, result: Any, text: str, color: str) -> None:
        self._display.display(f"    {result._host.get_name()}: {text}", color=color)

    def _fail(self, result: Any, message: str, refused: bool = False) -> None:
        assert self._phase is not None
        task = result._task.get_name().strip()
        failure = Failure(result._host.get_name(), self._phase.name, task, message, refused)
        self._failures[failure.host] = failure
        kind = "unreachable" if result._result.get("unreachable") else "failure"
        note(kind, **self._where(result), text=message)
        self._line(result, f"{failure.task}: failed", constants.COLOR_ERROR)

    def _where(self, result: Any) -> dict[str, str]:
        assert self._phase is not None
        task = result._task.get_name().strip()
        return {"host": result._host.get_name(), "phase": self._phase.name, "task": task}

    def _diff_wanted(self, result: Any) -> bool:
        return bool(getattr(result._task, "diff", False))

    def _message(self, result: dict[str, Any]) -> str:
        """The words of a failed task, without what Ansible wraps around them."""
        if "censored" in result:
            return (
                "Its words are hidden, because it handles secrets. Look on the host at what it needs: "
                "free disk, the user and the service that it names."
            )
        if result.get("results"):  # a loop: the items that failed
            return "\n".join(
                self._message(item) for item in result["results"] if item.get("failed")
            )
        parts = [
            str(result.get("msg") or ""),
            str(result.get("stderr") or ""),
            str(result.get("module_stderr") or ""),
        ]
        unique = [
            part.strip()
            for number, part in enumerate(parts)
            if part.strip() and part not in parts[:number]
        ]
        return "\n".join(unique) or "no reason given; see the log"


def write_failures(failures: Iterable[Failure]) -> None:
    """Write them for `celeriac`, which puts them into the audit, where it names a file."""
    if path := os.environ.get("CELERIAC_FAILURES"):
        Path(path).write_text(json.dumps([asdict(failure) for failure in failures]))


def noted() -> str | None:
    """Return the file in which `celeriac plan` and `drift` want each change."""
    return os.environ.get("CELERIAC_CHECK")


def note(kind: str, **said: Any) -> None:
    if path := noted():
        with Path(path).open("a") as file:
            file.write(json.dumps({"kind": kind, **said}) + "\n")


def named(results: Iterable[dict[str, Any]]) -> dict[str, list[str]]:
    """Return the lists of names in results: files, units, steps."""
    return {
        key: value
        for result in results
        for key, value in result.items()
        if isinstance(value, list) and value and all(isinstance(name, str) for name in value)
    }


def warning_text(warning: Any) -> str:
    """Return a warning's words: newer Ansible hands over more than those."""
    return str(getattr(warning, "msg", None) or warning)


def load_filters() -> None:
    """Load Ansible's filters and tests, and ours, in this process.

    Each task on each host runs in a fork of it, and would load them all again:
    0.1 to 0.2 s every time, most of what a deploy with nothing to change would take.
    """
    for loader in (filter_loader, test_loader):
        loader.get("length")


def load_collections() -> None:
    """Import the installed collections in this process.

    Mitogen lists them for each module out of a collection, in a fork that knows none yet and
    reads a file of each: 0.1 s every time.
    """
    for _ in list_collection_dirs():
        pass


def unreachable(host: str, reason: str) -> str:
    """Turn SSH's words into what is wrong and what to do."""
    lowered = reason.lower()
    if "host key" in lowered or "identification has changed" in lowered:
        advice = (
            f"The SSH host key of {host} is not the one in the environment's known_hosts. "
            "If the host was installed anew, replace its line there with the key read on the host "
            "itself; if not, somebody may stand in between."
        )
    elif "permission denied" in lowered or "authentication" in lowered:
        advice = (
            f"{host} refused the SSH key. Check ansible_user and ansible_ssh_private_key_file "
            "in the inventory."
        )
    else:
        advice = (
            f"{host} cannot be reached over SSH. Check that it runs, its address in hosts.yml "
            "and the firewall, then deploy again."
        )
    return f"{advice}\n{reason}"

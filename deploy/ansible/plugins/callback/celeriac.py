"""What a person sees of a deploy: a phase, a line per host, failures last."""

from __future__ import annotations

import atexit
import json
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.collections.list import list_collection_dirs
from ansible.plugins.callback import CallbackBase
from ansible.plugins.loader import filter_loader, test_loader

from celeriac.cli import forks, tuning
from celeriac.cli.failures import Failure, Passed, unreachable, words, write_failures
from celeriac.cli.live import Live
from celeriac.cli.phases import Phase, Tallies, Tally, counts, host_line, width

DOCUMENTATION = """
name: celeriac
type: stdout
short_description: Short output for people who deploy
description:
  - A header for each play, a line for each change as it happens, a line for each host when it is through.
  - At the end how many hosts changed; failures are repeated last, with the host, the task and what to do.
  - With CELERIAC_QUIET=1 in the environment a line for each play, and failures.
  - Everything else is in the log file.
extends_documentation_fragment: [default_callback]
"""

# In this process' environment, where the play that leaves stamps looks: that a deploy changed
# something, warned of something or got no answer, so that the next one has to look at everything.
EVENTFUL = "CELERIAC_EVENTFUL"


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "celeriac"

    def __init__(self) -> None:
        super().__init__()
        self._phase: Phase | None = None
        # The last of each host: what failed before was rescued.
        self._failures: dict[str, Failure] = {}
        # By play and host.
        self._passed: dict[tuple[str, str], Passed] = {}
        self._task_since: dict[str, float] = {}
        # Host to the task that it is at; the newest comes last.
        self._running: dict[str, str] = {}
        self._total, self._since = Tallies(), time.monotonic()
        self._live = Live()
        self._quiet = bool(os.environ.get("CELERIAC_QUIET"))

    def v2_playbook_on_start(self, playbook: Any) -> None:
        load_filters()
        load_collections()
        self._total, self._since = Tallies(), time.monotonic()
        os.environ.pop(EVENTFUL, None)
        forks.guard()
        tuning.tune()
        # Here, not in __init__: forks inherit it, and end without it.
        atexit.register(self._cut_off)

    def v2_playbook_on_play_start(self, play: Any) -> None:
        name = play.get_name().strip()
        if self._phase is not None and self._phase.name == name:  # the next batch of a serial play
            self._show_hosts(self._phase)
            return
        self._end_phase()
        self._phase = Phase(name)
        self._live.draw(name, {})

    def v2_runner_on_start(self, host: Any, task: Any) -> None:
        assert self._phase is not None
        self._announce(self._phase)
        name = host.get_name()
        self._task_since[name] = time.monotonic()
        self._running.pop(name, None)
        self._running[name] = task.get_name().strip()
        self._live.draw(self._phase.name, self._running)

    def v2_runner_on_ok(self, result: Any) -> None:
        tally, seconds = self._count(result)
        for warning in result._result.get("warnings") or []:
            note("warning", text=warning_text(warning))
            os.environ[EVENTFUL] = "1"
        self._handle_warnings(result._result)
        if result._result.get("changed"):
            tally.changed += 1
            os.environ[EVENTFUL] = "1"
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
            self._say(self._get_diff(result._result["diff"]))

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
        self._fail(result, words(result._result), result._result.get("refused") is True)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        tally, _ = self._count(result)
        reason = str(result._result.get("msg", ""))
        if result._task.ignore_unreachable:
            tally.silent = True
            os.environ[EVENTFUL] = "1"
            self._pass_over(result, reason)
            return
        tally.failed = True
        self._fail(result, unreachable(result._host.get_name(), reason))

    def v2_playbook_on_no_hosts_matched(self) -> None:
        assert self._phase is not None
        self._say(f"\n{self._phase.name}: no host", constants.COLOR_SKIP)
        self._phase = None

    def v2_playbook_on_stats(self, stats: Any) -> None:
        atexit.unregister(self._cut_off)
        self._end_phase()
        if self._total and not noted():
            took = time.monotonic() - self._since
            self._say(f"\n{counts(self._total.values())}, {took:.0f} s", always=True)
        if not self._failures:
            for passed in [] if noted() else self._passed.values():
                self._display.warning(passed.warning())
            return
        # Who did not answer is part of what the preflight's verdict says no to.
        silent = {passed.host: passed.as_failure() for passed in self._passed.values()}
        failures = {**silent, **self._failures}.values()
        write_failures(failures)
        self._say("\nFailed", constants.COLOR_ERROR, always=True)
        for failure in failures:
            where = f"  {failure.host}: {failure.task} ({failure.play})"
            self._say(where, constants.COLOR_ERROR, always=True)
            for line in failure.message.splitlines():
                self._say(f"    {line}", always=True)

    def _cut_off(self) -> None:
        """Say what was under way when Ansible ended in the middle, as after Ctrl-C."""
        self._live.clear()
        if (phase := self._phase) is None:
            return
        for host, task in self._running.items():
            cut = Failure(host, phase.name, task, "Interrupted.")
            self._failures.setdefault(host, cut)
        write_failures(self._failures.values())
        self._end_phase()
        if self._running:
            self._say("\nCut off. What a host had begun may go on there to its end:", always=True)
        for host, task in self._running.items():
            self._say(f"  {host}: {task} ({phase.name})", always=True)

    def _count(self, result: Any) -> tuple[Tally, float]:
        assert self._phase is not None
        host = result._host.get_name()
        seconds = time.monotonic() - self._task_since.get(host, time.monotonic())
        self._running.pop(host, None)
        tally = self._phase.now[host]
        tally.seconds += seconds
        return tally, seconds

    def _announce(self, phase: Phase) -> None:
        if not phase.announced:
            self._say(f"\n{phase.name}")
            phase.announced = True

    def _show_hosts(self, phase: Phase) -> None:
        ended = phase.end_batch()
        self._total.add(ended)
        for host, tally in sorted(ended.items()):
            color = constants.COLOR_ERROR if tally.failed else constants.COLOR_OK
            self._say(host_line(host, tally, width(self._total)), color)

    def _end_phase(self) -> None:
        if self._phase is not None and self._phase.announced:
            self._show_hosts(self._phase)
            if self._quiet:
                self._live.clear()
                summary = self._phase.summary(time.monotonic() - self._phase.since)
                self._display.display(summary, screen_only=True)
        self._phase = None

    def _say(self, text: str, color: str | None = None, *, always: bool = False) -> None:
        """Show a line and log it; with ``-q`` only log it, but for what is ``always`` shown."""
        self._live.clear()
        self._display.display(text, color=color, log_only=self._quiet and not always)

    def _line(self, result: Any, text: str, color: str, *, always: bool = False) -> None:
        self._say(f"    {result._host.get_name()}: {text}", color, always=always)

    def _fail(self, result: Any, message: str, refused: bool = False) -> None:
        assert self._phase is not None
        where = self._where(result)
        # What a rescue says is about another task.
        where["task"] = result._result.get("failed_task") or where["task"]
        failure = Failure(where["host"], where["phase"], where["task"], message, refused)
        self._failures[failure.host] = failure
        kind = "unreachable" if result._result.get("unreachable") else "failure"
        note(kind, **where, text=message)
        said = f"{result._task.get_name().strip()}: failed"
        self._line(result, said, constants.COLOR_ERROR, always=True)

    def _pass_over(self, result: Any, reason: str) -> None:
        where = self._where(result)
        host, play, task = where["host"], where["phase"], where["task"]
        self._passed.setdefault((play, host), Passed(host, play, reason)).tasks.append(task)
        note("unreachable", **where, text=unreachable(host, reason))
        self._line(result, f"{task}: no answer", constants.COLOR_WARN, always=True)

    def _where(self, result: Any) -> dict[str, str]:
        assert self._phase is not None
        task = result._task.get_name().strip()
        return {"host": result._host.get_name(), "phase": self._phase.name, "task": task}

    def _diff_wanted(self, result: Any) -> bool:
        return bool(getattr(result._task, "diff", False))


def noted() -> str | None:
    """Return the file in which `celeriac plan` and `drift` want each change."""
    return os.environ.get("CELERIAC_CHECK")


def note(kind: str, **said: Any) -> None:
    if path := noted():
        with Path(path).open("a") as file:
            file.write(json.dumps({"kind": kind, **said}) + "\n")


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


def named(results: Iterable[dict[str, Any]]) -> dict[str, list[str]]:
    """Return the lists of names in results: files, units, steps."""
    return {
        key: value
        for result in results
        for key, value in result.items()
        if isinstance(value, list) and value and all(isinstance(name, str) for name in value)
    }

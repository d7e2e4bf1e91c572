"""Writes what every task of a run asked of every host, and how long it took, into a file."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: operations
type: aggregate
short_description: Counts what ran on each host, for bench.deploy
description:
  - Writes JSON to the file that C(CELERIAC_OPERATIONS) names, a list of tasks in the order they began.
requirements: [Named in C(ANSIBLE_CALLBACKS_ENABLED)]
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "operations"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._play = ""
        self._tasks: list[dict[str, Any]] = []
        self._since = 0.0

    def v2_playbook_on_play_start(self, play: Any) -> None:
        self._end()
        self._play = play.get_name().strip()

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        self._end()
        self._tasks.append(
            {
                "play": self._play,
                "task": task.get_name().strip(),
                "action": task.action,
                "control": str(task.delegate_to) == "localhost",
                "seconds": 0.0,
                "ran": {},
                "skipped": 0,
                "changed": [],
            }
        )
        self._since = time.monotonic()

    v2_playbook_on_handler_task_start = v2_playbook_on_task_start

    def v2_runner_on_ok(self, result: Any) -> None:
        self._ran(result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._ran(result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        self._tasks[-1]["skipped"] += 1

    def v2_playbook_on_stats(self, stats: Any) -> None:
        self._end()
        Path(os.environ["CELERIAC_OPERATIONS"]).write_text(json.dumps(self._tasks))

    def _ran(self, result: Any) -> None:
        """Count one, or each item of a loop that was not skipped."""
        task, host, said = self._tasks[-1], result._host.get_name(), result._result
        items = said.get("results")
        looped = isinstance(items, list) and result._task.loop is not None
        task["ran"][host] = sum(not item.get("skipped", False) for item in items) if looped else 1
        if said.get("changed"):
            task["changed"].append(host)

    def _end(self) -> None:
        if self._tasks and not self._tasks[-1]["seconds"]:
            self._tasks[-1]["seconds"] = time.monotonic() - self._since

"""Runs the module of this name and notes when, by this machine's clock: a host's can then be compared."""

from __future__ import annotations

import time
from typing import Any

from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> Any:
        super().run(tmp, task_vars)
        before = time.time()
        found = self._execute_module(task_vars=task_vars)
        return {**found, "asked": [before, time.time()]}

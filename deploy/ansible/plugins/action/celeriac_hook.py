"""Runs a hook of the application on the control host, for the host of the task."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase

from celeriac.release.hooks import Hooks, Refused


class ActionModule(ActionBase):
    """``name`` is the hook's, ``hooks`` what `Hooks.variables` gives; fails as the hook does."""

    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> Any:
        super().run(tmp, task_vars)
        name, hooks = self._task.args["name"], self._task.args["hooks"]
        if self._task.check_mode:
            return {"changed": True}
        host = (task_vars or {})["inventory_hostname"]
        with tempfile.TemporaryFile() as output:
            own = Hooks(Path(hooks["folder"]), hooks["facts"], output=output)
            try:
                own.run(name, HOST=str(host))
            except Refused as error:
                failed = str(error)
            else:
                failed = ""
            output.seek(0)
            said = output.read().decode(errors="replace").strip()
        msg = "\n".join(part for part in (failed, said) if part)
        return {"changed": True, "failed": bool(failed), "msg": msg}

"""``celeriac dead``: messages that no worker could run."""

from __future__ import annotations

from celeriac.cli import remote

_WHICH = "Which: TASK_ID…, --task NAME, --queue NAME, --reason WORD."

commands = remote.group(
    "dead",
    "Look at the dead letters of an application, replay or drop them.",
    "dead_letters",
    {
        "list": f"List them with reason and age. {_WHICH} Also: --limit N, --json.",
        "show": f"Show them whole, as JSON. {_WHICH} Also: --limit N.",
        "replay": f"Send them to their queues again. {_WHICH} Also: --all, --limit N, --json.",
    },
)
remote.add_drop(
    commands,
    "dead_letters",
    f"Delete them: their tasks never run. {_WHICH} Also: --all, --limit N, --json.",
)

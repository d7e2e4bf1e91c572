"""``celeriac outbox``: tasks that were accepted and not yet sent, or that cannot be sent."""

from __future__ import annotations

from celeriac.cli import remote

_WHICH = "Which: TASK_ID…, --task NAME, --reason WORD."

commands = remote.group(
    "outbox",
    "Look at the outbox of an application, and at the messages that are parked.",
    "outbox",
    {
        "status": "Say how many messages wait and are parked, and for how long. Also: --json.",
        "list": f"List parked messages. {_WHICH} Also: --waiting, --limit N, --json.",
        "show": f"Show messages whole, as JSON. {_WHICH} Also: --waiting.",
        "retry": f"Hand parked messages to the relay again. {_WHICH} Also: --all, --json.",
    },
)
remote.add_drop(
    commands,
    "outbox",
    f"Delete messages: their tasks never run. {_WHICH} Also: --waiting, --all, --json.",
)

"""An SMTP server that keeps every mail in a Maildir, and can be told to be slow or to refuse."""

import asyncio
import os
import socket
from pathlib import Path

from aiosmtpd.handlers import Mailbox
from aiosmtpd.smtp import SMTP, Envelope, Session

LISTENING = 3  # the first file descriptor that systemd passes on
CONTROL = Path(os.environ["CONFIGURATION_DIRECTORY"])
MAILDIR = Path(os.environ["STATE_DIRECTORY"]) / "Maildir"


def control(name: str) -> str:
    """The text of a control file, empty where there is none."""
    try:
        return (CONTROL / name).read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return ""


class Sink(Mailbox):
    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        await asyncio.sleep(float(control("delay") or 0))
        return control("refuse") or await super().handle_DATA(server, session, envelope)


async def main() -> None:
    sink = Sink(str(MAILDIR))
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(sink, enable_SMTPUTF8=True), sock=socket.socket(fileno=LISTENING)
    )
    await server.serve_forever()


asyncio.run(main())

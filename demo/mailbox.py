"""The mailbox of the lab's visitors: the Maildir of the lab's SMTP server."""

from __future__ import annotations

import shlex

from deploy.lab import faults
from deploy.lab.inventory import Lab

MAILDIR = "/var/lib/mail-sink/Maildir"


class Mailbox:
    """Reads past SSH and SMTP, on the mail host itself."""

    def __init__(self, lab: Lab, host: str) -> None:
        self._lab, self._host = lab, host

    def find(self, address: str) -> str | None:
        """Return the newest mail to ``address`` as it was received, or None."""
        pattern = shlex.quote(f"^X-RcptTo:.*{address}")
        # A Maildir's names begin with the time.
        search = (
            f"grep --files-with-matches --no-messages {pattern} {MAILDIR}/new/* | sort | tail -n 1"
        )
        path = faults.run(self._lab, self._host, "sh", "-c", search).strip()
        return faults.run(self._lab, self._host, "cat", path) if path else None

    def count(self) -> int:
        """How many mails were received since the host was made."""
        return int(
            faults.run(self._lab, self._host, "sh", "-c", f"ls {MAILDIR}/new 2>/dev/null | wc -l")
        )

    def delay(self, seconds: float) -> None:
        """Tell the server to take this long for each mail; zero for none."""
        control = f"mkdir -p /etc/mail-sink && echo {seconds} > /etc/mail-sink/delay"
        faults.run(self._lab, self._host, "sh", "-c", control)

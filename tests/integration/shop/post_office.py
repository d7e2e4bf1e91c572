"""A mail server for tests: keeps what it is given, or refuses it as it is told."""

import email
import email.policy
import re
import socketserver
import threading
from email.message import EmailMessage

from tests.integration.waiting import wait_for


class PostOffice(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.mails: list[EmailMessage] = []
        self.refused: dict[str, str] = {}  # address to the reply that RCPT gets
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        return self.server_address[1]

    def to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in list(self.mails) if mail["To"] == address]

    def newest(self, address: str, count: int = 1) -> str:
        """Wait for the address's mail number `count`; return its text."""
        wait_for(lambda: len(self.to(address)) >= count, f"mail {count} to {address}")
        return self.to(address)[-1].get_content()

    def link(self, address: str, count: int = 1) -> str:
        """Wait for the address's mail number `count`; return the path of the link in it."""
        found = re.search(r"https?://[^/]+(/accounts/activate/\S+)", self.newest(address, count))
        assert found, f"no link in the mail to {address}"
        return found[1]


class _Conversation(socketserver.StreamRequestHandler):
    server: PostOffice

    def handle(self) -> None:
        self._say("220 test")
        for line in self.rfile:
            command = line.decode().strip()
            address = re.search(r"RCPT TO:<(.+)>", command, re.IGNORECASE)
            if address:
                self._say(self.server.refused.get(address[1], "250 fine"))
            elif command.upper() == "DATA":
                self._take()
            elif command.upper() == "QUIT":
                return self._say("221 bye")
            else:
                self._say("250 fine")
        return None

    def _take(self) -> None:
        self._say("354 go on")
        lines = iter(self.rfile.readline, b".\r\n")
        text = b"".join(line.removeprefix(b".") for line in lines)
        mail = email.message_from_bytes(text, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        self.server.mails.append(mail)
        self._say("250 taken")

    def _say(self, reply: str) -> None:
        self.wfile.write(f"{reply}\r\n".encode())

"""The secrets of an environment: generated once, kept in an Ansible Vault file.

The file holds one variable, ``celeriac_secrets``::

    {"environment": {name: value}, "applications": {application: {name: value}}}

Among the environment's are the key and certificate of its authority (`celeriac.authority`).
Nothing here prints a value.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from celeriac import private_file
from celeriac.description.problems import InputError, Problem

# One per environment, whatever applications it holds.
AUTHORITY = ("ca_key", "ca_certificate")
ENVIRONMENT_SECRETS = (
    "rabbitmq_admin_password",
    "erlang_cookie",
    "redis_admin_password",
    *AUTHORITY,
)


@dataclass(frozen=True)
class Vault:
    """An environment's vault file and the file that holds its password."""

    environment: str
    path: Path
    password_file: Path

    def read(self) -> dict[str, Any]:
        """Return ``celeriac_secrets``; empty if there are none yet.

        Raises `InputError` for a missing or wrong password or a file that is not a vault.
        """
        return self._secrets(self._variables())

    def missing(self, application: str, names: list[str]) -> list[str]:
        """Names that the vault should hold and does not; an empty value counts as missing."""
        held = self.read()
        return [
            "/".join((*place, name))
            for place, name in _wanted(application, names)
            if not _holder(held, place).get(name)
        ]

    def absent(self, paths: list[str]) -> list[str]:
        """Return which of these (``environment/<name>``) nobody has put there yet.

        They are passwords that were chosen elsewhere, so `complete` cannot make them.
        """
        held = self.read()
        return [
            path
            for path in paths
            if not _holder(held, tuple(path.split("/")[:-1])).get(path.rsplit("/", 1)[-1])
        ]

    def complete(self, application: str, names: list[str]) -> list[str]:
        """Generate what is missing, keep what is there, return the names that are new.

        Other variables of the file keep their values; its comments are lost.
        """
        new = self.missing(application, names)
        if not new:
            return []
        variables = self._variables()
        held = variables["celeriac_secrets"] = self._secrets(variables)
        environment = _holder(held, ("environment",))
        if not all(environment.get(name) for name in AUTHORITY):
            # Imported here: the quick commands need no cryptography.
            from celeriac import authority

            environment |= zip(AUTHORITY, authority.generate(self.environment), strict=True)
        for place, name in _wanted(application, names):
            holder = _holder(held, place)
            holder[name] = holder.get(name) or secrets.token_urlsafe(32)
        if not self.password_file.exists():
            private_file.write(self.password_file, secrets.token_urlsafe(32).encode() + b"\n")
        self._write(variables)
        return new

    def environment_secrets(self) -> dict[str, str]:
        """Return the secrets of the environment; empty if there are none yet."""
        return dict(self.read().get("environment") or {})

    def replace_environment_secrets(self, held: dict[str, str]) -> None:
        """Write these secrets of the environment in place of those there, in one step."""
        variables = self._variables()
        variables["celeriac_secrets"] = {**self._secrets(variables), "environment": held}
        self._write(variables)

    def application_secrets(self, application: str) -> dict[str, str]:
        """Return the secrets of an application; empty if there are none yet."""
        return dict((self.read().get("applications") or {}).get(application) or {})

    def replace_application_secrets(self, application: str, held: dict[str, str]) -> None:
        """Write these secrets of an application in place of those there, in one step."""
        variables = self._variables()
        kept = self._secrets(variables)
        others = kept.get("applications") or {}
        variables["celeriac_secrets"] = {**kept, "applications": {**others, application: held}}
        self._write(variables)

    def _write(self, variables: dict[str, Any]) -> None:
        text = yaml.safe_dump(variables, default_flow_style=False, sort_keys=False).encode()
        private_file.write(self.path, self._cipher().encrypt(text))

    def _variables(self) -> dict[str, Any]:
        """Everything in the file, decrypted."""
        if not self.path.exists():
            return {}
        from ansible.errors import AnsibleError
        from ansible.parsing.vault import is_encrypted

        text = self.path.read_bytes()
        if not is_encrypted(text):
            raise self._problem(
                "not encrypted",
                "Run `ansible-vault encrypt` on it; change its secrets if it was shared.",
            )
        try:
            content = yaml.safe_load(self._cipher().decrypt(text)) or {}
        except AnsibleError as error:
            raise self._problem(
                f"the password in {self.password_file} does not open it", "Put the right one there."
            ) from error
        except yaml.YAMLError:
            # The error's text would show what stands there.
            raise self._problem("not plain YAML", "Correct it with `ansible-vault edit`.") from None
        if not isinstance(content, dict):
            raise self._problem(
                "holds no variables", "Write `name: value` lines with `ansible-vault edit`."
            )
        return content

    def _secrets(self, variables: dict[str, Any]) -> dict[str, Any]:
        held = variables.get("celeriac_secrets") or {}
        if not isinstance(held, dict):
            raise self._problem(
                "celeriac_secrets is not a mapping",
                "Restore it, or remove it with `ansible-vault edit` to have new secrets made.",
            )
        return held

    def _cipher(self) -> Any:
        from ansible.constants import DEFAULT_VAULT_IDENTITY
        from ansible.parsing.vault import VaultLib, VaultSecret

        try:
            password = self.password_file.read_bytes().strip()
        except OSError as error:
            raise self._problem(
                f"its password file {self.password_file}: {error.strerror}",
                "Put the password there (mode 0600), or name another file in CELERIAC_VAULT_PASSWORD_FILE.",
            ) from error
        if not password:
            raise self._problem(
                f"its password file {self.password_file} is empty", "Put the password there."
            )
        return VaultLib([(DEFAULT_VAULT_IDENTITY, VaultSecret(password))])

    def _problem(self, what: str, remedy: str) -> InputError:
        return InputError(self.path, [Problem(str(self.path), what, remedy)])


def _wanted(application: str, names: list[str]) -> Iterator[tuple[tuple[str, ...], str]]:
    for name in ENVIRONMENT_SECRETS:
        yield ("environment",), name
    for name in names:
        yield ("applications", application), name


def _holder(held: dict[str, Any], place: tuple[str, ...]) -> dict[str, Any]:
    """Return the mapping at ``place`` in ``held``, made if it is not there."""
    for key in place:
        held[key] = held.get(key) or {}
        held = held[key]
    return held

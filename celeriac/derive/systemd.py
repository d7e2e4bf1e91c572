"""Text as systemd reads it: command lines, environment files, sections."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_PLAIN = re.compile(r"[A-Za-z0-9_@%+=:,./-]+")


class Specified(str):
    """Text in which systemd's specifiers (%i, %S) are meant, not literal percent signs."""

    __slots__ = ()


def command_line(arguments: Iterable[str]) -> str:
    """Return the arguments as the value of ExecStart=, so that each arrives as it is.

    Source: systemd.service(5), "Command lines". Not for the first word, whose leading
    ``-@:+!`` would mean something.
    """
    return " ".join(_word(argument) for argument in arguments)


def environment_file(variables: Mapping[str, str]) -> str:
    """Return the text of an environment file; each value arrives as it is.

    Inside double quotes only four characters need a backslash; a newline stays one.
    Source: systemd.exec(5), EnvironmentFile=. Values hold no other control characters.
    """
    lines = []
    for name, value in sorted(variables.items()):
        escaped = re.sub(r'(["\\`$])', r"\\\1", value)
        lines.append(f'{name}="{escaped}"\n')
    return "".join(lines)


def section(name: str, settings: Iterable[tuple[str, str | int]]) -> str:
    """Return a section of a unit file."""
    return "".join([f"[{name}]\n", *(f"{key}={value}\n" for key, value in settings)])


def in_bytes(memory: str) -> int:
    """Return the bytes of a size as MemoryMax= takes it: a number and K, M, G or T of 1024."""
    return int(memory[:-1]) << 10 * ("KMGT".index(memory[-1]) + 1)


def literal(text: str) -> str:
    """Return text in which no specifier is meant, for a setting that knows them."""
    return text.replace("%", "%%")


def _word(argument: str) -> str:
    text = argument if isinstance(argument, Specified) else literal(argument)
    text = text.replace("$", "$$")
    if _PLAIN.fullmatch(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'

"""Kinds of text and numbers that several keys of celeriac.yml share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema


@dataclass(frozen=True)
class Form:
    """Text that must match ``pattern`` as a whole; ``remedy`` tells a person what that is."""

    pattern: str
    remedy: str

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**handler(core), "pattern": f"^{self.pattern}$"}

    def _check(self, value: str) -> str:
        if re.fullmatch(self.pattern, value):
            return value
        # Braces in the text would be read as placeholders; the values travel as context.
        raise PydanticCustomError("form", "{what}", {"what": repr(value), "remedy": self.remedy})


ApplicationName = Annotated[
    str,
    Form(
        r"[a-z][a-z0-9_]{0,30}",
        "Use 1 to 31 lower-case letters, digits and underscores, a letter first; a dash would "
        "make unit names of two applications collide.",
    ),
]
Memory = Annotated[
    str,
    Form(r"[1-9][0-9]*[KMGT]", "Write a whole number and a unit, as systemd does: 512M or 2G."),
]
Module = Annotated[
    str,
    Form(
        r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*",
        "Write a module as Python imports it: project.settings.",
    ),
]
ModuleOrAttribute = Annotated[
    str,
    Form(
        r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*(:[A-Za-z_]\w*)?",
        "Write what `celery -A` takes: project.celery, or project.celery:app.",
    ),
]
RelativePath = Annotated[
    str,
    Form(
        r"(?!/)(?!.*(^|/)\.\.(/|$))[^\x00-\x1f]+",
        "Write a path inside the source, without a leading / and without '..'.",
    ),
]
PythonVersion = Annotated[
    str,
    Form(r"3\.(1[1-9]|[2-9][0-9])", 'Write "3.13", with the quotes; 3.11 is the oldest.'),
]
SecretName = Annotated[
    str,
    Form(r"[a-z][a-z0-9_]*", "Use lower-case letters, digits and underscores, a letter first."),
]
AptPackage = Annotated[
    str,
    Form(r"[a-z0-9][a-z0-9.+-]+", "Write the name of a Debian package, such as libpq5."),
]
KeyPrefix = Annotated[
    str,
    Form(r"[A-Za-z0-9_:.-]+", "Use letters, digits and _ : . - alone, such as shop: in quotes."),
]
UrlPath = Annotated[str, Form(r"/[!-~]*", "Write a path from the site's root: /healthz.")]
# What an environment variable can carry to a process under systemd.
EnvironmentValue = Annotated[
    str,
    Form(
        r"[^\x00-\x08\x0b-\x1f\x7f-\x9f]*",
        "systemd refuses control characters other than tab and newline; remove them.",
    ),
]
Argument = Annotated[
    str,
    Form(r"[^\x00-\x1f\x7f]*", "Remove the control characters."),
]
Command = Annotated[list[Argument], Field(min_length=1)]
Seconds = Annotated[int, Field(ge=1)]
Positive = Annotated[int, Field(ge=1)]

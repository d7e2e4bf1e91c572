"""Turns what pydantic finds wrong in celeriac.yml into sentences with a remedy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from celeriac.description import instead
from celeriac.description.model import Description
from celeriac.description.partial import mend
from celeriac.description.problems import Problem, near_miss

_WANTED = {
    "string_type": ("text", 'Put it in quotes: "{value}".'),
    "int_type": ("a whole number", "Write it without quotes and without a fraction."),
    "bool_type": ("true or false", "Write true or false, without quotes."),
    "list_type": ("a list", "Write [first, second], or one `- item` a line."),
    "dict_type": ("a mapping", "Write `key: value` lines below it."),
    "model_type": ("a mapping", "Write `key: value` lines below it."),
    "model_attributes_type": ("a mapping", "Write `key: value` lines below it."),
}


@dataclass(frozen=True)
class Validated:
    """A description. With ``problems`` it is not as written in the sections ``broken``."""

    description: Description
    problems: list[Problem]
    broken: frozenset[str]


def validate(data: dict[str, Any]) -> Validated:
    """Return the description in ``data``, mended where it is wrong, and what is wrong."""
    try:
        return Validated(Description.model_validate(data), [], frozenset())
    except ValidationError as error:
        errors = error.errors(include_url=False)
    description, broken = mend(data, errors)
    return Validated(description, [_problem(details) for details in errors], broken)


def _problem(details: ErrorDetails) -> Problem:
    where = "/".join(str(part) for part in details["loc"] if part != "[key]")
    what, remedy = _explain(details)
    return Problem(where, what, remedy)


def _explain(details: ErrorDetails) -> tuple[str, str]:
    kind, value, context = details["type"], details["input"], details.get("ctx", {})
    if kind in _WANTED:
        wanted, remedy = _WANTED[kind]
        return f"should be {wanted}, not {_show(value)}", remedy.format(value=_plain(value))
    explain = _EXPLAIN.get(kind)
    if explain is None:
        return details["msg"][:1].lower() + details["msg"][1:], "Correct it."
    return explain(details, value, context)


def _unknown(details: ErrorDetails, value: Any, context: dict[str, Any]) -> tuple[str, str]:
    known = _keys_beside(details["loc"])
    return "unknown key", instead.remedy(details["loc"]) or near_miss(
        str(details["loc"][-1]), known
    )


def _missing(details: ErrorDetails, value: Any, context: dict[str, Any]) -> tuple[str, str]:
    schema = _schema_at(details["loc"])
    return "missing", f"Add it. {schema.get('description', '')}".strip()


def _form(details: ErrorDetails, value: Any, context: dict[str, Any]) -> tuple[str, str]:
    return f"{_show(value)} has the wrong form", context["remedy"]


def _choice(details: ErrorDetails, value: Any, context: dict[str, Any]) -> tuple[str, str]:
    schema = _schema_at(details["loc"])
    choices = schema.get("enum") or [schema.get("const")]
    if not isinstance(value, str) or not all(isinstance(choice, str) for choice in choices):
        known = " or ".join(str(choice) for choice in choices)
        return f"should be {known}, not {_show(value)}", f"Write {known}."
    return f"{_show(value)} is not known", near_miss(value, choices)


def _range(details: ErrorDetails, value: Any, context: dict[str, Any]) -> tuple[str, str]:
    least, most = context.get("ge"), context.get("le")
    bound = f"at least {least}" if least is not None else f"at most {most}"
    return f"should be {bound}, not {value}", "Change the number."


def _short(details: ErrorDetails, value: Any, context: dict[str, Any]) -> tuple[str, str]:
    return "empty", "Fill it in."


_EXPLAIN: dict[str, Callable[[ErrorDetails, Any, dict[str, Any]], tuple[str, str]]] = {
    "extra_forbidden": _unknown,
    "missing": _missing,
    "form": _form,
    "literal_error": _choice,
    "greater_than_equal": _range,
    "less_than_equal": _range,
    "too_short": _short,
    "string_too_short": _short,
}


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _show(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool | int | float):
        return _plain(value)
    if isinstance(value, dict):
        return "a mapping"
    return "a list" if isinstance(value, list) else repr(value)


def _keys_beside(loc: tuple[int | str, ...]) -> list[str]:
    return list(_schema_at(loc[:-1]).get("properties", {}))


def _schema_at(loc: tuple[int | str, ...]) -> dict[str, Any]:
    """Return what the JSON Schema says of the place ``loc``."""
    root = Description.model_json_schema()
    schema = root
    for part in loc:
        found: dict[str, Any] = schema.get("properties", {}).get(part) or schema.get(
            "items" if isinstance(part, int) else "additionalProperties", {}
        )
        schema = _resolve(root, found)
    return schema


def _resolve(root: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    for option in schema.get("anyOf", []):
        if option.get("type") != "null":
            schema = {**schema, **option}
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        schema = {**root["$defs"][name], **{k: v for k, v in schema.items() if k != "$ref"}}
    return schema

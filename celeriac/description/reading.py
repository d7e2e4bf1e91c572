"""Reads YAML strictly: a duplicate key or a tab is an error with its line."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from celeriac.description.problems import InputError, Problem


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Plain YAML whose mappings have each key once."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                continue
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, Hashable) and key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key '{key}' is there twice", key_node.start_mark
                )
            if isinstance(key, Hashable):
                seen.add(key)
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return mapping


class _InventoryLoader(_Loader):
    """YAML with Ansible's tags, which mark encrypted and untemplated text."""


for _tag in ("!vault", "!unsafe"):
    _InventoryLoader.add_constructor(_tag, lambda loader, node: loader.construct_scalar(node))


def read_mapping(path: Path, remedy: str, ansible: bool = False) -> dict[str, Any]:
    """Return the YAML mapping in ``path``; with ``ansible`` it may have Ansible's tags.

    ``remedy`` says what to do if the file is not there. Raises `InputError` for a file that
    cannot be read, is not YAML, or is not a mapping with text as keys.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(path, [Problem(str(path), "not there", remedy)]) from None
    except OSError as error:
        problem = Problem(str(path), error.strerror or "cannot be read", "Make it readable.")
        raise InputError(path, [problem]) from None
    except UnicodeDecodeError:
        problem = Problem(str(path), "not UTF-8 text", "Save it as UTF-8.")
        raise InputError(path, [problem]) from None
    return _mapping(path, text, _InventoryLoader if ansible else _Loader)


def _mapping(path: Path, text: str, loader: type[_Loader]) -> dict[str, Any]:
    try:
        content = yaml.load(text, Loader=loader)  # noqa: S506 (a safe loader)
    except yaml.MarkedYAMLError as error:
        raise InputError(path, [_problem(path, text, error)]) from None
    except yaml.reader.ReaderError as error:
        where = f"{path}, line {text.count(chr(10), 0, error.position) + 1}"
        problem = Problem(where, "a control character", "Remove it.")
        raise InputError(path, [problem]) from None
    except (yaml.YAMLError, ValueError) as error:
        problem = Problem(str(path), f"not YAML: {error}", "Correct it.")
        raise InputError(path, [problem]) from None
    if not isinstance(content, dict):
        what = "empty" if content is None else f"a {_kind(content)} where keys with values belong"
        raise InputError(path, [Problem(str(path), what, "Write `key: value` lines.")])
    problems = [
        Problem(str(path), f"the key {key!r} is not text", f'Put it in quotes: "{key}".')
        for key in content
        if not isinstance(key, str)
    ]
    if problems:
        raise InputError(path, problems)
    return content


def _problem(path: Path, text: str, error: yaml.MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 1
    where = f"{path}, line {line}"
    written = text.splitlines()[line - 1] if line <= len(text.splitlines()) else ""
    if "\t" in written[: len(written) - len(written.lstrip())]:
        return Problem(where, "a tab in the indentation", "Indent with spaces.")
    what = error.problem or "not YAML"
    if "is there twice" in what:
        return Problem(where, what, "Keep one of them.")
    return Problem(where, f"not YAML: {what}", "Correct this line or the one before it.")


def _kind(content: object) -> str:
    return "list" if isinstance(content, list) else "single value"

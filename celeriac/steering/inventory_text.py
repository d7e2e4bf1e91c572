"""Changes the slots of pools in the text of a hosts.yml, and nothing else: comments, order, quotes stay.

The text is parsed for where things stand and then cut there, one change after the other. What this
does not understand (anchors, ranges of hosts, pools of a group) it refuses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

_POOLS = "celeriac_pools"


class Unclear(Exception):
    """The text cannot be changed in one certain place; the message says why."""


def with_slots(text: str, application: str, wanted: Mapping[str, Mapping[str, int]]) -> str:
    """Return the text with each host's slots of each pool; 0 takes the pool away from the host.

    Raises `Unclear`. The caller makes sure that the result means what it should.
    """
    for host, pools in wanted.items():
        for pool, slots in pools.items():
            text = _with(text, host, [_POOLS, application, pool], slots)
    return text


def _with(text: str, host: str, path: list[str], slots: int) -> str:
    parent, value = _place(text, host)
    for depth, key in enumerate(path):
        if not isinstance(value, yaml.MappingNode) or not value.value:
            return _filled(text, parent, value, path[depth:], slots)
        found = _child(value, key)
        if found is None:
            return _added(text, value, key, path[depth + 1 :], slots) if slots else text
        mapping, (parent, value) = value, found
    if slots:
        return text[: value.start_mark.index] + str(slots) + text[value.end_mark.index :]
    return _removed(text, mapping, parent)


def _place(text: str, host: str) -> tuple[Any, Any]:
    """Return the nodes of the host's name and variables: where its pools are, else in workers."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise Unclear(f"not YAML: {error}") from None
    found = list(_hosts(root, host))
    if not found:
        raise Unclear(f"{host} does not stand there by its name")
    with_pools = [
        (key, value)
        for _, key, value in found
        if isinstance(value, yaml.MappingNode) and _child(value, _POOLS)
    ]
    if len(with_pools) > 1:
        raise Unclear(f"{host} has {_POOLS} in several places")
    workers = [(key, value) for group, key, value in found if group == "workers"]
    return (with_pools or workers or [found[0][1:]])[0]


def _hosts(groups: Any, host: str) -> Iterator[tuple[str, Any, Any]]:
    """Yield each place of a host: its group's name, the node of its own name and of its variables."""
    if not isinstance(groups, yaml.MappingNode):
        return
    for name, group in groups.value:
        if not isinstance(group, yaml.MappingNode):
            continue
        hosts = _child(group, "hosts")
        if hosts and isinstance(hosts[1], yaml.MappingNode) and (found := _child(hosts[1], host)):
            yield name.value, *found
        if children := _child(group, "children"):
            yield from _hosts(children[1], host)


def _child(mapping: Any, name: str) -> tuple[Any, Any] | None:
    """Return key and value of a mapping. Raises `Unclear` for what is written elsewhere."""
    for key, value in mapping.value:
        if key.value == "<<":
            raise Unclear(f"{name} may come from a merge (<<)")
        if key.value == name and value.start_mark.index < key.end_mark.index:
            raise Unclear(f"{name} is an alias of what stands elsewhere")
        if key.value == name:
            return key, value
    return None


def _flow(path: list[str], slots: int) -> str:
    if not path:
        return str(slots)
    return f"{{{path[0]}: {_flow(path[1:], slots)}}}"


def _filled(text: str, key: Any, value: Any, path: list[str], slots: int) -> str:
    """Return the text with a value where there is none: nothing, null or {}."""
    if not slots:
        return text
    if isinstance(value, yaml.MappingNode) or value.tag == "tag:yaml.org,2002:null":
        start, end = value.start_mark.index, value.end_mark.index
        space = "" if text[start - 1] == " " else " "
        return text[:start] + space + _flow(path, slots) + text[end:]
    raise Unclear(f"{key.value} is no mapping")


def _added(text: str, mapping: Any, key: str, rest: list[str], slots: int) -> str:
    """Return the text with one more key at the end of a mapping."""
    entry = f"{key}: {_flow(rest, slots)}"
    last = mapping.value[-1][1]
    if mapping.flow_style:
        at = last.end_mark.index
        return f"{text[:at]}, {entry}{text[at:]}"
    at = _end_of_line(text, _leaf(last).end_mark.index)
    indent = " " * mapping.value[0][0].start_mark.column
    return f"{text[:at]}\n{indent}{entry}{text[at:]}"


def _removed(text: str, mapping: Any, key: Any) -> str:
    """Return the text without a key of a mapping; a mapping that is empty then becomes {}."""
    keys = [each for each, _ in mapping.value]
    number = next(index for index, each in enumerate(keys) if each is key)
    value = mapping.value[number][1]
    if mapping.flow_style:
        if len(keys) == 1:
            start, end = mapping.start_mark.index + 1, mapping.end_mark.index - 1
        elif number:
            start, end = mapping.value[number - 1][1].end_mark.index, value.end_mark.index
        else:
            start, end = key.start_mark.index, keys[1].start_mark.index
        return text[:start] + text[end:]
    start = key.start_mark.index
    end = _leaf(value).end_mark.index
    if len(keys) == 1:
        return f"{text[:start]}{{}}{text[end:]}"
    line = text.rfind("\n", 0, start) + 1
    return text[:line] + text[_end_of_line(text, end) + 1 :]


def _leaf(node: Any) -> Any:
    """Return the last scalar or flow collection of a node: where its text ends."""
    while isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    return node


def _end_of_line(text: str, index: int) -> int:
    end = text.find("\n", index)
    return len(text) if end < 0 else end

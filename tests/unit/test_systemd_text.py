"""Words and values in, the text that systemd reads back as the same out."""

from __future__ import annotations

import pytest

from celeriac.derive.systemd import Specified, command_line, environment_file

ARGUMENTS = [
    ("plain-1.2_3:/@,=+", "plain-1.2_3:/@,=+"),
    ("two words", '"two words"'),
    ("", '""'),
    ("100%", "100%%"),
    (Specified("/srv/%i"), "/srv/%i"),
    ("$HOME", '"$$HOME"'),
    ('say "hi"', r'"say \"hi\""'),
    ("it's", '"it\'s"'),
    ("back\\slash", r'"back\\slash"'),
    (";", '";"'),
    ('{"a": [1]}', r'"{\"a\": [1]}"'),
    ("é", '"é"'),
]
VALUES = [
    ("plain", '"plain"'),
    ('{"a": "b c"}', r'"{\"a\": \"b c\"}"'),
    ("$HOME `id`", r'"\$HOME \`id\`"'),
    ("back\\slash", r'"back\\slash"'),
    ("100% # no comment", '"100% # no comment"'),
    ("two\nlines\tand a tab", '"two\nlines\tand a tab"'),
    ("it's", '"it\'s"'),
    ("", '""'),
]


@pytest.mark.parametrize(("argument", "expected"), ARGUMENTS)
def test_command_line(argument: str, expected: str) -> None:
    assert command_line(["run", argument]) == f"run {expected}"


@pytest.mark.parametrize(("text", "expected"), VALUES)
def test_environment_file(text: str, expected: str) -> None:
    assert environment_file({"B": text, "A": "1"}) == f'A="1"\nB={expected}\n'

"""A file that is no usable YAML: the line, and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from celeriac.description.problems import InputError
from celeriac.description.reading import read_mapping

ROWS = [
    (b"a: 1\nb: 2\na: 3\n", "f.yml, line 3: the key 'a' is there twice. Keep one of them."),
    (
        b"a:\n  b: {c: 1, c: 2}\n",
        "f.yml, line 2: the key 'c' is there twice. Keep one of them.",
    ),
    (b"a:\n\tb: 1\n", "f.yml, line 2: a tab in the indentation. Indent with spaces."),
    (
        b"a: [1, 2\nb: 3\n",
        "f.yml, line 2: not YAML: did not find expected ',' or ']'. "
        "Correct this line or the one before it.",
    ),
    (
        b"a: *b\n",
        "f.yml, line 1: not YAML: found undefined alias. Correct this line or the one before it.",
    ),
    (
        b"a: !!python/object:os.system 1\n",
        "f.yml, line 1: not YAML: could not determine a constructor for the tag "
        "'tag:yaml.org,2002:python/object:os.system'. Correct this line or the one before it.",
    ),
    (b"- a\n", "f.yml: a list where keys with values belong. Write `key: value` lines."),
    (b"a\n", "f.yml: a single value where keys with values belong. Write `key: value` lines."),
    (b"", "f.yml: empty. Write `key: value` lines."),
    (b"1: a\n", 'f.yml: the key 1 is not text. Put it in quotes: "1".'),
    (b"a: \xff\n", "f.yml: not UTF-8 text. Save it as UTF-8."),
    (
        b"a: \x00\n",
        "f.yml, line 1: a control character. Remove it.",
    ),
    (b"a: 2026-13-41\n", "f.yml: not YAML: month must be in 1..12. Correct it."),
    (None, "f.yml: not there. Name another."),
]


@pytest.mark.parametrize(("content", "expected"), ROWS, ids=str)
def test_says_where(
    content: bytes | None, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path("f.yml")
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_mapping(path, "Name another.")
    assert [str(problem) for problem in caught.value.problems] == [expected]


def test_anchors_and_merges(tmp_path: Path) -> None:
    path = tmp_path / "f.yml"
    path.write_text("a: &a {x: 1, y: 1}\nb: {<<: *a, x: 2}\n")
    assert read_mapping(path, "")["b"] == {"x": 2, "y": 1}


def test_only_an_inventory_has_ansibles_tags(tmp_path: Path) -> None:
    path = tmp_path / "f.yml"
    path.write_text("a: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n")
    assert read_mapping(path, "", ansible=True)["a"].startswith("$ANSIBLE_VAULT")
    with pytest.raises(InputError, match="'!vault'"):
        read_mapping(path, "")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Is a directory"):
        read_mapping(tmp_path, "")

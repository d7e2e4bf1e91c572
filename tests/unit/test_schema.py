"""The JSON Schema that editors use is that of the model, and explains every key."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from celeriac.description import schema
from tests.descriptions import SHOP, changed

SCHEMA: dict[str, Any] = json.loads(schema.FILE.read_text())
ROOT = Path(__file__).parents[2]


def test_is_current() -> None:
    assert schema.FILE.read_text() == schema.text(), (
        "Run `python -m celeriac schema > celeriac/description/schema.json`."
    )


@pytest.mark.parametrize("path", sorted(ROOT.glob("**/celeriac.yml")), ids=str)
def test_takes_every_description(path: Path) -> None:
    jsonschema.validate(yaml.safe_load(path.read_text()), SCHEMA)


@pytest.mark.parametrize(
    "changes", [{"pols": {}}, {"application": "Shop"}, {"pools/mail/memory": "much"}]
)
def test_refuses_mistakes(changes: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(changed(SHOP, changes), SCHEMA)


def keys() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, part in {"": SCHEMA, **SCHEMA["$defs"]}.items():
        for key, explained in part["properties"].items():
            options = [explained, *explained.get("anyOf", [])]
            names = [one["$ref"].rpartition("/")[2] for one in options if "$ref" in one]
            of_part = SCHEMA["$defs"][names[0]] if names else {}
            yield f"{name}/{key}", {**of_part, **explained}


@pytest.mark.parametrize(("key", "explained"), list(keys()), ids=lambda value: str(value)[:30])
def test_explains_every_key(key: str, explained: dict[str, Any]) -> None:
    assert explained["title"]
    assert explained["description"].endswith(".")

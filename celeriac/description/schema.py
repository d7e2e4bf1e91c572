"""The JSON Schema of celeriac.yml, for editors."""

from __future__ import annotations

import json
from pathlib import Path

from celeriac.description.model import Description

FILE = Path(__file__).with_name("schema.json")


def text() -> str:
    """Return what stands in schema.json; a test proves that it is current."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Description.model_json_schema(),
    }
    return json.dumps(schema, indent=2) + "\n"

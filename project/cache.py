"""How values stand in Redis: as JSON, which any other program can read.

Django's own serializer writes pickles, and whoever can write those runs code in the readers.
"""

import json
from typing import Any


class JSONSerializer:
    """The `serializer` option of Django's Redis cache. Takes what `json` takes."""

    def dumps(self, value: Any) -> bytes:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()

    def loads(self, data: bytes) -> Any:
        return json.loads(data)

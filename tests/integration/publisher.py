"""A web process of an application, that publishes what a test asks for.

Run by the launcher as `python -m tests.integration.publisher MODULE`: reads one
JSON request a line, writes one JSON answer each.
"""

import importlib
import inspect
import json
import sys
import time
from collections.abc import Callable
from typing import Any

import django


def main() -> None:
    django.setup()
    app = importlib.import_module(sys.argv[1]).app
    app.loader.import_default_modules()
    for line in sys.stdin:
        request = json.loads(line)
        if "prefix" in request:
            answer: Any = tasks(app, **request)
        elif "signature" in request:
            answer = timed(app.signature(request["signature"]).apply_async)
        else:
            answer = publish(app, **request)
        print(json.dumps(answer), flush=True)


def tasks(app: Any, prefix: str) -> dict[str, int]:
    """Return the tasks whose names begin so, with the number of arguments each needs."""
    return {
        name: sum(
            parameter.default is parameter.empty
            for parameter in inspect.signature(task.run).parameters.values()
        )
        for name, task in app.tasks.items()
        if name.startswith(prefix)
    }


def publish(app: Any, task: str, args: list[Any], options: dict[str, Any]) -> dict[str, Any]:
    return timed(lambda: app.tasks[task].apply_async(args, **options))


def timed(ask: Callable[[], Any]) -> dict[str, Any]:
    since = time.monotonic()
    try:
        result = ask()
    except Exception as error:
        raised = {"error": type(error).__name__, "text": str(error)}
        return {**raised, "seconds": time.monotonic() - since}
    return {"id": result.id, "seconds": time.monotonic() - since}


if __name__ == "__main__":
    main()

"""Writes which tasks a release has, and how they are called: its `tasks.json`.

    python -m celeriac.worker.manifest project.celery ../tasks.json

Run in the application's folder when a release is built; a deploy compares it with those of the
releases that run. It loads the application as a worker does and asks no service. Any application
will do: beside the standard library only Celery is used, the application's own.

    {"tasks": {"shop.mail.send": {
        "queue": "mail",            where the routes send it; null where they cannot tell
        "parameters": [             without `self`; null where Python cannot tell, and `reason` why
            {"name": "user", "kind": "positional_or_keyword", "default": false}],
        "once": true,               see celeriac.inbox.once
        "deprecated": false}}}      the task option: nobody calls it any more

Celery's own tasks and the kit's are left out.
"""

import argparse
import inspect
import json
import logging
import os
import sys
import traceback
from pathlib import Path
from typing import Any

from celeriac.worker import failure
from celeriac.worker.errors import SERVICE_AWAY


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser("python -m celeriac.worker.manifest")
    parser.add_argument("application", help="the Celery application, as for celery --app")
    parser.add_argument("output", type=Path, help="the file to write")
    options = parser.parse_args(argv)
    # Celery would run Django's checks, which may ask services; the release's steps run them.
    os.environ["CELERY_SKIP_CHECKS"] = "1"
    # It logs the traceback of what goes wrong before it raises it.
    logging.disable(logging.CRITICAL)
    try:
        app = load(options.application)
    except (Exception, SystemExit) as error:
        sys.stderr.write(f"celeriac: {explain(error, options.application)}\n")
        sys.exit(failure.exit_status(error))
    options.output.write_text(json.dumps(manifest(app), indent=1, sort_keys=True) + "\n")


def load(name: str) -> Any:
    """Return the Celery application with every task that a worker would have.

    What the import raises goes through.
    """
    from celery.app.utils import find_app

    app = find_app(name)
    app.loader.import_default_modules()
    app.finalize()
    return app


def manifest(app: Any) -> dict[str, Any]:
    """Return the document described above."""
    return {
        "tasks": {
            name: _describe(app, task)
            for name, task in sorted(app.tasks.items())
            if not name.startswith(("celery.", "celeriac."))
        }
    }


def explain(error: BaseException, application: str) -> str:
    """Return in a line or two which module cannot be imported, and why."""
    if isinstance(error, SystemExit):
        why = f"it ends the process with status {error.code}"
    else:
        why = traceback.format_exception_only(error)[-1].strip()
    said = f"{_place(error) or application} cannot be imported: {why}"
    if failure.exit_status(error) == SERVICE_AWAY:
        said += "\nA build reaches no service: do not use one while a module is imported."
    return said


def _place(error: BaseException) -> str:
    """Return the innermost of the application's modules that was being imported, and its line."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}, line {error.lineno},"
    found = ""
    for frame, line in traceback.walk_tb(error.__traceback__):
        code = frame.f_code
        if code.co_name == "<module>" and Path(code.co_filename).is_relative_to(Path.cwd()):
            found = f"{frame.f_globals['__name__']}, line {line},"
    return found


def _describe(app: Any, task: Any) -> dict[str, Any]:
    return {
        "queue": _queue(app, task),
        # Another class's attribute of the name may be anything.
        "once": getattr(task, "once", False) is True,
        "deprecated": getattr(task, "deprecated", False) is True,
        **_parameters(task),
    }


def _queue(app: Any, task: Any) -> str | None:
    """Return the queue of a call without options. A router may want the arguments of a real one."""
    from celery.app.task import extract_exec_options

    try:
        routed = app.amqp.router.route(extract_exec_options(task), task.name)
    except Exception:
        return None
    queue = routed.get("queue")
    name = getattr(queue, "name", queue)
    return name if isinstance(name, str) else None


def _parameters(task: Any) -> dict[str, Any]:
    """Return what `run` takes: with `bind`, and in a class, it is bound and so has no `self`."""
    try:
        parameters = inspect.signature(task.run).parameters.values()
    except Exception as error:
        # The error's text may hold an address, which no two builds share.
        kind = type(task.run).__qualname__
        reason = f"the signature of its {kind} cannot be told ({type(error).__name__})"
        return {"parameters": None, "reason": reason}
    return {
        "parameters": [
            {
                "name": one.name,
                "kind": one.kind.name.lower(),
                "default": one.default is not one.empty,
            }
            for one in parameters
        ]
    }


if __name__ == "__main__":
    main()

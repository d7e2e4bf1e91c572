"""Imports the Celery application that a command names, before the command does.

Celery's command line turns an error in the application's code into usage
help with a traceback inside, and ends with status 2 as for a wrong option.
Imported here first, the error is seen as it was raised; the command then
finds the modules loaded.
"""

from collections.abc import Sequence

# They change where or how the application is looked for.
_LEFT_TO_CELERY = ("--workdir", "--loader")


def load(arguments: Sequence[str]) -> None:
    """Import what -A or --app names, from the working directory as Celery does.

    Does nothing for a command that names none this way. What the import
    raises goes through.
    """
    from celery.app.utils import find_app

    name = _named(arguments)
    if name and not any(argument.startswith(_LEFT_TO_CELERY) for argument in arguments):
        find_app(name)


def _named(arguments: Sequence[str]) -> str:
    for position, argument in enumerate(arguments):
        if argument in ("-A", "--app"):
            return arguments[position + 1] if position + 1 < len(arguments) else ""
        if argument.startswith("--app="):
            return argument.removeprefix("--app=")
    return ""

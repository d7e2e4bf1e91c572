"""Task modules: those that a queue lists, and those that none does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from celeriac.description.checks.modules import missing_module
from celeriac.description.model import Description
from celeriac.description.problems import Problem
from celeriac.description.scan import tasks_in
from celeriac.description.source import Source, module_name


def listed(description: Description, folder: Path) -> Iterator[Problem]:
    """Each module is listed once, and there."""
    files = Source.of(description, folder)
    first: dict[str, str] = {}
    for name, queue in description.queues.items():
        for index, module in enumerate(queue.tasks):
            where = f"queues/{name}/tasks/{index}"
            if module in first:
                what = f"'{module}' is listed in {first[module]} too"
                yield Problem(where, what, "Keep one: a module's tasks go to one queue.")
                continue
            first[module] = f"queues/{name}"
            if files.root.is_dir():
                yield from missing_module(description, files, where, module)


def unlisted(description: Description, folder: Path) -> Iterator[Problem]:
    """Each task of an integrated application has a queue.

    A listed package counts for the modules in it. A task's name must begin with its module,
    because the routes go by module.
    """
    files = Source.of(description, folder)
    if not description.integrated or not files.root.is_dir():
        return
    modules = [module for queue in description.queues.values() for module in queue.tasks]
    for path in files.python_files():
        module = module_name(path)
        found = tasks_in(files.read(path))
        owner = next((one for one in modules if f"{module}.".startswith(f"{one}.")), None)
        if found and owner is None:
            yield Problem(
                f"{path}, line {found[0].line}",
                f"defines the task '{found[0].function}', but no queue lists {module}",
                f"Add {module} to the tasks of a queue in celeriac.yml.",
            )
        for task in found if owner else []:
            if task.name is not None and not task.name.startswith(f"{owner}."):
                yield Problem(
                    f"{path}, line {task.line}",
                    f"the task's name '{task.name}' does not begin with '{owner}.', "
                    "so its queue's route does not apply",
                    f"Remove name=, or call it '{module}.{task.function}'.",
                )

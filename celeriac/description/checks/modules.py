"""The application's folder and the modules that start it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from celeriac.description.model import Description
from celeriac.description.problems import Problem
from celeriac.description.source import Source


def source(description: Description, folder: Path) -> Iterator[Problem]:
    """The folder and what it includes are there."""
    root = Source.of(description, folder).root
    if not root.is_dir():
        remedy = "It is relative to the folder of this file; correct it."
        yield Problem("code/source", f"there is no folder '{description.code.source}'", remedy)
        return
    for index, name in enumerate(description.code.include):
        if not (root / name).exists():
            what = f"there is no '{name}' in the source"
            yield Problem(f"code/include/{index}", what, "Correct or remove it.")


def starting(description: Description, folder: Path) -> Iterator[Problem]:
    """Settings and Celery application exist; an integrated application calls the runtime."""
    files = Source.of(description, folder)
    if not files.root.is_dir():
        return
    settings = description.django.settings
    yield from missing_module(description, files, "django/settings", settings)
    application = description.celery.application.partition(":")[0]
    found = files.module_files(application) + files.module_files(f"{application}.celery")
    # `celery -A shop.worker.app` names an attribute of a module too.
    found = found or files.module_files(application.rpartition(".")[0], package=False)
    if not found:
        yield from missing_module(description, files, "celery/application", application)
    elif description.integrated and not any("celeriac" in files.read(path) for path in found):
        what = f"{application} does not call celeriac.runtime.configure"
        remedy = "Call it with the Celery app, after the app's own configuration, or use hosted."
        yield Problem("celery/application", what, remedy)


def missing_module(
    description: Description, files: Source, where: str, module: str
) -> Iterator[Problem]:
    """Yield a problem if no file of the release defines the module.

    A module whose top-level package is not in the source may come from a package.
    """
    found = files.module_files(module)
    if any(files.holds(path) for path in found):
        return
    if found:
        what = f"{found[0]} is not in the release"
        yield Problem(where, what, "Add it to code/include, or take it out of code/exclude.")
        return
    top = module.partition(".")[0]
    own = (files.root / top).exists() or (files.root / f"{top}.py").exists()
    if own or not description.code.packages:
        path = module.replace(".", "/")
        what = f"there is no module '{module}' in the source"
        yield Problem(where, what, f"Create {path}.py, or correct the name.")

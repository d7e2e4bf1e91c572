"""The Celery application: where it is made, and whether the kit configures it."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from celeriac.description.problems import InputError, Problem
from celeriac.starting.evidence import Found, Place
from celeriac.starting.project import Project, calls
from celeriac.starting.source import Source, assignments, text_of
from celeriac.starting.unparsed import Unparsed


@dataclass(frozen=True)
class App:
    """``variable = Celery(main, …)`` in a file of the project."""

    source: Source
    variable: str
    main: str | None
    call: ast.Call
    # Where celeriac.runtime.configure is called with it: the application is integrated.
    integrated: Place | None

    @property
    def reference(self) -> Found[str]:
        """What ``celery -A`` takes."""
        known = self.variable in {"app", "celery"}
        name = self.source.module if known else f"{self.source.module}:{self.variable}"
        return Found(name, self.source.place(self.call))


def find(project: Project) -> App:
    """Return the project's Celery application; of several the one nearest to the settings.

    Raises `InputError` if nothing in the project makes one, or if a file that seems to does not
    parse and no other as near makes one.
    """
    tree, top = project.tree, project.settings.value.partition(".")[0]
    found = [app for source in tree.modules.values() for app in _made_in(source)]
    found.sort(key=lambda app: (_package(app.source.module) != top, app.source.path))
    lost = [one for one in tree.unparsed.values() if _seems_to_make_one(one)]
    lost.sort(key=lambda one: (_package(one.module) != top, one.path))
    if lost and (not found or _package(found[0].source.module) != top == _package(lost[0].module)):
        raise lost[0].refused(tree.root, "the Celery application's file")
    if not found:
        what = "no Celery application here: no file says `app = Celery(…)`"
        remedy = "Add <package>/celery.py as Celery's documentation on Django shows, then init."
        raise InputError(tree.root, [Problem(str(tree.root), what, remedy)])
    return found[0]


def _package(module: str) -> str:
    return module.partition(".")[0]


def _seems_to_make_one(file: Unparsed) -> bool:
    return "Celery(" in file.text or file.module.rpartition(".")[2] == "celery"


def _made_in(source: Source) -> list[App]:
    makers = {name for name, origin in source.imported.items() if origin.startswith("celery.")}
    found = []
    for targets, value in assignments(source.tree):
        if not isinstance(value, ast.Call) or not isinstance(targets[0], ast.Name):
            continue
        name = ast.unparse(value.func)
        if name == "celery.Celery" or (name in makers and source.imported[name] == "celery.Celery"):
            main = value.args[0] if value.args else None
            found.append(
                App(source, targets[0].id, text_of(main, source), value, _integrated(source))
            )
    return found


def _integrated(source: Source) -> Place | None:
    for name, call in calls(source):
        first, _, rest = name.partition(".")
        origin = ".".join(part for part in (source.imported.get(first, ""), rest) if part)
        if origin == "celeriac.runtime.configure":
            return source.place(call)
    return None

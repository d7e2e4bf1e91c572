"""What the settings say literally: Django's, and Celery's wherever they stand."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from celeriac.starting.evidence import Found, Place
from celeriac.starting.source import Source, assignments, dotted, literal
from celeriac.starting.tree import Tree


@dataclass(frozen=True)
class Setting:
    """A setting's value as it is written, and the file that says it."""

    node: ast.expr
    source: Source

    @property
    def place(self) -> Place:
        return self.source.place(self.node)

    @property
    def value(self) -> object:
        """The plain value, None where it is computed."""
        return literal(self.node, self.source)


Settings = dict[str, Setting]


def of_module(tree: Tree, module: str) -> tuple[Settings, list[Source]]:
    """Return the module's settings, and its file with those it takes everything from.

    A later assignment wins, whatever condition it stands under. Raises `InputError` if one of
    the files does not parse.
    """
    source = tree.needed(module, f"the settings {module}")
    files = tree.with_starred(source) if source else []
    found = {
        target.id: Setting(value, file)
        for file in files
        for targets, value in assignments(file.tree)
        for target in targets
        if isinstance(target, ast.Name)
    }
    return found, files


def of_celery(tree: Tree, app: Source, variable: str, django: Settings) -> Settings:
    """Return Celery's settings by their new names in lower case (``task_routes``).

    They come from Django's settings, by the namespace that ``config_from_object`` names, from a
    module it names, and from what the app's own file does with ``<app>.conf``.
    """
    found: Settings = {}
    for node in ast.walk(app.tree):
        if isinstance(node, ast.Call):
            called = dotted(node.func)
            if called == f"{variable}.config_from_object":
                found |= _configured(tree, app, node, django)
            elif called == f"{variable}.conf.update":
                words = {word.arg: word.value for word in node.keywords if word.arg}
                found |= {name: Setting(value, app) for name, value in words.items()}
    for targets, value in assignments(app.tree):
        for target in targets:
            name = dotted(target)
            if name.startswith(f"{variable}.conf."):
                found[name.removeprefix(f"{variable}.conf.").lower()] = Setting(value, app)
    return found


def _configured(tree: Tree, app: Source, call: ast.Call, django: Settings) -> Settings:
    words = {word.arg: word.value for word in call.keywords}
    namespace = literal(words.get("namespace"), app)
    target = literal(call.args[0], app) if call.args else None
    settings = django
    if isinstance(target, str) and not target.startswith("django.conf"):
        settings, _ = of_module(tree, target.replace(":", "."))
    elif call.args and dotted(call.args[0]) and app.imported.get(dotted(call.args[0])):
        origin = app.imported[dotted(call.args[0])]
        if not origin.startswith("django.conf"):
            settings, _ = of_module(tree, origin)
    prefix = f"{namespace}_" if isinstance(namespace, str) and namespace else ""
    cut = {name[len(prefix) :]: one for name, one in settings.items() if name.startswith(prefix)}
    if prefix:
        return {name.lower(): one for name, one in cut.items()}
    return {_new_name(name): one for name, one in cut.items()}


def _new_name(name: str) -> str:
    """Return the name since Celery 4 of a setting without a namespace."""
    old = {
        "CELERY_ROUTES": "task_routes",
        "CELERY_QUEUES": "task_queues",
        "CELERY_DEFAULT_QUEUE": "task_default_queue",
        "CELERYBEAT_SCHEDULE": "beat_schedule",
        "CELERYBEAT_SCHEDULER": "beat_scheduler",
        "CELERYD_TASK_TIME_LIMIT": "task_time_limit",
        "CELERYD_TASK_SOFT_TIME_LIMIT": "task_soft_time_limit",
    }
    return old.get(name, name.lower().removeprefix("celery_"))


def said(settings: Settings, name: str, kind: type) -> Found[object] | None:
    """Return a setting's value if it is written plainly and of this kind."""
    setting = settings.get(name)
    if setting is None or not isinstance(setting.value, kind):
        return None
    return Found(setting.value, setting.place)

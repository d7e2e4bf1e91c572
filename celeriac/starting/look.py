"""Everything that a draft is written from, found without running a line of the project."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from celeriac.description.checks.application import taken_by
from celeriac.starting import celery_app, connections, project, queues, requirements, tasks
from celeriac.starting.celery_app import App
from celeriac.starting.connections import Connections
from celeriac.starting.evidence import Found, Place
from celeriac.starting.project import Project, calls
from celeriac.starting.queues import Queues
from celeriac.starting.requirements import Requirements
from celeriac.starting.settings import Settings, of_celery, of_module, said
from celeriac.starting.source import literal, text_of
from celeriac.starting.tasks import Task
from celeriac.starting.variables import read_in

# Folder and package names that say nothing of the application.
_GENERIC = {"project", "config", "conf", "core", "app", "src", "settings", "django", "backend", "main"}  # fmt: skip
_HEALTH = re.compile(r"\^?(_?(healthz?|livez?|readyz?|ping|status|up)([-_/][a-z]+)*)/?\$?")


@dataclass(frozen=True)
class Findings:
    """What a project says of itself."""

    project: Project
    name: Found[str]
    app: App
    settings: Settings
    celery: Settings
    tasks: list[Task]
    queues: Queues
    connections: Connections
    requirements: Requirements
    health: Found[str] | None
    beat: Found[str | None] | None
    # Entries of a literal beat_schedule: name to task.
    schedule: dict[str, str]
    python: Found[str] | None

    @property
    def integrated(self) -> bool:
        """Whether the application calls the kit's runtime already."""
        return self.app.integrated is not None


def look(folder: Path) -> Findings:
    """Return what the project in ``folder`` says. Raises `InputError` where it is none."""
    found = project.find(folder)
    app = celery_app.find(found)
    django, files = of_module(found.tree, found.settings.value)
    celery = of_celery(found.tree, app.source, app.variable, django)
    all_tasks = tasks.find(found.tree)
    split = (
        queues.by_module(app, all_tasks)
        if app.integrated
        else queues.find(found.tree, celery, all_tasks)
    )
    sources = {source.path: source for source in [*files, app.source]}
    reads = [read for source in sources.values() for read in read_in(source, found.tree)]
    return Findings(
        project=found,
        name=_name(found, app),
        app=app,
        settings=django,
        celery=celery,
        tasks=all_tasks,
        queues=split,
        connections=connections.guess(reads),
        requirements=requirements.find(folder, found.tree.source),
        health=_health(found, django),
        beat=_beat(django, celery, app),
        schedule=_schedule(celery),
        python=_python(folder),
    )


def _name(found: Project, app: App) -> Found[str]:
    """Return the application's name: of the package, the settings, the Celery app, the folder."""
    folder = found.tree.root
    candidates: list[Found[str]] = []
    try:
        packaged = tomllib.loads((folder / "pyproject.toml").read_text())
        if name := packaged.get("project", packaged.get("tool", {}).get("poetry", {})).get("name"):
            candidates.append(Found(str(name), Place("pyproject.toml")))
    except (OSError, ValueError):
        pass
    candidates.append(Found(found.settings.value.partition(".")[0], found.settings.place))
    if app.main:
        candidates.append(Found(app.main, app.reference.place))
    candidates.append(Found(folder.resolve().name, Place(".")))
    for one in candidates:
        name = re.sub(r"[^a-z0-9]+", "_", one.value.lower()).strip("_")[:27]
        if re.match(r"[a-z]", name) and name not in _GENERIC:
            return Found(f"{name}_app" if taken_by(name) else name, one.place)
    return Found("shop", candidates[-1].place)


def _health(found: Project, django: Settings) -> Found[str] | None:
    """Return the path of a health check that the root URL configuration names."""
    root = said(django, "ROOT_URLCONF", str)
    source = found.tree.modules.get(str(root.value)) if root else None
    for name, call in calls(source) if source else []:
        route = text_of(call.args[0], source) if source and call.args else None
        routes = name.rpartition(".")[2] in {"path", "re_path", "url"}
        if source and routes and route and _HEALTH.fullmatch(route):
            return Found("/" + route.strip("^$"), source.place(call))
    return None


def _beat(django: Settings, celery: Settings, app: App) -> Found[str | None] | None:
    """Return the scheduler, None inside for Celery's own; None if nothing is periodic."""
    if scheduler := said(celery, "beat_scheduler", str):
        return Found(str(scheduler.value), scheduler.place)
    installed = django.get("INSTALLED_APPS")
    values = installed.value if installed else None
    if installed and isinstance(values, list) and "django_celery_beat" in values:
        return Found("django_celery_beat.schedulers:DatabaseScheduler", installed.place)
    if schedule := celery.get("beat_schedule"):
        return Found(None, schedule.place)
    for name, call in calls(app.source):
        if name.endswith("add_periodic_task"):
            return Found(None, app.source.place(call))
    return None


def _schedule(celery: Settings) -> dict[str, str]:
    schedule = celery.get("beat_schedule")
    entries = literal(schedule.node, schedule.source) if schedule else None
    if not isinstance(entries, dict):
        return {}
    return {
        name: str(entry.get("task"))
        for name, entry in entries.items()
        if isinstance(entry, dict) and entry.get("task")
    }


def _python(folder: Path) -> Found[str] | None:
    """Return the Python version that the project asks for."""
    for file, pattern in (
        (".python-version", r"^\s*(3\.\d+)"),
        ("pyproject.toml", r"""^requires-python\s*=\s*["']([^"']+)"""),
        ("pyproject.toml", r"""^python\s*=\s*["']([^"']+)"""),
        ("Dockerfile", r"^FROM python:(3\.\d+)"),
    ):
        try:
            text = (folder / file).read_text(errors="replace")
        except OSError:
            continue
        if match := re.search(pattern, text, re.MULTILINE):
            return Found(match[1], Place(file, text.count("\n", 0, match.start(1)) + 1))
    return None

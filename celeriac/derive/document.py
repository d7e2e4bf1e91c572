"""The derived document: everything Ansible needs to know of one application, finished."""

from __future__ import annotations

from typing import Any

from celeriac.derive import commands, names, processes, rabbitmq, runtime, secrets, services
from celeriac.description.inventory import Inventory
from celeriac.description.model import Description


def build(description: Description, inventory: Inventory) -> dict[str, Any]:
    """Return the document. It holds names of secrets and no value; both inputs were checked."""
    application, environment = description.application, inventory.environment
    web = description.web
    return {
        "celeriac": {
            "application": application,
            "environment": environment,
            "level": description.level,
            "user": application,
            "root": names.root(application),
            "configuration": names.configuration(application),
            "build": _build(description),
            "broker": {
                "vhost": names.virtual_host(application, environment),
                "objects": rabbitmq.build(description, environment),
            },
            "database": services.database(description),
            "cache": services.cache(description),
            "secrets": secrets.build(description),
            "runtime": runtime.build(description),
            "site": inventory.site(application) if web else None,
            "web_health": web.health.model_dump() if web else None,
            "web_socket": commands.socket(application) if web else None,
            "steps": _steps(description),
            "steps_process": processes.for_steps(description),
            "hosts": processes.by_host(description, inventory),
        }
    }


def _build(description: Description) -> dict[str, Any]:
    """Return what the build host reads. The release code fills in the digest and the archive."""
    code, django = description.code, description.django
    return {
        "python": code.python,
        "requirements": code.requirements,
        "packages": code.packages,
        "apt_build": code.apt.build,
        "apt_run": code.apt.run,
        "static": django.static,
        "settings": django.settings,
        "manage": django.manage,
        "digest": None,
        "archive": None,
    }


def _steps(description: Description) -> list[dict[str, Any]]:
    return [
        {
            "name": step.name,
            "argv": step.command,
            "when": step.when,
            "timeout": step.timeout,
            "exit_codes": step.exit_codes,
        }
        for step in description.steps
    ]

"""The derived document: everything Ansible needs to know of one application, finished."""

from __future__ import annotations

from typing import Any

from celeriac.derive import (
    canaries,
    capacity,
    commands,
    edge,
    names,
    operations,
    processes,
    rabbitmq,
    runtime,
    secrets,
    services,
)
from celeriac.description import external
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
            "state": names.state(application),
            "build": _build(description),
            "broker": {
                "vhost": names.virtual_host(application, environment),
                "objects": rabbitmq.build(
                    description, environment, canaries.build(description, inventory)
                ),
            },
            "database": services.database(description),
            "database_connections": capacity.database_connections(description, inventory),
            "cache": services.cache(description),
            "external": external.placed(inventory),
            "secrets": external.to_generate(inventory, application, secrets.build(description)),
            "secrets_given": [
                *external.given_secrets(inventory, application),
                *(edge.given_secrets(inventory) if web else []),
            ],
            "runtime": runtime.build(description),
            "site": inventory.site(application) if web else None,
            "edge": edge.build(application, inventory) if web else None,
            "upstream": edge.upstream(application, inventory) if web else [],
            "web_health": web.health.model_dump() if web else None,
            "web_socket": commands.socket(application) if web else None,
            "beat_overlaps": processes.beats_may_overlap(description),
            "releases": description.releases.model_dump(),
            "steps": _steps(description),
            "steps_process": operations.build(description, inventory),
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
        "celery": description.celery.application,
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

"""The runtime document: what celeriac.yml says, as far as an application's process needs it."""

import json
from pathlib import Path
from typing import Any

from celery.exceptions import ImproperlyConfigured

DESCRIPTION = "celeriac.yml"


def read(path: Path) -> dict[str, Any]:
    """Return the document of a release.

    Raises:
        ImproperlyConfigured: it is missing or broken.

    """
    try:
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ImproperlyConfigured(
            f"CELERIAC_RUNTIME={path}: cannot be read: {error.strerror}. Each release holds it; "
            "deploy again, or unset the variable to derive the settings from celeriac.yml."
        ) from error
    except ValueError as error:
        raise ImproperlyConfigured(
            f"CELERIAC_RUNTIME={path}: not a JSON document ({error}). Deploy again."
        ) from error
    return document


def derive(folder: Path) -> dict[str, Any]:
    """Return what a deploy would write, for the nearest description in the folder or above.

    Without who may publish where: in development there is one database role.

    Raises:
        ImproperlyConfigured: there is none, it is wrong, or the packages to read it are missing.

    """
    path = next(
        (
            above / DESCRIPTION
            for above in (folder, *folder.parents)
            if (above / DESCRIPTION).exists()
        ),
        None,
    )
    if path is None:
        raise ImproperlyConfigured(
            f"CELERIAC_RUNTIME is not set, and there is no {DESCRIPTION} in {folder} or above. "
            "Start the process in the application's folder, or name the runtime document."
        )
    try:
        from celeriac.derive import runtime
        from celeriac.description.loading import load
        from celeriac.description.problems import InputError
    except ImportError as error:
        raise ImproperlyConfigured(
            f"CELERIAC_RUNTIME is not set, and deriving the settings from {path} needs more "
            f"packages ({error}). Install celeriac from a checkout of its repository, with them: "
            "pip install '<checkout>[control]'."
        ) from error
    try:
        document = runtime.build(load(path))
    except InputError as error:
        raise ImproperlyConfigured(str(error)) from error
    if document is None:
        raise ImproperlyConfigured(
            f"{path}: level: a hosted application keeps its own settings. Write `level: "
            "integrated`, or remove the call of celeriac.runtime.configure."
        )
    document["publishing"]["writers"] = None
    return document

"""The parts of celeriac.yml that say what the application is made of."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from celeriac.description.fields import (
    AptPackage,
    Command,
    KeyPrefix,
    Module,
    ModuleOrAttribute,
    PythonVersion,
    RelativePath,
    Seconds,
)


class Part(BaseModel):
    """A mapping in celeriac.yml: unknown keys are errors, and text is not taken for numbers."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=False)


class Apt(Part):
    """Debian packages the application needs besides Python and its packages."""

    build: list[AptPackage] = Field(
        default=[], description="Installed on build hosts alone, such as compilers."
    )
    run: list[AptPackage] = Field(
        default=[], description="Installed on every host that runs a process."
    )


class Code(Part):
    """Which files make the application, and what they need."""

    source: str = Field(
        default=".",
        min_length=1,
        description="The application's folder, relative to this file. Paths below are inside it.",
    )
    include: list[RelativePath] = Field(
        default=["."],
        min_length=1,
        description="Files and folders that go into a release. Names that begin with a dot, "
        "__pycache__, node_modules, venv, *.pyc and *.sqlite3 stay out, unless listed here.",
    )
    exclude: list[RelativePath] = Field(
        default=[],
        description="Files, folders or patterns (*.md) of the included that stay out.",
    )
    python: PythonVersion = Field(description='The Python version on the hosts, in quotes: "3.13".')
    requirements: RelativePath | None = Field(
        default=None,
        description="The requirements file that the release's environment is built from: "
        "every package pinned, with hashes.",
    )
    packages: list[Annotated[str, Field(min_length=1)]] = Field(
        default=[],
        description="Packages beside the requirements file, as pip writes them.",
    )
    apt: Apt = Field(default=Apt(), description="Debian packages.")


class Django(Part):
    """How Django is started."""

    settings: Module = Field(description="DJANGO_SETTINGS_MODULE of every process.")
    manage: Command = Field(
        default=["python", "manage.py"],
        description="The management command, as a list of arguments.",
    )
    static: bool = Field(
        default=False, description="Whether a build runs collectstatic and web hosts serve it."
    )


class CeleryApplication(Part):
    """How Celery is started."""

    application: ModuleOrAttribute = Field(description="What `celery -A` takes: project.celery.")
    command: Command = Field(
        default=["celery"],
        description="The Celery command, as a list of arguments, without -A.",
    )


class Cache(Part):
    """How the application uses the cache."""

    key_prefix: KeyPrefix = Field(
        description="All keys of the application begin with it, and its user may touch no other.",
    )


class Step(Part):
    """A command of a release that runs once in the whole environment, such as a migration."""

    name: str = Field(min_length=1, description="What it does, as the deploy's output says it.")
    command: Command = Field(description="The command, as a list of arguments.")
    when: Literal["every", "install"] = Field(
        default="every", description="With every release, or with the first alone."
    )
    timeout: Seconds = Field(default=300, description="Seconds after which it has failed.")
    exit_codes: list[Annotated[int, Field(ge=0, le=255)]] = Field(
        default=[0], min_length=1, description="Exit codes that mean success."
    )


class Releases(Part):
    """How long releases stay on the hosts."""

    keep: int = Field(
        default=5,
        ge=2,
        description="How many of the newest releases a deploy leaves on each host. What runs, what "
        "still finishes its work and the release before stay in any case.",
    )
    draining: int = Field(
        default=2,
        ge=1,
        description="How many releases may finish their tasks on a host at the same time. A deploy "
        "that would make it more is refused before anything is activated.",
    )

"""The command ``celeriac``."""

from __future__ import annotations

import typer

from celeriac.cli import certificates, dead, lock, outbox
from celeriac.cli.audit import audit
from celeriac.cli.check import check
from celeriac.cli.deploy import deploy
from celeriac.cli.derive import derive
from celeriac.cli.releases import releases
from celeriac.cli.rollback import rollback
from celeriac.cli.schema import schema
from celeriac.cli.secrets import secrets

app = typer.Typer(
    name="celeriac",
    help="Deploy Django and Celery applications over several machines.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (audit, check, deploy, derive, releases, rollback, schema, secrets):
    app.command()(command)
for group in (certificates.commands, dead.commands, lock.commands, outbox.commands):
    app.add_typer(group)

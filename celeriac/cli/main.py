"""The command ``celeriac``."""

from __future__ import annotations

import typer

from celeriac.cli import certificates, dead, outbox
from celeriac.cli.check import check
from celeriac.cli.deploy import deploy
from celeriac.cli.derive import derive
from celeriac.cli.doctor import doctor
from celeriac.cli.init import init
from celeriac.cli.schema import schema
from celeriac.cli.secrets import secrets

app = typer.Typer(
    name="celeriac",
    help="Deploy Django and Celery applications over several machines.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (check, deploy, derive, doctor, init, schema, secrets):
    app.command()(command)
for group in (certificates.commands, dead.commands, outbox.commands):
    app.add_typer(group)

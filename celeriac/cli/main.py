"""The command ``celeriac``."""

from __future__ import annotations

import os

import typer

from celeriac.cli import balance, certificates, dead, lock, maintenance, outbox, secrets
from celeriac.cli.audit import audit
from celeriac.cli.check import check
from celeriac.cli.deploy import deploy
from celeriac.cli.derive import derive
from celeriac.cli.doctor import doctor
from celeriac.cli.drain import drain
from celeriac.cli.drift import drift
from celeriac.cli.exec import execute
from celeriac.cli.init import init
from celeriac.cli.logs import logs
from celeriac.cli.manage import manage, shell
from celeriac.cli.options import Reporting
from celeriac.cli.pause import pause, resume
from celeriac.cli.plan import plan
from celeriac.cli.provision import provision
from celeriac.cli.queues import queues
from celeriac.cli.releases import releases
from celeriac.cli.remote import ITS_OWN
from celeriac.cli.restart import restart
from celeriac.cli.rollback import rollback
from celeriac.cli.scale import scale
from celeriac.cli.schema import schema
from celeriac.cli.ssh import ssh
from celeriac.cli.status import status
from celeriac.cli.version import version
from celeriac.cli.workers import workers


# https://no-color.org; Ansible heeds both by itself.
def plain() -> bool:
    return bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"


app = typer.Typer(
    name="celeriac",
    cls=Reporting,
    help="Deploy Django and Celery applications over several machines.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    # Click asks only whether there is a terminal.
    context_settings={"color": False} if plain() else {},
)


@app.callback()
def settle(context: typer.Context) -> None:
    if plain():
        context.color = False


for command in (
    audit,
    check,
    deploy,
    derive,
    doctor,
    drain,
    drift,
    init,
    logs,
    pause,
    plan,
    provision,
    queues,
    releases,
    restart,
    resume,
    rollback,
    scale,
    schema,
    shell,
    ssh,
    status,
    version,
    workers,
):
    app.command()(command)
app.command("exec", context_settings=ITS_OWN)(execute)
app.command(context_settings=ITS_OWN)(manage)
for group in (
    balance.commands,
    certificates.commands,
    dead.commands,
    lock.commands,
    maintenance.commands,
    outbox.commands,
    secrets.commands,
):
    app.add_typer(group)

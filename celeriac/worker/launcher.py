"""Starts an application's own command as a service of systemd.

    python -m celeriac.worker.launcher --ready worker -- celery -A project worker …

The command runs inside this process, in the environment whose interpreter
runs the launcher. The launcher reads credentials, tells systemd when the
process is ready, makes SIGTERM wake an idle worker, and ends with status 78
where the application's code or configuration does not load, 69 where
loading failed because a service is away.

The application needs no change and never imports this package. Beside the
standard library only Celery is used, the application's own.
"""

import argparse
import os
import sys
from pathlib import Path

from celeriac.worker import application, credentials, failure
from celeriac.worker.command import Command
from celeriac.worker.errors import DOES_NOT_LOAD, LaunchError
from celeriac.worker.notify import Notifier


def main(argv: list[str] | None = None) -> None:
    options = _parse(argv)
    try:
        credentials.load(os.environ)
        command = Command.resolve(options.command)
    except LaunchError as error:
        sys.exit(_refuse(str(error)))
    if options.ready in ("worker", "beat"):
        _run_celery(command, worker=options.ready == "worker")
    elif options.ready == "self":
        _trust_authority()
        _run_server(command)
    else:
        _trust_authority()
        command.prepare()
        command.run()


def _parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m celeriac.worker.launcher")
    parser.add_argument(
        "--ready",
        required=True,
        choices=["worker", "beat", "self", "none"],
        help="who tells systemd that the process is ready: the launcher when the worker consumes "
        "or beat has its schedule, the command itself (gunicorn does), or nobody (a step)",
    )
    parser.add_argument("command", nargs="+", metavar="-- command")
    return parser.parse_args(argv)


def _run_celery(command: Command, *, worker: bool) -> None:
    notifier = Notifier.take(os.environ)
    command.prepare()
    try:
        import celery

        # As Celery's own entry point does, before anything else is imported:
        # gevent and eventlet have to patch first.
        celery.maybe_patch_concurrency()
        from celeriac.worker import identity, readiness

        _trust_authority()
        identity.install(os.environ)
    except ImportError as error:
        sys.exit(_refuse(f"Celery cannot be imported from this environment: {error}"))
    loading = readiness.Loading()
    if worker:
        readiness.WorkerReadiness(notifier, loading).install()
    else:
        readiness.BeatReadiness(notifier, loading).install()
    try:
        application.load(command.arguments)
        command.run()
    except (Exception, SystemExit) as error:
        if loading.finished or (isinstance(error, SystemExit) and not error.code):
            raise
        sys.exit(_does_not_load(error, notifier))
    finally:
        if loading.finished:
            notifier.stopping("stopped")


def _trust_authority() -> None:
    """Have the broker's certificate checked by any application, a hosted one too."""
    if "CELERIAC_CA" in os.environ:
        from celeriac.worker import tls

        tls.install()


def _run_server(command: Command) -> None:
    """A server catches its own errors once it serves: what reaches us is from loading."""
    command.prepare()
    try:
        command.run()
    except Exception as error:
        sys.exit(_does_not_load(error, Notifier(os.environ.get("NOTIFY_SOCKET"))))


def _does_not_load(error: BaseException, notifier: Notifier) -> int:
    status = failure.exit_status(error)
    if status == DOES_NOT_LOAD:
        what = "the application does not load; correct it and deploy again"
    else:
        what = "a service that the application needs to load does not answer"
    notifier.status(what)
    sys.stdout.flush()
    sys.stderr.write(f"celeriac: {what}:\n{failure.explain(error, Path.cwd())}\n")
    return status


def _refuse(message: str) -> int:
    sys.stderr.write(f"celeriac: {message}\n")
    return DOES_NOT_LOAD


if __name__ == "__main__":
    main()

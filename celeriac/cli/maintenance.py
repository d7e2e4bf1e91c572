"""``celeriac maintenance``: web hosts show a page in place of the application."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from celeriac.cli import options, steered
from celeriac.cli.asking import confirm
from celeriac.cli.exits import FAILED
from celeriac.cli.options import voice_of
from celeriac.cli.shown import opened, say_silent, show

commands = typer.Typer(
    name="maintenance",
    help="Answer visitors with a page and 503 in place of the application, at once and on all web hosts.",
    no_args_is_help=True,
    add_completion=False,
)
Text = Annotated[str, typer.Option("--message", "-m", help="What the page says.")]


@commands.command()
def on(
    environment: options.Environment = "lab",
    file: options.File = options.FILE,
    inventories: options.Inventories = options.INVENTORIES,
    hosts: options.Hosts = None,
    message: Text = "",
    yes: options.Yes = False,
    verbose: options.Verbose = 0,
    quiet: options.Quiet = False,
) -> None:
    """Show the page until `celeriac maintenance off`. Deploys leave it, and the health path works on.

    Exit codes: 0 done, 1 refused, 2 mistakes in the input, 3 a host failed.
    """
    from celeriac.release import control
    from celeriac.steering import page, standing

    voice = voice_of(verbose, quiet)
    fleet, web = _web(environment, file, inventories, hosts)
    confirm(f"Visitors of {fleet.application} in {environment} will see a page in its place.", yes)
    html, note = _files(fleet)
    text = page.page(fleet.application, message)
    steering = {
        "hosts": web,
        # The page is what counts, so it comes last and goes first.
        "files": [
            {"path": note, "content": control.literal(standing.note(message))},
            {"path": html, "content": control.literal(text)},
        ],
        "absent": [],
        "check": _check(fleet),
    }
    log = steered.carry_out(
        fleet,
        "maintenance",
        steered.because("on", message),
        ["maintenance.yml"],
        steering,
        voice=voice,
    )
    typer.echo(
        f"\n{fleet.application} is in maintenance: {', '.join(web)}. "
        f"`celeriac maintenance off {fleet.typed}` ends it. Log: {log}"
    )


@commands.command()
def off(
    environment: options.Environment = "lab",
    file: options.File = options.FILE,
    inventories: options.Inventories = options.INVENTORIES,
    hosts: options.Hosts = None,
    yes: options.YesToo = False,
    verbose: options.Verbose = 0,
    quiet: options.Quiet = False,
) -> None:
    """Let visitors through to the application again.

    Exit codes: 0 done, 1 refused, 2 mistakes in the input, 3 a host failed.
    """
    voice = voice_of(verbose, quiet)
    fleet, web = _web(environment, file, inventories, hosts)
    steering = {"hosts": web, "files": [], "absent": _files(fleet), "check": None}
    log = steered.carry_out(fleet, "maintenance", "off", ["maintenance.yml"], steering, voice=voice)
    typer.echo(f"\n{fleet.application} serves again: {', '.join(web)}. Log: {log}")


@commands.command("show")
def shown(
    environment: options.Environment = "lab",
    file: options.File = options.FILE,
    inventories: options.Inventories = options.INVENTORIES,
    hosts: options.Hosts = None,
    as_json: options.Json = False,
) -> None:
    """Say on which web hosts it is on, since when and by whom.

    Exit codes: 0 said, 2 mistakes in the input, 3 a host did not answer.
    """
    from celeriac.fleet.survey import survey
    from celeriac.fleet.text import plain, table

    fleet, web = _web(environment, file, inventories, hosts)
    found = survey(fleet, web)
    rows: list[dict[str, Any]] = [
        {"host": host, "on": note is not None, **{key: (note or {}).get(key) for key in _SAID}}
        for host, answer in found.answers.items()
        if answer.said
        for note in [answer.said["steered"]["maintenance"]]
    ]
    cells = [
        (row["host"], "on" if row["on"] else "off", plain(row["since"]), row["who"], row["message"])
        for row in rows
    ]
    show(rows, table(("HOST", "MAINTENANCE", "SINCE (UTC)", "BY", "MESSAGE"), cells), as_json)
    say_silent(found.silent)
    if found.silent:
        raise typer.Exit(FAILED)


_SAID = ("who", "since", "message")


def _web(
    environment: str, file: Any, inventories: Any, pattern: str | None
) -> tuple[Any, list[str]]:
    """Return the fleet and its web hosts; exit with 2 where it has none."""
    from celeriac.description.problems import InputError, Problem

    fleet, chosen = opened(environment, file, inventories, pattern)
    web = fleet.inventory.groups.get("web", []) if fleet.description.web else []
    meant = [host for host in chosen if host in web]
    if not meant:
        remedy = f"Web hosts: {', '.join(web)}." if web else "Describe `web`, and deploy."
        problem = Problem("maintenance", f"{fleet.application} has no web server there", remedy)
        raise InputError(None, [problem])
    return fleet, meant


def _files(fleet: Any) -> list[str]:
    """Return the page, and who put it there: nginx and `celeriac status` look for them."""
    from celeriac.derive import names

    state = names.state(fleet.application)
    return [f"{state}/maintenance.html", f"{state}/maintenance.json"]


def _check(fleet: Any) -> dict[str, str]:
    """Return how a host asks itself, where people's requests come in."""
    site, edge = fleet.document["site"], fleet.document["edge"]
    place = f"https://127.0.0.1:{edge['port']}" if edge else f"http://127.0.0.1:{site['port']}"
    host = edge["site_name"] if edge else site["names"][0]
    # Any path will do, but for that of the health check.
    return {"url": f"{place}/celeriac-maintenance-check", "host": host}

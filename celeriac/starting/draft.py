"""The text of a celeriac.yml for a project, every guess marked."""

from __future__ import annotations

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from celeriac.starting import draft_processes, notes
from celeriac.starting.evidence import Place
from celeriac.starting.look import Findings
from celeriac.starting.yaml_text import comments, entry, guessed, listed

# Top-level names that no process needs; they stay out of releases where they exist.
_OURS = ("celeriac.yml", "inventories")
_LEFT_OUT = (
    "docs",
    "tests",
    "media",
    "Dockerfile",
    "docker-compose.yml",
    "compose.yml",
    "Makefile",
)
# Source packages that compile or load a library: Debian's packages for building and running.
_APT = {
    "psycopg2": (["gcc", "libpq-dev", "python3-dev"], ["libpq5"]),
    "psycopg-c": (["gcc", "libpq-dev", "python3-dev"], ["libpq5"]),
    "psycopg": ([], ["libpq5"]),
    "python-ldap": (["gcc", "libldap-dev", "libsasl2-dev", "python3-dev"], []),
    "xmlsec": (["gcc", "libxmlsec1-dev", "pkg-config", "python3-dev"], ["libxmlsec1-openssl"]),
    "weasyprint": ([], ["libpango-1.0-0", "libpangoft2-1.0-0"]),
}
HOSTED = (
    "hosted: the application as it is. It declares its own queues in its own virtual host.",
    "integrated: no accepted task is lost, and every process gets the least rights. It takes:",
    "  1. `from celeriac import runtime; runtime.configure(app)` at the end of {app},",
    "  2. celeriac.publishing and celeriac.inbox (and celeriac.scheduling for beat) in INSTALLED_APPS,",
    "  3. here: tasks of each queue, default_queue, and what each process publishes.",
    "The guide, 'Your own application', tells more.",
)


def text(found: Findings) -> str:
    """Return the whole file."""
    parts = [
        _head(found),
        _code(found),
        _starting(found),
        _connections(found),
        draft_processes.queues(found),
        draft_processes.pools(found),
        draft_processes.web(found),
        draft_processes.beat(found),
        _steps(found),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _head(found: Findings) -> list[str]:
    origin = comments(
        [
            "What runs. `celeriac init` wrote it after reading the project, without running it.",
            "What it read from the project says `guessed from FILE:LINE`; look at each once.",
            *(line for note in notes.notes(found) for line in ("", *note.wrapped())),
        ]
    )
    lines = [*origin, "celeriac: 1", *entry("application", found.name.value, guessed(found.name.place))]  # fmt: skip
    if found.integrated:
        return [*lines, *entry("level", "integrated", guessed(found.app.integrated))]
    said = [line.format(app=found.app.source.path) for line in HOSTED]
    return [*lines, *comments(said), "level: hosted"]


def _code(found: Findings) -> list[str]:
    needs, source = found.requirements, found.project.tree.source
    root = found.project.tree.root / source
    place = Place(str(found.project.manage))
    lines = ["code:"]
    if source.parts:
        mark = guessed(place, f"{found.project.settings.value} is found from there")
        lines += entry("source", str(source), mark, 2)
    left_out = [name for name in _LEFT_OUT if (root / name).exists()]
    if not source.parts:
        left_out = [*_OURS, *left_out]
    lines += entry("include", ["."], guessed(place, "everything but dot files and caches"), 2)
    if left_out:
        lines += listed("exclude", left_out, guessed(None, "no process reads them"), 2)
    if found.python and not _allows(found.python.value):
        lines += comments([f"{found.python.place} says {found.python.value}; Debian 13 has 3.13."], 2)  # fmt: skip
    lines += ['  python: "3.13" # the hosts\' own: Debian 13']
    lines += _requirements(found)
    build = {one for name in needs.names & set(_APT) for one in _APT[name][0]}
    if any("git+" in line for line in needs.packages):
        build.add("git")
    run = sorted({one for name in needs.names & set(_APT) for one in _APT[name][1]})
    if "psycopg-binary" in needs.names:
        run = [one for one in run if one != "libpq5"]
    if build or run:
        lines += ["  apt:"]
        lines += (
            entry("build", sorted(build), guessed(None, "for its source packages"), 4)
            if build
            else []
        )
        lines += entry("run", run, guessed(None, "libraries they load"), 4) if run else []
    return lines


def _allows(wanted: str) -> bool:
    """Whether a version or a range of them has the hosts' Python in it."""
    try:
        return SpecifierSet(wanted).contains("3.13.0")
    except InvalidSpecifier:
        return wanted.startswith(("3.13", "^3"))


def _requirements(found: Findings) -> list[str]:
    needs, server = found.requirements, draft_processes.server_packages(found)
    missing = [one for one in server if one.partition("=")[0] not in needs.names]
    lines = []
    packages = [*needs.packages, *missing]
    if needs.file:
        lines += entry("requirements", needs.file, f"guessed from {needs.origin}; it has hashes", 2)
    elif needs.origin:
        lines += comments(
            [
                f"guessed from {needs.origin}. Lock them, so that every release gets the same ones:",
                f"  {needs.remedy}",
                "and write `requirements: requirements.lock.txt` in place of this list.",
            ],
            2,
        )
    else:
        packages = ["celery", "django", "psycopg2-binary", *missing]
        lines += comments(["guessed: no requirements file, no pyproject.toml says what it needs."], 2)  # fmt: skip
    if missing and needs.origin:
        lines += comments([f"{' and '.join(missing)}: not among them, and web runs with it."], 2)
    return [*lines, *(listed("packages", packages, "", 2) if packages else [])]


def _starting(found: Findings) -> list[str]:
    project, app = found.project, found.app.reference
    also = f"development uses {project.development.value}" if project.development else ""
    mark = guessed(project.settings.place, also)
    lines = ["django:", *entry("settings", project.settings.value, mark, 2)]
    lines += entry("manage", _manage(found), guessed(Place(str(project.manage))), 2)
    if static := found.settings.get("STATIC_ROOT"):
        lines += entry("static", True, guessed(static.place, "collected once, at the build"), 2)
    else:
        lines += entry("static", False, "guessed: the settings have no STATIC_ROOT", 2)
    return [*lines, "", "celery:", *entry("application", app.value, guessed(app.place), 2)]


def _connections(found: Findings) -> list[str]:
    known = found.connections
    lines = comments(
        ["The variables that the settings read, and what each carries. Values never stand here."]
    )
    lines += ["connections:"]
    for variable, (expression, place) in known.carried.items():
        also = ""
        secret = expression.removeprefix("secret.")
        if place is None:
            also = "no setting reads the broker from the environment; Celery itself does from this"
        elif expression != secret and not known.secrets[secret]:
            also = "generated; put the real one into the vault"
        lines += entry(variable, expression, guessed(place, also), 2)
    if known.secrets:
        lines += entry("secrets", list(known.secrets), "generated, kept in the vault")
    if "cache" in known.services:
        prefix, place = draft_processes.key_prefix(found)
        lines += comments(["All keys must begin so: its user may touch no other."])
        lines += ["cache:", *entry("key_prefix", prefix, guessed(place), 2)]
    if known.unknown:
        lines += comments(["Required, and nothing tells what they hold."])
        lines += ["environment:"]
        for variable, place in known.unknown.items():
            lines += entry(variable, "FILL_IN", f"read at {place}", 2)
    if known.optional:
        lines += comments(["Read with a default, and left to it; set them below `environment`:"])
        lines += comments(f"  {name} ({place})" for name, place in known.optional.items())
    return lines


def _manage(found: Findings) -> list[str]:
    """Return the management command: manage.py where a release has it, else Django's own."""
    inside = found.project.manage.parent == found.project.tree.source
    return ["python", "manage.py"] if inside else ["python", "-m", "django"]


def _steps(found: Findings) -> list[str]:
    return [
        "# Once with each release, before its processes start.",
        "steps:",
        "  - name: migrate",
        *entry("command", [*_manage(found), "migrate", "--noinput"], "", 4),
    ]

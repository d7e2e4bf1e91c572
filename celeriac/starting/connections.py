"""Which connection each variable carries, guessed from the setting it fills and from its name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from celeriac.starting.evidence import Place
from celeriac.starting.variables import Read

_DATABASE = {
    "HOST": "host",
    "PORT": "port",
    "NAME": "name",
    "DB": "name",
    "DATABASE": "name",
    "USER": "user",
    "USERNAME": "user",
    "PASSWORD": "password",
    "PASS": "password",
}
# A setting's path first, since a variable may be called anything; then the variable's name.
_SETTINGS = (
    (r"DATABASES/default/(HOST|PORT|NAME|USER|PASSWORD)", "database."),
    (r"DATABASES(/default)?", "database.url"),
    (r"CACHES/default/LOCATION|CACHES(/default)?", "cache.url"),
    (r"(CELERY_)?BROKER(_URL)?|broker(_url)?|\w+\.conf\.broker_url", "broker.url"),
    (r"(CELERY_)?RESULT_BACKEND|result_backend|backend", "result"),
    (r"SECRET_KEY", "secret."),
    (r"ALLOWED_HOSTS", "site.names"),
    (r"EMAIL_(HOST|PORT)", "mail."),
    (r"(SITE|BASE|PUBLIC)_URL", "site.url"),
)
_VARIABLES = (
    (rf"(?:DB|DATABASE|POSTGRES|POSTGRESQL|PG|SQL)_?({'|'.join(_DATABASE)})", "database."),
    (r"(\w+_)?(DATABASE|DB|POSTGRES|POSTGRESQL)_URL", "database.url"),
    (r"(\w+_)?(BROKER|AMQP|RABBITMQ)(_URL)?", "broker.url"),
    (r"(\w+_)?(CACHE|REDIS)_URL", "cache.url"),
    (r"(DJANGO_)?SECRET(_KEY)?", "secret."),
    (r"(\w+_)?ALLOWED_HOSTS", "site.names"),
    (r"(?:EMAIL|SMTP|MAIL)_(HOST|PORT)", "mail."),
    (r"(SITE|BASE|PUBLIC)_URL", "site.url"),
)
_SECRET = re.compile(r".*(SECRET|PASSWORD|TOKEN|_KEY|DSN|CREDENTIAL)(_.*)?")
# systemd, Django's own and the kit's; STATIC_ROOT is given while a release is built.
_NOT_OURS = re.compile(r"DJANGO_SETTINGS_MODULE|CELERIAC_.*|STATIC_ROOT|HOME|PATH|USER|HOSTNAME")


@dataclass
class Connections:
    """Variables by what becomes of them, each with the place that reads it."""

    carried: dict[str, tuple[str, Place | None]] = field(default_factory=dict)
    # Names of secrets, and whether the kit's generated value does (else a person's must).
    secrets: dict[str, bool] = field(default_factory=dict)
    # Required, and nothing tells what they should hold.
    unknown: dict[str, Place] = field(default_factory=dict)
    optional: dict[str, Place] = field(default_factory=dict)
    # Those that carry the cache, where the broker is read from them as well.
    shared: dict[str, Place] = field(default_factory=dict)

    @property
    def services(self) -> set[str]:
        """The services that some variable carries: broker, database, cache, mail, site."""
        return {expression.partition(".")[0] for expression, _ in self.carried.values()}


def guess(reads: list[Read]) -> Connections:
    """Return what becomes of each variable that settings and Celery's module read."""
    found = Connections()
    by_variable: dict[str, list[Read]] = {}
    for read in reads:
        if not _NOT_OURS.fullmatch(read.variable):
            by_variable.setdefault(read.variable, []).append(read)
    for variable, places in by_variable.items():
        expressions = dict.fromkeys(_expressions(places))
        required = next((read.place for read in places if read.required), None)
        place = required or places[0].place
        if "cache.url" in expressions and "broker.url" in expressions:
            # One Redis was both; the broker gets the variable that Celery reads by itself.
            del expressions["broker.url"]
            found.shared[variable] = next(
                read.place for read in places if "broker.url" in _expressions([read])
            )
        expression = next(iter(expressions), None)
        if expression == "secret." or (expression is None and required and _secret(variable)):
            name = variable.lower().lstrip("_")
            found.carried[variable] = (f"secret.{name}", place)
            found.secrets[name] = expression is not None
        elif expression is not None:
            found.carried[variable] = (expression, place)
        elif required:
            found.unknown[variable] = place
        else:
            found.optional[variable] = place
    if "broker" not in found.services:
        found.carried["CELERY_BROKER_URL"] = ("broker.url", None)
    return found


def _secret(variable: str) -> bool:
    return bool(_SECRET.fullmatch(variable))


def _expressions(reads: list[Read]) -> Iterator[str]:
    for rules, kind in ((_SETTINGS, "setting"), (_VARIABLES, "variable")):
        for read in reads:
            for pattern, expression in rules:
                if match := re.fullmatch(pattern, getattr(read, kind)):
                    if expression == "result":
                        if str(read.default or "redis").startswith("redis"):
                            yield "cache.url"
                    elif expression == "database.":
                        yield expression + _DATABASE[match[1]]
                    elif expression == "mail.":
                        yield expression + match[1].lower()
                    else:
                        yield expression
                    break

"""Reads the settings' environment variables; every error names the variable."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def text(name: str) -> str:
    """Return a variable that must be there and not be empty."""
    value = os.environ.get(name, "")
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. Set it in the process's environment.")
    return value


def integer(name: str, default: int | None = None) -> int:
    """Return a whole number of zero or more. Without a default the variable must be there."""
    if default is not None and not os.environ.get(name):
        return default
    value = text(name)
    if not (value.isascii() and value.isdigit()):
        raise ImproperlyConfigured(f"{name} is {value!r}. Write a whole number of zero or more.")
    return int(value)


def names(name: str) -> list[str]:
    """Return a comma-separated list."""
    return [part.strip() for part in text(name).split(",") if part.strip()]


def url(name: str, *schemes: str, default: str | None = None) -> str:
    """Return a URL with one of the schemes and a host. Without a default it must be there.

    Its value may hold a password, so errors show the scheme alone.
    """
    value = default if default and not os.environ.get(name) else text(name)
    try:
        parts = urlsplit(value)
        usable = parts.scheme in schemes and bool(parts.hostname)
        _ = parts.port  # raises ValueError when it is no port number
    except ValueError:
        usable = False
    if not usable:
        shape = f"{'|'.join(schemes)}://…host[:port]…"
        raise ImproperlyConfigured(f"{name} is not a URL of the form {shape}.")
    return value


def database(name: str) -> dict[str, Any]:
    """Return Django's settings for `postgresql://user:password@host:port/name?option=value`.

    The query's options go to libpq as they are, for example `sslmode=verify-full`.
    """
    parts = urlsplit(url(name, "postgresql", "postgres"))
    database_name = unquote(parts.path.removeprefix("/"))
    if not database_name:
        raise ImproperlyConfigured(f"{name} names no database. Add /name after the host.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": database_name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname,
        "PORT": parts.port or 5432,
        "OPTIONS": dict(parse_qsl(parts.query)),
    }


def path(name: str, default: Path) -> Path:
    """Return a folder or file."""
    return Path(os.environ.get(name) or default)

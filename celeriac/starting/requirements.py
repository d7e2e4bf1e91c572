"""What the application needs installed: a lock with hashes, or the next best."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from celeriac.starting.evidence import Found, Place

_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[([^\]]*)\])?")
_PREFERRED = ("production", "prod", "application", "requirements", "base", "live")
_OTHERS = re.compile(
    r"(^|[-_.])(dev|develop|development|tests?|testing|local|ci|docs?|lint|control)([-_.]|$)"
)
# What `packages` can say as well; and options that add nothing, the project itself among them.
_EDITABLE = re.compile(r"(?:-e|--editable)[ =]\s*((?:git\+|https?://)\S+)")
_NOTHING = re.compile(
    r"(?:-r|--requirement|-c|--constraint)\b.*|(?:-e|--editable)[ =]\s*\.|--hash.*"
)
_LOCK = "uv pip compile --universal --python-version 3.13 --generate-hashes {origin} -o {target}"


@dataclass(frozen=True)
class Requirements:
    """``file`` has hashes and stands in the source; else ``packages`` say it as pip does.

    ``origin`` is the file that said so; ``remedy`` how to lock what is not locked. ``left_out`` are
    lines that ``packages`` cannot say.
    """

    file: str | None
    packages: list[str]
    origin: str | None
    names: frozenset[str]
    remedy: str | None
    left_out: tuple[Found[str], ...] = ()


def find(root: Path, source: PurePosixPath) -> Requirements:
    """Return what the project in ``root`` installs; its code stands in ``source`` below it."""
    files = _files(root)
    target = str(source / "requirements.lock.txt")
    for path in files:
        text = _text(root / path)
        if "--hash=" in text and path.is_relative_to(source):
            names = frozenset(_names(_lines(root, path)))
            return Requirements(str(path.relative_to(source)), [], str(path), names, None)
    if locked := _locked(root, target):
        return locked
    for path in files:
        lines = _lines(root, path)
        remedy = _LOCK.format(origin=path, target=target)
        if "--hash=" in _text(root / path):
            remedy = f"move {path} into {source}/: paths here are inside code/source"
        left_out = tuple(_left_out(root, path))
        return Requirements(None, lines, str(path), frozenset(_names(lines)), remedy, left_out)
    if direct := _direct(_toml(root / "pyproject.toml")):
        remedy = _LOCK.format(origin="pyproject.toml", target=target)
        return Requirements(None, direct, "pyproject.toml", frozenset(_names(direct)), remedy)
    return Requirements(None, [], None, frozenset(), _LOCK.format(origin="…", target=target))


def _files(root: Path) -> list[PurePosixPath]:
    """Return requirements files, those for production and those that name Celery first."""
    found = [*root.glob("*requirements*.txt"), *root.glob("*requirements/*.txt")]
    found += [*root.glob("*/requirements*.txt")]
    kept = sorted({path for path in found if not _OTHERS.search(path.stem)})

    def rank(path: Path) -> tuple[bool, int, int, str]:
        named = any(line.lower().startswith("celery") for line in _lines(root, _inside(root, path)))
        word = next((at for at, one in enumerate(_PREFERRED) if one in path.stem), 9)
        return not named, len(_inside(root, path).parts), word, str(path)

    return [_inside(root, path) for path in sorted(kept, key=rank)]


def _inside(root: Path, path: Path) -> PurePosixPath:
    return PurePosixPath(path.relative_to(root))


def _lines(root: Path, path: PurePosixPath, seen: frozenset[PurePosixPath] = frozenset()) -> list[str]:  # fmt: skip
    """Return the requirements of a file and of those it includes, without hashes and options."""
    found: list[str] = []
    for raw in _text(root / path).replace("\\\n", " ").splitlines():
        line = re.sub(r"(^|\s)#.*|\s--hash=\S+", "", raw).strip()
        if included := re.fullmatch(r"(?:-r|--requirement)[ =]?\s*(\S+)", line):
            other = path.parent / included[1]
            if other not in seen and ".." not in other.parts:
                found += _lines(root, other, seen | {path})
        elif remote := _EDITABLE.fullmatch(line):
            found.append(remote[1])
        elif line and not line.startswith("-"):
            found.append(" ".join(line.split()))
    return list(dict.fromkeys(found))


def _left_out(root: Path, path: PurePosixPath) -> Iterator[Found[str]]:
    """Yield the lines of a file, not of those it includes, that say something only pip knows."""
    for number, raw in enumerate(_text(root / path).splitlines(), 1):
        line = raw.partition(" #")[0].strip()
        known = _EDITABLE.fullmatch(line) or _NOTHING.fullmatch(line)
        if line.startswith("-") and not known:
            yield Found(line, Place(str(path), number))


def _locked(root: Path, target: str) -> Requirements | None:
    """Return the project's own packages at the versions of uv's or Poetry's lock."""
    exports = {
        "uv.lock": f"uv export --format requirements-txt --no-dev --no-emit-project -o {target}",
        "poetry.lock": f"poetry export -f requirements.txt -o {target}",
    }
    direct = _direct(_toml(root / "pyproject.toml"))
    for file, remedy in exports.items():
        packages = _toml(root / file).get("package") or []
        versions = {normal(one.get("name", "")): one.get("version") for one in packages}
        if packages and direct:
            pinned = [_pinned(line, versions) for line in direct]
            return Requirements(None, pinned, file, frozenset(_names(pinned)), remedy)
    return None


def _pinned(line: str, versions: dict[str, str | None]) -> str:
    match = re.match(r"\s*([A-Za-z0-9._-]+)\s*(\[[^\]]*\])?", line)
    version = versions.get(normal(match[1])) if match else None
    if not match or not version or "@" in line:
        return line
    marker = f" ;{line.partition(';')[2]}" if ";" in line else ""
    return f"{match[1]}{match[2] or ''}=={version}{marker}"


def _direct(project: dict[str, Any]) -> list[str]:
    """Return the dependencies of a pyproject.toml: the standard's, or else Poetry's own."""
    standard = project.get("project", {}).get("dependencies")
    if isinstance(standard, list):
        return [str(line) for line in standard]
    own = project.get("tool", {}).get("poetry", {}).get("dependencies", {})
    return [_from_poetry(name, value) for name, value in own.items() if name != "python"]


def _from_poetry(name: str, value: Any) -> str:
    extras, version = "", value
    if isinstance(value, dict):
        version = value.get("version", "*")
        extras = f"[{','.join(value['extras'])}]" if value.get("extras") else ""
    text = str(version).strip()
    if text.startswith(("^", "~")):
        text = f">={text.lstrip('^~=')}"
    elif text[:1].isdigit():
        text = f"=={text}"
    return f"{name}{extras}{'' if text == '*' else text}"


def _names(lines: list[str]) -> Iterator[str]:
    """Yield the packages' names, with their extras as locks call them: psycopg, psycopg-binary."""
    for line in lines:
        if match := _NAME.match(line):
            yield normal(match[1])
            extras = (match[2] or "").replace(",", " ").split()
            yield from (normal(f"{match[1]}-{extra}") for extra in extras)


def normal(name: str) -> str:
    """Return a package's name as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(_text(path))
    except tomllib.TOMLDecodeError:
        return {}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""

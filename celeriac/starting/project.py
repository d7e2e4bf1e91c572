"""The Django project: manage.py, the settings module, the folder that imports start from."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from celeriac.description.problems import InputError, Problem
from celeriac.starting.evidence import Found
from celeriac.starting.source import Source, dotted
from celeriac.starting.tree import Tree
from celeriac.starting.unparsed import Unparsed

_MODULE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
_PRODUCTION = ("production", "prod", "live", "deploy")


@dataclass(frozen=True)
class Project:
    """Where a Django project stands; ``tree`` names modules as the project imports them."""

    tree: Tree
    manage: PurePosixPath
    settings: Found[str]
    # Which of the files manage.py and wsgi.py names another settings module, if one does.
    development: Found[str] | None
    wsgi: Found[str] | None
    asgi: Found[str] | None

    @property
    def source(self) -> str:
        """The folder that imports start from, as ``code.source`` says it."""
        return str(self.tree.source)


def find(folder: Path) -> Project:
    """Return the Django project in ``folder``.

    Raises `InputError` where there is none, or several, or its settings cannot be found.
    """
    if not folder.is_dir():
        if folder.exists():
            remedy = f"Name the project's folder: celeriac init {folder.parent}."
            raise _no(folder, "a file, not a folder", remedy)
        raise _no(folder, "no such folder", "Name the project's folder: celeriac init PATH.")
    tree = Tree(folder)
    manage = _manage(folder, tree)
    source = tree.parsed(manage)
    if isinstance(source, Unparsed):
        raise source.refused(folder, "manage.py")
    named = _settings_named(source)
    if named is None:
        what = "names no settings module that can be read"
        remedy = "Have it say os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')."
        raise _no(folder / manage, what, remedy)
    tree = tree.at(_import_root(tree, manage, named.value, folder))
    wsgi, asgi = (_entry(tree, kind, named.value) for kind in ("wsgi", "asgi"))
    chosen = _production(tree, wsgi or asgi, named)
    return Project(
        tree,
        manage,
        chosen,
        named if chosen.value != named.value else None,
        _application(wsgi),
        _application(asgi),
    )


def _manage(folder: Path, tree: Tree) -> PurePosixPath:
    files = [tree.parsed(path) for path in tree.paths if path.name == "manage.py"]
    found = [file.path for file in files if "django" in file.text.lower()]
    if not found:
        what = "; ".join(map(_not_djangos, files)) or "there is no manage.py"
        remedy = "Name the folder that holds Django's manage.py: celeriac init PATH."
        raise _no(folder, f"no Django project here: {what}", remedy)
    nearest = [path for path in found if len(path.parts) == len(found[0].parts)]
    if len(nearest) > 1:
        what = f"several Django projects: {', '.join(str(path) for path in nearest)}"
        raise _no(folder, what, "Name the folder of one of them: celeriac init PATH.")
    return found[0]


def _not_djangos(file: Source | Unparsed) -> str:
    if isinstance(file, Unparsed) and isinstance(file.error, OSError):
        return f"{file.path}: {file.why}"
    return f"{file.path} does not name Django"


def _settings_named(source: Source) -> Found[str] | None:
    """Return the module that the file puts into DJANGO_SETTINGS_MODULE, by call or assignment."""
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Call | ast.Assign):
            continue
        words = [part for part in ast.walk(node) if isinstance(part, ast.Constant)]
        values = [part.value for part in words if isinstance(part.value, str)]
        if "DJANGO_SETTINGS_MODULE" not in values:
            continue
        modules = [one for one in values if one != "DJANGO_SETTINGS_MODULE" and _module(one)]
        if modules:
            return Found(modules[-1], source.place(node))
    return None


def _module(text: str) -> bool:
    return bool(_MODULE.fullmatch(text)) and not text.isupper()


def _import_root(tree: Tree, manage: PurePosixPath, settings: str, folder: Path) -> PurePosixPath:
    base = PurePosixPath(*settings.split("."))
    names = (base.with_suffix(".py"), base / "__init__.py")
    roots = [
        PurePosixPath(*path.parts[: -len(name.parts)])
        for path in tree.paths
        for name in names
        if path.parts[-len(name.parts) :] == name.parts
    ]
    near = [root for root in (manage.parent, manage.parent / "src") if root in roots]
    if not near and not roots:
        what = f"manage.py names the settings module {settings}, and there is no file of it"
        raise _no(folder, what, "Run this in the folder that holds the project's packages.")
    return near[0] if near else roots[0]


def _entry(tree: Tree, kind: str, settings: str) -> Source | None:
    """Return the module with the WSGI or ASGI application: beside the settings, or anywhere."""
    found = [one for name, one in tree.modules.items() if name.split(".")[-1] == kind]
    top = settings.partition(".")[0]
    return next((one for one in found if one.module == f"{top}.{kind}"), next(iter(found), None))


def _application(source: Source | None) -> Found[str] | None:
    if source is None:
        return None
    for name in ("application", "app"):
        if name in source.constants:
            return Found(f"{source.module}:{name}", source.place(source.constants[name]))
    return None


def _production(tree: Tree, entry: Source | None, named: Found[str]) -> Found[str]:
    """Return the settings for production: a module of that name beside, or what the web names."""
    package = named.value.rpartition(".")[0]
    places = [named.value, *([package] if package else [])]
    for place in places:
        for word in _PRODUCTION:
            if found := tree.needed(f"{place}.{word}", f"the settings {place}.{word}"):
                return Found(found.module, found.place(found.tree))
    web = _settings_named(entry) if entry else None
    return web if web and tree.needed(web.value, f"the settings {web.value}") else named


def _no(place: Path, what: str, remedy: str) -> InputError:
    return InputError(place, [Problem(str(place), what, remedy)])


def calls(source: Source) -> list[tuple[str, ast.Call]]:
    """Return the file's calls with the dotted name of what is called."""
    found = [node for node in ast.walk(source.tree) if isinstance(node, ast.Call)]
    return [(dotted(node.func), node) for node in found]

"""Where init writes nothing, and what it says; that it runs nothing of what it reads."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from celeriac.description.problems import InputError
from celeriac.starting.look import look
from celeriac.starting.write import IGNORED, refuse_existing, write
from tests.unit.starting.projects import copy
from tests.unit.test_cli import celeriac

PYTHON_2 = 'print "no longer Python"\n'


def test_a_project_without_celery(tmp_path: Path) -> None:
    said = celeriac("init", str(copy("letters", tmp_path)))
    assert (said.returncode, said.stdout) == (2, "")
    assert "no Celery application here: no file says `app = Celery(…)`" in said.stderr
    assert not (tmp_path / "letters" / "celeriac.yml").exists()


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({}, "no Django project here: there is no manage.py"),
        ({"manage.py": PYTHON_2}, "no Django project here: manage.py does not name Django"),
        ({"manage.py": "import django\n"}, "names no settings module that can be read"),
        (
            {"manage.py": "# django\ne.setdefault('DJANGO_SETTINGS_MODULE', 'a.b')\n"},
            "names the settings module a.b, and there is no file of it",
        ),
        (
            {"one/manage.py": "# django\n", "two/manage.py": "# django\n"},
            "several Django projects: one/manage.py, two/manage.py",
        ),
    ],
)
def test_a_folder_that_is_no_project(tmp_path: Path, files: dict[str, str], says: str) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=re.escape(says)):
        look(tmp_path)


def test_no_such_folder(tmp_path: Path) -> None:
    said = celeriac("init", str(tmp_path / "nowhere"))
    assert said.returncode == 2
    assert "no such folder. Name the project's folder" in said.stderr


def test_a_file_for_a_folder(tmp_path: Path) -> None:
    said = celeriac("init", "minimal/manage.py", folder=copy("minimal", tmp_path).parent)
    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr.splitlines()[0] == (
        "minimal/manage.py: a file, not a folder. Name the project's folder: celeriac init minimal."
    )


def test_a_manage_py_that_does_not_open(tmp_path: Path) -> None:
    (tmp_path / "manage.py").symlink_to("gone.py")
    with pytest.raises(InputError, match=r"manage\.py: it does not open: No such file"):
        look(tmp_path)


def test_nothing_is_written_over(tmp_path: Path) -> None:
    folder = copy("minimal", tmp_path)
    first = celeriac("init", folder=folder)
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout.splitlines()[-3:] == [
        "1. Read celeriac.yml, and fill in what `celeriac check -e production --inventories inventories` names.",
        "2. `celeriac secrets -e production --inventories inventories`; put the hosts' SSH keys into "
        "inventories/production/known_hosts.",
        "3. `celeriac doctor -e production --inventories inventories` until nothing fails, then "
        "`celeriac deploy -e production --inventories inventories`.",
    ]
    (folder / "celeriac.yml").write_text("mine")
    second = celeriac("init", folder=folder)
    assert (second.returncode, second.stdout) == (2, "")
    assert second.stderr == (
        "celeriac.yml: there already. Move it away first: init writes over no file.\n"
        "inventories/production/hosts.yml: there already. Move it away first: init writes over no file.\n"
        ".: 2 problems.\n"
    )
    assert (folder / "celeriac.yml").read_text() == "mine"


def test_the_next_commands_work_from_where_init_was_run(tmp_path: Path) -> None:
    copy("minimal", tmp_path)
    said = celeriac("init", "minimal", "-e", "staging", folder=tmp_path)
    (options,) = re.findall(r"`celeriac check (.+)` names", said.stdout)
    checked = celeriac("check", *options.split(), folder=tmp_path)
    assert checked.returncode == 2
    assert checked.stderr.count("still to be filled in") == len(checked.stderr.splitlines()) - 1


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("inventories", "inventories: no folder, and the inventory goes below it. Move it away"),
        ("inventories/production", "production: no folder, and the inventory goes below it."),
        ("celeriac.yml", "celeriac.yml: there already. Move it away"),
    ],
)
def test_a_file_is_in_the_way(tmp_path: Path, file: str, says: str) -> None:
    folder = copy("minimal", tmp_path)
    (folder / file).parent.mkdir(exist_ok=True)
    (folder / file).symlink_to("nowhere")  # even one that leads to nothing
    before = sorted(folder.rglob("*"))
    with pytest.raises(InputError, match=re.escape(says)):
        write(look(folder), folder, "production")
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize("environment", ["", ".", "..", "../else", "a/b"])
def test_an_environment_that_is_no_folders_name(tmp_path: Path, environment: str) -> None:
    says = re.escape(f"--environment: '{environment}' cannot be a folder's name.")
    with pytest.raises(InputError, match=says):
        refuse_existing(tmp_path, environment)


@pytest.mark.parametrize("others", [[], ["inventories/staging"]])
def test_what_cannot_be_finished_is_taken_back(tmp_path: Path, others: list[str]) -> None:
    folder = copy("minimal", tmp_path)
    for path in [".gitignore", *others]:
        (folder / path).mkdir(parents=True)
    before = sorted(folder.rglob("*"))
    said = celeriac("init", folder=folder)
    assert (said.returncode, said.stdout, sorted(folder.rglob("*"))) == (2, "", before)
    assert said.stderr.startswith(".gitignore: Is a directory; nothing was written. Correct it.\n")


def test_a_gitignore_that_is_not_utf_8_stays_as_it_is(tmp_path: Path) -> None:
    folder = copy("minimal", tmp_path)
    (folder / ".gitignore").write_bytes(b"caf\xe9\n")
    write(look(folder), folder, "production")
    assert (folder / ".gitignore").read_bytes().startswith(b"caf\xe9\n# The password")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, ["# The password of the vault with the secrets.", IGNORED]),
        ("*.pyc", ["*.pyc", "# The password of the vault with the secrets.", IGNORED]),
        (f"{IGNORED}\n*.pyc\n", [IGNORED, "*.pyc"]),
    ],
)
def test_git_never_takes_the_password(tmp_path: Path, before: str | None, after: list[str]) -> None:
    folder = copy("minimal", tmp_path)
    if before is not None:
        (folder / ".gitignore").write_text(before)
    write(look(folder), folder, "production")
    assert (folder / ".gitignore").read_text().splitlines() == after


@pytest.mark.parametrize("name", ["dailyfresh", "clinic"])
def test_no_code_of_a_project_runs(name: str, tmp_path: Path) -> None:
    folder, ran = copy(name, tmp_path), tmp_path / "ran"
    for path in folder.rglob("*.py"):
        path.write_text(f"{path.read_text()}\nopen({str(ran)!r}, 'w').close()\n")
    assert celeriac("init", str(folder)).returncode == 0
    assert not ran.exists()

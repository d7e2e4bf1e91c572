"""Which errors are the application's, and how they are told."""

import socket
from pathlib import Path
from types import ModuleType

import pytest
from django.db import DataError, IntegrityError, InterfaceError, ProgrammingError
from django.db import OperationalError as DjangoError
from kombu.exceptions import OperationalError as KombuError

from celeriac.worker import failure


def because(error: BaseException, cause: BaseException) -> BaseException:
    """`raise error from cause`."""
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ImportError("no module"), 78),
        (FileNotFoundError("no file"), 78),
        (ValueError("no colour"), 78),
        (SystemExit(2), 78),
        (ConnectionRefusedError(111, "refused"), 69),
        (TimeoutError(), 69),
        (socket.gaierror(-2, "Name or service not known"), 69),
        (DjangoError("could not connect"), 69),
        (InterfaceError("connection already closed"), 69),
        (KombuError("refused"), 69),
        (ProgrammingError('relation "shop_order" does not exist'), 78),
        (DataError("value too long"), 78),
        (IntegrityError("duplicate key"), 78),
        (because(RuntimeError("no cache"), ConnectionResetError()), 69),
        (because(RuntimeError("no setting"), KeyError("COLOUR")), 78),
    ],
    ids=repr,
)
def test_exit_status(error: BaseException, status: int) -> None:
    assert failure.exit_status(error) == status


def run(file: Path, code: str) -> BaseException:
    file.write_text(code)
    try:
        exec(compile(code, str(file), "exec"), ModuleType("application").__dict__)  # noqa: S102
    except BaseException as error:
        return error
    raise AssertionError("the code should raise")


def test_the_place_in_the_application_and_the_error(tmp_path: Path) -> None:
    file = tmp_path / "tasks.py"
    error = run(file, "import json\n\njson.loads('')\n")
    place, line, *library, told = failure.explain(error, tmp_path).splitlines()
    assert place == f'  File "{file}", line 3, in <module>'
    assert line.strip() == "json.loads('')"
    assert told == "json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)"
    assert len(library) <= 12


def test_a_syntax_error_names_its_place_itself(tmp_path: Path) -> None:
    file = tmp_path / "tasks.py"
    told = failure.explain(run(file, "x = 1 +\n"), tmp_path).splitlines()
    assert told[0] == f'  File "{file}", line 1'
    assert told[-1] == "SyntaxError: invalid syntax"


def test_what_an_error_was_raised_from(tmp_path: Path) -> None:
    code = "raise RuntimeError('no settings') from KeyError('COLOUR')\n"
    told = failure.explain(run(tmp_path / "settings.py", code), tmp_path)
    assert told.endswith("RuntimeError: no settings\ncaused by KeyError: 'COLOUR'")


def test_a_command_that_ends_by_itself() -> None:
    told = failure.explain(SystemExit(2), Path("/nowhere"))
    assert told == "the command ended with status 2; its own message stands above"

"""An application's command, run inside this process as Python itself would run it."""

import re
import runpy
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from celeriac.worker.errors import LaunchError

_INTERPRETER = re.compile(r"python(3(\.\d+)?)?")


@dataclass(frozen=True)
class Command:
    """A script or a module with its arguments."""

    arguments: tuple[str, ...]
    import_path: str  # what Python puts first into sys.path for such a command
    script: Path | None = None
    module: str = ""

    @classmethod
    def resolve(cls, argv: Sequence[str], executable: str = sys.executable) -> "Command":
        """Understand `celery …`, `python file …` and `python -m module …`.

        A bare name is a console script of the environment that `executable`
        belongs to; PATH is not searched, so that a release runs its own
        Celery. A name with a slash is a path.

        Raises:
            LaunchError: there is no such script, or it is not Python.

        """
        if not argv:
            raise LaunchError("no command: `python -m celeriac.worker.launcher --ready … -- argv…`")
        if _INTERPRETER.fullmatch(argv[0]) or argv[0] == executable:
            return cls._interpreted(argv)
        # Not resolved: in a virtual environment the interpreter is a link to
        # the system's, and the console scripts lie beside the link.
        script = Path(argv[0]) if "/" in argv[0] else Path(executable).parent / argv[0]
        if not script.is_file():
            raise LaunchError(
                f"{argv[0]}: there is no {script}. Add the package that brings it to the "
                "application's requirements, or correct the command in celeriac.yml."
            )
        if b"python" not in b"".join(script.read_bytes().splitlines()[:2]):
            raise LaunchError(
                f"{script} is not a Python script; the launcher runs nothing else, because the "
                "command has to stay in this process."
            )
        return cls((str(script), *argv[1:]), str(script.parent.absolute()), script)

    @classmethod
    def _interpreted(cls, argv: Sequence[str]) -> "Command":
        match list(argv[1:]):
            case ["-m", str(module), *rest]:
                return cls((module, *rest), str(Path.cwd()), module=module)
            case [str(file), *rest] if not file.startswith("-"):
                if not Path(file).exists():
                    raise LaunchError(
                        f"{argv[0]} {file}: there is no such file in {Path.cwd()}. Correct the "
                        "command in celeriac.yml, or include the file in the application's code."
                    )
                return cls((file, *rest), str(Path(file).parent.absolute()), Path(file))
        raise LaunchError(
            f"{' '.join(argv[:2])}: after {argv[0]} comes a file or -m and a module. For "
            "interpreter options use variables, such as PYTHONWARNINGS for -W."
        )

    def prepare(self) -> None:
        """Set sys.argv and sys.path as they are when Python starts the command itself."""
        sys.argv = list(self.arguments)
        if not sys.flags.safe_path:
            sys.path[0] = self.import_path

    def run(self) -> None:
        """Run to the end. Whatever the command raises goes through, SystemExit too."""
        if self.script:
            _run_script(self.script.absolute())
        else:
            runpy.run_module(self.module, run_name="__main__", alter_sys=True)


def _run_script(script: Path) -> None:
    """As Python runs a file: runpy would put the absolute path into sys.argv."""
    main = ModuleType("__main__")
    main.__file__ = str(script)
    sys.modules["__main__"] = main
    exec(compile(script.read_bytes(), script, "exec"), main.__dict__)  # noqa: S102 (its purpose)

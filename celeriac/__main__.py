"""``python -m celeriac``, and the command ``celeriac``."""

import errno
import os
import sys

# As of `celeriac.cli.exits`: at a Ctrl-C while that is loaded, nothing of it is there.
FAILED, CTRL_C = 3, 130


def main() -> None:
    """Run the command line, or say what it needs where only the runtime is installed.

    Exits with 130 at a Ctrl-C, however early, and with 3 where there is no room to write.
    """
    try:
        try:
            _run()
        finally:
            if sys.stdout:  # there is none where it was closed
                sys.stdout.flush()
    except KeyboardInterrupt:
        sys.exit(CTRL_C)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        # At its end Python writes once more what is left.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.stderr.write(f"celeriac: not written: {error.strerror}. Make room and run it again.\n")
        sys.exit(FAILED)


def _run() -> None:
    try:
        from celeriac.cli.main import app
    except ModuleNotFoundError as error:
        sys.exit(
            f"celeriac: the package {error.name} is not installed here. The command line needs "
            "the extra `control`: pip install 'celeriac[control] @ <this repository>'."
        )
    app(prog_name="celeriac")


if __name__ == "__main__":
    main()

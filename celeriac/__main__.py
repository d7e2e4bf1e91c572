"""``python -m celeriac``, and the command ``celeriac``."""

import sys


def main() -> None:
    """Run the command line, or say what it needs where only the runtime is installed."""
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

"""Words for the person who waits, on standard error: standard output is for answers."""

import sys


def say(text: str) -> None:
    """Print one line of progress."""
    print(f"lab     {text}", file=sys.stderr, flush=True)

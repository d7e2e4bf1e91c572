from tally.application import app

__all__ = ["app"]

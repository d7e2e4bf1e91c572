from .base import *  # noqa: F403

CARRIER = env("CARRIER_API_TOKEN")  # noqa: F405
DEPOT = env("DEPOT_NAME")  # noqa: F405

"""What the launcher refuses, and the exit statuses that units act on."""

import os

# The application's code or configuration does not load. Units name it in
# RestartPreventExitStatus=, because starting again cannot help.
DOES_NOT_LOAD = os.EX_CONFIG  # 78
# A service that loading needs (a database, a broker) does not answer. Units
# start the process again.
SERVICE_AWAY = os.EX_UNAVAILABLE  # 69


class LaunchError(Exception):
    """The process cannot be started as it is described. The text says what to do."""

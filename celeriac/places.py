"""Where this checkout's own folders are. Nothing is imported here: command lines start with it."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ANSIBLE = ROOT / "deploy" / "ansible"
STATE = ROOT / ".celeriac"
# The inventories of this repository; another folder may be named instead.
INVENTORIES = ANSIBLE / "inventories"
# The description, unless another is named: that of the folder a command is run in.
FILE = Path("celeriac.yml")

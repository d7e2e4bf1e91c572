"""SIGINT in the middle of a fork, in a process of its own as Ansible is one."""

from __future__ import annotations

import subprocess
import sys

# Registered before the guard's, so that the guard's run around it, as around those of `logging`.
PARENT = """
import os, signal, sys, time
from celeriac.cli import forks

def interrupt():
    os.kill(os.getpid(), signal.SIGINT)

os.register_at_fork(before=interrupt)

def handler(number, _):
    signal.signal(number, signal.SIG_DFL)
    raise KeyboardInterrupt

signal.signal(signal.SIGINT, handler)
signal.signal(signal.SIGTERM, handler)
forks.guard()
try:
    child = os.fork()
    if not child:
        mine = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
        os._exit(0 if mine == [signal.SIG_DFL] * 2 else 1)
    print("child", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
    time.sleep(5)
    print("never told")
except KeyboardInterrupt:
    print("interrupted")
"""


def test_an_interruption_in_a_fork_comes_after_it() -> None:
    ran = subprocess.run([sys.executable, "-c", PARENT], capture_output=True, text=True, timeout=20)
    assert (ran.stdout, ran.stderr) == ("child 0\ninterrupted\n", "")

"""The step between a launcher and PostgreSQL: a script that gives up root, ties itself to its parent and becomes it.

Done here and not between fork and exec of the launcher, where Python code can deadlock in a process with threads. It
runs alone, as root at first, so it imports only the standard library, and all of it before the uid changes: afterwards
Python's own folder may be closed to it.
"""

from __future__ import annotations

import ctypes
import json
import os
import select
import signal
import sys
from collections.abc import Sequence
from typing import NotRequired, TypedDict

_PR_SET_PDEATHSIG = 1


class Order(TypedDict):
    """What the step is to do: run `command`, or say which of the paths in `probe` cannot be entered or executed."""

    uid: NotRequired[int]
    """Whom to become first; needs root."""
    probe: NotRequired[Sequence[str]]
    command: NotRequired[Sequence[str]]
    parent: NotRequired[int]
    """The process whose end ends the command."""
    ending: NotRequired[int]
    """The signal the command gets then."""
    watch: NotRequired[int]
    """The reading end of a pipe only the parent can write to. With it a watchdog stays between parent and command."""


def arguments(order: Order) -> list[str]:
    """The command line of a step with this order. Isolated: no site packages, nothing from the environment."""
    return [sys.executable, "-I", "-S", __file__, json.dumps(order)]


def main(order: Order) -> None:
    prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None
    if "uid" in order:
        os.setgroups([])
        os.setgid(order["uid"])
        os.setuid(order["uid"])
    if "probe" in order:
        sys.stdout.write(next((path for path in order["probe"] if not os.access(path, os.X_OK)), ""))
        return
    parent, ending, command = order["parent"], order["ending"], list(order["command"])
    if "watch" in order:
        watchdog = os.getpid()
        child = os.fork()
        if child:
            _watch(order["watch"], child, ending)
            return
        os.close(order["watch"])
        parent = watchdog
    if prctl is not None:
        prctl(_PR_SET_PDEATHSIG, ending)  # after the change of uid, which would clear it
    if os.getppid() != parent:
        sys.exit("the parent ended before PostgreSQL was started")
    os.execv(command[0], command)


def _watch(pipe: int, child: int, ending: int) -> None:
    """Wait for the child, hand signals on to it, and end it when nobody can write to the pipe any more.

    The child is not reaped while it may be signalled, so its number cannot have gone to another process.
    """
    wake, waker = os.pipe()
    os.set_blocking(waker, False)
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(waker)
    for noticed in (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGCHLD):
        signal.signal(noticed, lambda *_: None)
    watched = [pipe, wake]
    while True:
        ready, _, _ = select.select(watched, [], [], 1.0)
        received = os.read(wake, 64) if wake in ready else b""
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
        for number in received:
            if number != signal.SIGCHLD:
                os.kill(child, number)
        if pipe in ready:
            watched.remove(pipe)
            os.kill(child, ending)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))

"""What the operating system says of processes: processor time and memory, and what machine this is. Linux only."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterator
from pathlib import Path

_TICK = 1 / os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """Of the process, its descendants, and those of them that have ended."""
    return sum(_cpu(one) for one in _family(pid))


def memory_mb(pid: int) -> float:
    """Resident now, of the process and its descendants."""
    found = 0
    for one in _family(pid):
        if resident := re.search(r"^VmRSS:\s+(\d+) kB", _read(f"/proc/{one}/status"), re.MULTILINE):
            found += int(resident[1])
    return found / 1024


def description() -> str:
    """Processor, cores, memory, system."""
    model = re.search(r"^model name\s*:\s*(.+)$", _read("/proc/cpuinfo"), re.MULTILINE)
    total = re.search(r"^MemTotal:\s+(\d+)", _read("/proc/meminfo"), re.MULTILINE)
    memory = f"{int(total[1]) / 1024 / 1024:.0f} GB" if total else "unknown memory"
    return f"{model[1] if model else platform.machine()}, {os.cpu_count()} cores, {memory}, {platform.system()}"


def _family(pid: int) -> Iterator[int]:
    yield pid
    for child in _read(f"/proc/{pid}/task/{pid}/children").split():
        yield from _family(int(child))


def _cpu(pid: int) -> float:
    fields = _read(f"/proc/{pid}/stat").rpartition(") ")[2].split()
    return sum(int(field) for field in fields[11:15]) * _TICK if fields else 0.0


def _read(path: str) -> str:
    """Empty for a process that has just ended."""
    try:
        return Path(path).read_text()
    except OSError:
        return ""

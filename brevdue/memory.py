"""How much memory a process has held."""

import sys
from pathlib import Path
from typing import Final

_STATUS: Final = Path("/proc/self/status")
_KIB: Final = 1024
#: In which `ru_maxrss` counts, getrusage(2): kilobytes, but bytes on macOS.
_UNIT: Final = 1 if sys.platform == "darwin" else _KIB


def peak_mb() -> float:
    """The most memory that this process ever held, in MiB; 0.0 where the system does not tell.

    Linux keeps it a program in VmHWM; the usual ru_maxrss starts there with
    what the parent held when it forked.
    """
    if _STATUS.exists():
        line = next(line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / _KIB
    try:
        import resource  # noqa: PLC0415 - Windows has none
    except ImportError:
        return 0.0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _UNIT / _KIB**2

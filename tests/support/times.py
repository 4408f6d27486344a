"""The time that an invocation has left, for services that are called without one."""

from cloud.time_left import TimeLeft

PLENTY = TimeLeft(lambda: 900_000)
NONE = TimeLeft(lambda: 0)

"""A warm Lambda in this process: a handler, imported under its function's role and environment."""

import importlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import TextIOBase
from typing import Protocol, TextIO
from uuid import uuid4

import boto3

from brevdue.stack.deployment import Function
from brevdue.stack.permissions import Place
from brevdue.stack.policies import Policies
from brevdue.stack.roles import Calls, Guards, Role, RoleSession


class Runner(Protocol):
    """Something that runs a function."""

    def invoke(self, event: object) -> object:
        """What the function answers to `event`; its exceptions pass through."""

    def restart(self) -> None:
        """Let the next invocation be a cold start."""

    def close(self) -> None:
        """End it."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a handler gets as its context; the remaining time is what the stack's clock and the AWS calls have left."""

    function_name: str
    function_version: str
    invoked_function_arn: str
    memory_limit_in_mb: int
    aws_request_id: str
    log_group_name: str
    log_stream_name: str
    time_left: Callable[[], timedelta]

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function's timeout."""
        return self.time_left() // timedelta(milliseconds=1)


class Output(TextIOBase):
    """Where functions print to.

    Loggers keep the stream that they were made with, and modules outlive a
    stack: so there is one stream for good, which passes on.

    Attributes:
        target: where to; None for standard output, whatever it is at the time.
    """

    def __init__(self) -> None:
        self.target: TextIO | None = None
        self._replaced = sys.stdout

    @contextmanager
    def as_stdout(self) -> Iterator[None]:
        """Take the place of standard output for a while."""
        self._replaced = sys.stdout
        with redirect_stdout(self):
            yield

    def write(self, text: str) -> int:
        """Pass on."""
        return self._stream().write(text)

    def flush(self) -> None:
        """Pass on."""
        self._stream().flush()

    def __del__(self) -> None:
        """Close nothing: what it passes on to is not its own, and may be gone before it when Python ends."""

    def _stream(self) -> TextIO:
        if self.target is not None:
            return self.target
        return self._replaced if sys.stdout is self else sys.stdout


OUTPUT = Output()


class Instance:
    """Runs one function in this process; the first invocation imports its handler.

    Only the handler's own module is imported afresh: that is where a function
    makes its clients and reads its environment.

    Raises:
        UnknownPolicyError: its role's policies cannot be judged.
    """

    def __init__(
        self, function: Function, place: Place, guards: Guards, calls: Calls, now: Callable[[], datetime]
    ) -> None:
        self.role = Role(function.name, Policies.read(function.policies), place, function.role_arn, guards)
        self._function = function
        self._calls = calls
        self._now = now
        self._environment = _environment(function, place)
        self._warm: tuple[RoleSession, Callable[[object, Context], object]] | None = None

    def invoke(self, event: object) -> object:
        """See Runner."""
        if self._warm is None:
            session = RoleSession(self.role, self._calls)
            with self._inside(session):
                self._warm = session, _import_handler(self._function.handler)
        session, handler = self._warm
        session.begin(timedelta(seconds=self._function.timeout_s))
        with self._inside(session):
            return handler(event, self._context(session))

    def restart(self) -> None:
        """See Runner."""
        self._warm = None

    def close(self) -> None:
        """See Runner."""
        self.restart()

    @contextmanager
    def _inside(self, session: RoleSession) -> Iterator[None]:
        """With the function's environment, AWS session and output."""
        before = boto3.DEFAULT_SESSION
        boto3.DEFAULT_SESSION = session.boto3
        try:
            with _variables(self._environment), OUTPUT.as_stdout():
                yield
        finally:
            boto3.DEFAULT_SESSION = before

    def _context(self, session: RoleSession) -> Context:
        function, deadline = self._function, self._now() + timedelta(seconds=self._function.timeout_s)
        return Context(
            function_name=function.physical_name,
            function_version="$LATEST",
            invoked_function_arn=function.arn,
            memory_limit_in_mb=function.memory_mb,
            aws_request_id=str(uuid4()),
            log_group_name=self._environment["AWS_LAMBDA_LOG_GROUP_NAME"],
            log_stream_name=self._environment["AWS_LAMBDA_LOG_STREAM_NAME"],
            time_left=lambda: max(timedelta(0), min(deadline - self._now(), session.time_left())),
        )


def _environment(function: Function, place: Place) -> dict[str, str]:
    return {
        **function.environment,
        "AWS_REGION": place.region,
        "AWS_DEFAULT_REGION": place.region,
        "AWS_ACCESS_KEY_ID": function.name,
        "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_LAMBDA_FUNCTION_NAME": function.physical_name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.physical_name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "LAMBDA_TASK_ROOT": function.code,
        "_HANDLER": function.handler,
    }


def _import_handler(path: str) -> Callable[[object, Context], object]:
    module_name, _, attribute = path.rpartition(".")
    sys.modules.pop(module_name, None)
    handler: Callable[[object, Context], object] = getattr(importlib.import_module(module_name), attribute)
    return handler


@contextmanager
def _variables(values: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables for a while, touching no others: the server's threads read them too."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value

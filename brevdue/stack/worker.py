"""Runs one function in a process of its own, so that its memory can be measured alone.

`python -m brevdue.stack.worker` speaks JSON, a line each way: first what to run,
then an event and the time per invocation. It ends when its input does. moto is
not imported here: the AWS calls go to the stack's server.
"""

import json
import os
import signal
import sys
import traceback
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from subprocess import PIPE, Popen, TimeoutExpired
from typing import IO, Any, Final

from brevdue import memory
from brevdue.stack.clock import StackClock
from brevdue.stack.deployment import Deployment, Function
from brevdue.stack.instance import OUTPUT, Instance
from brevdue.stack.permissions import Place
from brevdue.stack.roles import Calls, Guards
from cloud import clock as cloud_clock

_PATIENCE_S: Final = 10


class FunctionError(Exception):
    """A function that runs in a process of its own failed; the text is its traceback."""


class Worker:
    """Runs a function in a child process, which starts with the first invocation.

    Args:
        function: what to run.
        deployment: it is a part of.
        endpoint: URL of the stack's server.
        calls: gets the refusals and what was sent; calls are neither shown nor counted.
        clock: the stack's.

    Attributes:
        peak_mb: the most memory the process ever held, in MiB.
    """

    def __init__(
        self, function: Function, deployment: Deployment, endpoint: str, calls: Calls, clock: StackClock
    ) -> None:
        self.peak_mb = 0.0
        self._setup = {
            "function": asdict(function),
            "place": asdict(deployment.place),
            "policies": deployment.resource_policies,
            "keys": deployment.keys,
        }
        self._name = function.name
        self._endpoint = endpoint
        self._calls = calls
        self._clock = clock
        self._process: Popen[str] | None = None

    def invoke(self, event: object) -> object:
        """What the function answers to `event`.

        Raises:
            FunctionError: it raised an exception, or its process died.
        """
        process = self._process = self._process or self._start()
        answer = _exchange(process, {"event": event, "now": self._clock.now().isoformat()})
        if answer is None:
            self.restart()
            raise FunctionError(f"the process of function {self._name} ended")
        self.peak_mb = max(self.peak_mb, answer["peak_mb"])
        self._calls.refusals += answer["refusals"]
        self._calls.sent += answer["sent"]
        OUTPUT.write(answer["output"])
        if "error" in answer:
            raise FunctionError(answer["error"])
        result: object = answer["result"]
        return result

    def restart(self) -> None:
        """See Runner."""
        if self._process is None:
            return
        with self._process as process:
            # It may have ended already, with a request unread.
            with suppress(BrokenPipeError):
                _pipe(process.stdin).close()
            try:
                process.wait(_PATIENCE_S)
            except TimeoutExpired:
                process.kill()
        self._process = None

    def close(self) -> None:
        """See Runner."""
        self.restart()

    def _start(self) -> Popen[str]:
        environment = {
            **os.environ,
            "AWS_ENDPOINT_URL": self._endpoint,
            "PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path),
        }
        process = Popen([sys.executable, "-m", __name__], stdin=PIPE, stdout=PIPE, text=True, env=environment)  # noqa: S603 - our own module
        _send(_pipe(process.stdin), self._setup)
        return process


def main() -> None:
    """Read what to run and then invoke it for each line, until the input ends."""
    # Ctrl-C goes to both processes; this one ends when the other closes its input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as answers:
        # Whatever prints past `OUTPUT` must not end up among the answers.
        os.dup2(2, 1)
        setup = json.loads(sys.stdin.readline())
        function, place = Function(**setup["function"]), Place(**setup["place"])
        if function.code not in sys.path:
            sys.path.insert(0, function.code)
        clock = StackClock(datetime.fromtimestamp(0, UTC))
        cloud_clock.use(clock.now)
        calls = Calls()
        guards = Guards.read(setup["policies"], setup["keys"])
        instance = Instance(function, place, guards, calls, clock.now)
        for line in sys.stdin:
            request = json.loads(line)
            clock.set(datetime.fromisoformat(request["now"]))
            _send(answers, _invoke(instance, calls, request["event"]))


def _invoke(instance: Instance, calls: Calls, event: object) -> dict[str, Any]:
    OUTPUT.target = output = StringIO()
    calls.reset()
    try:
        outcome = {"result": instance.invoke(event)}
    except Exception:  # noqa: BLE001 - the parent hears of it
        outcome = {"error": traceback.format_exc()}
    told = {"refusals": calls.refusals, "sent": calls.sent, "output": output.getvalue()}
    return {**outcome, **told, "peak_mb": memory.peak_mb()}


def _exchange(process: "Popen[str]", request: dict[str, Any]) -> dict[str, Any] | None:
    """The answer to `request`; None if the process ended."""
    try:
        _send(_pipe(process.stdin), request)
    except BrokenPipeError:
        return None
    line = _pipe(process.stdout).readline()
    answer: dict[str, Any] | None = json.loads(line) if line else None
    return answer


def _send(stream: IO[str], message: dict[str, Any]) -> None:
    stream.write(json.dumps(message) + "\n")
    stream.flush()


def _pipe(stream: IO[str] | None) -> IO[str]:
    assert stream is not None  # noqa: S101 - the process was started with pipes
    return stream


if __name__ == "__main__":
    main()

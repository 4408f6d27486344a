"""The embedded stack: template.yaml, deployed on moto in this process and running."""

import logging
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Self, TextIO
from unittest.mock import patch

import boto3

from brevdue.stack import sources
from brevdue.stack.asynchronous import WaitingEvent, WaitingEvents
from brevdue.stack.backend import WaitingQueue, moto_follows, wipe
from brevdue.stack.clock import StackClock
from brevdue.stack.deploy import deploy
from brevdue.stack.deployment import Deployment, QueueSource
from brevdue.stack.instance import OUTPUT, Instance, Runner
from brevdue.stack.lineage import Chain, Lineage
from brevdue.stack.permissions import Need
from brevdue.stack.roles import Call, Calls, Crash, Guards, Role
from brevdue.stack.server import Server
from brevdue.stack.template import load
from brevdue.stack.worker import Worker
from cloud import clock as cloud_clock

REGION: Final = "eu-north-1"
# More than any run needs: a function that keeps sending to itself ends here.
_MOST_ROUNDS: Final = 100_000

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Failure:
    """An invocation from a queue or a schedule that ended in an exception."""

    function: str
    error: BaseException


class Stack:
    """A deployed template whose queues and schedules are pumped by hand.

    Nothing happens by itself: `run`, `advance`, `settle` and `tick` let it work.
    Everything runs in the calling thread, one invocation after the other, in
    the same order each time. A process can have one stack open.

    Attributes:
        clock: the time of handlers, queues and objects.
        failures: invocations that ended in an exception, oldest first.
        on_invocation: called before each invocation from a queue or schedule, with the
            function's short name and how many messages it gets (0 from a schedule).
        throttled: asked before each of them whether a function, by its short name, is throttled; none is by default.
    """

    def __init__(
        self,
        deployment: Deployment,
        clock: StackClock,
        runners: Mapping[str, Runner],
        calls: Calls,
        opened: ExitStack,
    ) -> None:
        """Use `Stack.deploy`."""
        self.clock = clock
        self.failures: list[Failure] = []
        self.on_invocation: Callable[[str, int], None] = lambda _function, _messages: None
        self.throttled: Callable[[str], bool] = lambda _function: False
        self._deployment = deployment
        self._runners = runners
        self._calls = calls
        self._lineage = Lineage({name for name, function in deployment.functions.items() if function.may_loop})
        self._waiting = WaitingEvents(deployment.functions)
        self._opened = opened
        self._session = _operator_session()
        self._sqs = self._session.client("sqs")
        self._queues = {one.url: WaitingQueue(REGION, one.url) for one in deployment.sources}
        self._started = clock.now()
        self._due: dict[str, datetime] = {}
        self._plan()

    @classmethod
    def deploy(
        cls,
        template: Path,
        clock: StackClock,
        *,
        parameters: Mapping[str, str] | None = None,
        separate: Iterable[str] = (),
        log: TextIO | None = None,
    ) -> Self:
        """Deploy `template` and return the stack, to be closed or used in a `with`.

        Args:
            template: path of the SAM template.
            clock: it is followed by everything in the stack.
            parameters: of the template, over its defaults.
            separate: short names of functions to run in a process of their own.
            log: where the functions print to; standard output by default.

        Raises:
            RuntimeError: another stack is open in this process.
            PermissionError: a function may not poll its queue.
            UnknownPolicyError: a role uses what the evaluator does not know.
            NotImplementedError: the template wires something the stack does not know.
        """
        separate = frozenset(separate)
        with ExitStack() as opened:
            opened.enter_context(moto_follows(clock))
            opened.callback(wipe, REGION)
            opened.enter_context(patch.object(cloud_clock, "_source", clock.now))
            opened.enter_context(patch.object(OUTPUT, "target", log))
            deployment = deploy(load(template, parameters or {}, REGION), REGION, _operator_session())
            if unknown := separate - set(deployment.functions):
                raise ValueError(f"no such functions: {sorted(unknown)}")
            code = {function.code for function in deployment.functions.values()}.difference(sys.path)
            opened.enter_context(patch.object(sys, "path", [*sys.path, *code]))
            calls = Calls()
            guards = Guards.read(deployment.resource_policies, deployment.keys)
            instances = {
                name: Instance(function, deployment.place, guards, calls, clock.now)
                for name, function in deployment.functions.items()
            }
            for source in deployment.sources:
                _check_poller(source, instances[source.function].role)
            runners: dict[str, Runner] = {**instances}
            if separate:
                server = Server()
                opened.callback(server.close)
                for name in separate:
                    function = deployment.functions[name]
                    runners[name] = Worker(function, deployment, server.url, calls, clock)
            for runner in runners.values():
                opened.callback(runner.close)
            return cls(deployment, clock, runners, calls, opened.pop_all())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """End it; all its data are gone."""
        self._opened.close()

    # --- what there is ---

    @property
    def names(self) -> Mapping[str, str]:
        """Physical names, for queues URLs, by logical id."""
        return self._deployment.names

    @property
    def guards(self) -> Guards:
        """The policies of buckets and keys, and what the keys encrypt."""
        return Guards.read(self._deployment.resource_policies, self._deployment.keys)

    @property
    def functions(self) -> list[str]:
        """The functions' short names."""
        return list(self._deployment.functions)

    @property
    def refusals(self) -> list[str]:
        """What the functions' roles refused, oldest first."""
        return self._calls.refusals

    @property
    def asked(self) -> AbstractSet[tuple[str, str, frozenset[str]]]:
        """What the functions' calls asked for: service, operation, and the members of the request."""
        return self._calls.asked

    @property
    def on_call(self) -> Callable[[Call], None] | None:
        """Called before and after each AWS call of a handler that runs in this process.

        It may raise `Crash`: the Lambda dies there, and the next invocation is a
        cold start.
        """
        return self._calls.watcher

    @on_call.setter
    def on_call(self, watcher: Callable[[Call], None] | None) -> None:
        self._calls.watcher = watcher

    @property
    def takes(self) -> Callable[[Call], timedelta]:
        """How much of its invocation's time each AWS call of a handler takes; none by default.

        A function that has used up its time dies, as on Lambda.
        """
        return self._calls.takes

    @takes.setter
    def takes(self, takes: Callable[[Call], timedelta]) -> None:
        self._calls.takes = takes

    @property
    def deepest_chains(self) -> Mapping[str, int]:
        """How often one chain of requests has invoked each function, at most."""
        return self._lineage.deepest

    @property
    def stopped(self) -> list[str]:
        """The functions that Lambda did not invoke because their chain of requests was a loop, oldest first."""
        return self._lineage.stopped

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3 makes clients at run time
        """A boto3 client that may do everything."""
        return self._session.client(service)  # type: ignore[call-overload]

    def dead_letters(self) -> dict[str, list[str]]:
        """The bodies in each dead-letter queue that has any, by the queue's logical id."""
        queues = self._deployment.dead_letter_queues.items()
        bodies = {logical_id: WaitingQueue(REGION, url).bodies() for logical_id, url in queues}
        return {logical_id: found for logical_id, found in bodies.items() if found}

    def peak_mb(self, function: str) -> float:
        """The most memory that a separate function's process ever held, in MiB.

        Raises:
            TypeError: the function does not run in a process of its own.
        """
        runner = self._runners[function]
        if not isinstance(runner, Worker):
            raise TypeError(f"function {function} is not separate")
        return runner.peak_mb

    # --- making it work ---

    def invoke(self, function: str, event: object) -> object:
        """Invoke a function directly; what it raises passes through."""
        return self._invoke(function, event, self._lineage.chain(function))

    def _invoke(self, function: str, event: object, chain: Chain) -> object:
        runner = self._runners[function]
        # A watcher may invoke one function in the middle of another.
        of_another = self._calls.take_sent()
        try:
            return runner.invoke(event)
        except Exception:
            raise
        except BaseException:
            # The process is gone; an exception alone leaves a Lambda warm.
            runner.restart()
            raise
        finally:
            self._lineage.invoked(chain, self._calls.take_sent())
            self._calls.sent = of_another

    def run(self) -> dict[str, int]:
        """Invoke functions until no message is visible now.

        Returns:
            How many messages each function got.

        Raises:
            RuntimeError: there is no end to it.
        """
        handled: Counter[str] = Counter()
        for _ in range(_MOST_ROUNDS):
            counts = {source: self._poll(source) for source in self._deployment.sources}
            if not any(counts.values()):
                return dict(handled)
            for source, count in counts.items():
                if count:
                    handled[source.function] += count
        busy = [source.function for source, count in counts.items() if count]
        raise RuntimeError(f"messages still come after {_MOST_ROUNDS} rounds, for {busy}")

    def tick(self) -> dict[str, int]:
        """Fire the schedules that are due, each once, try again what failed before, then run."""
        now = self.clock.now()
        for schedule in self._deployment.schedules:
            if self._due[schedule.name] <= now:
                self._due[schedule.name] = schedule.times.after(now, self._started)
                content = schedule.event(now, self._deployment.place)
                self._try_event(WaitingEvent(schedule.function, content, sent_at=now, at=now))
        for event in self._waiting.take_due(now):
            self._try_event(event)
        return self.run()

    def advance(self, by: timedelta) -> dict[str, int]:
        """Move the clock ahead, then tick: a schedule missed several times fires once, at the end."""
        self.clock.advance(by)
        return self.tick()

    def settle(self, limit: timedelta = timedelta(hours=2)) -> dict[str, int]:
        """Run, and wait out delays and visibility timeouts, with schedules firing at their times.

        It ends when no message or failed event waits for a function any more, or would wait past `limit`.

        Returns:
            How many messages each function got.
        """
        end = self.clock.now() + limit
        handled = Counter(self.run())
        while (moment := self._next_moment()) is not None and moment <= end:
            self.clock.move_to(max(self.clock.now(), min([moment, *self._due.values()])))
            handled.update(self.tick())
        return dict(handled)

    def reset_data(self, at: datetime | None = None) -> None:
        """Empty tables, buckets and queues, and set the clock to `at`; functions stay warm."""
        wipe(REGION)
        self._calls.reset()
        self._lineage.reset()
        self.failures.clear()
        if at is not None:
            self.clock.set(at)
        self._plan()

    def _plan(self) -> None:
        """Count the schedules from now, with no event of theirs waiting."""
        self._waiting.clear()
        self._started = self.clock.now()
        self._due = {one.name: one.times.after(self._started, self._started) for one in self._deployment.schedules}

    def _next_moment(self) -> datetime | None:
        moments = [self._waiting.next_at(), self._next_visible()]
        return min((moment for moment in moments if moment is not None), default=None)

    def _next_visible(self) -> datetime | None:
        moments = [queue.next_visible(self.clock.now()) for queue in self._queues.values()]
        return min((moment for moment in moments if moment is not None), default=None)

    def _poll(self, source: QueueSource) -> int:
        """Give one batch to the function; how many messages that was."""
        if not self._queues[source.url].any_visible():
            return 0
        messages = sources.receive(self._sqs, source)
        chain = self._lineage.chain(source.function, (message["MessageId"] for message in messages))
        # The messages of an invocation that is throttled or stopped have failed, as those of one that raised.
        if messages and not self.throttled(source.function) and not self._lineage.is_stopped(source.function, chain):
            self.on_invocation(source.function, len(messages))
            worked, answer = self._try(source.function, sources.event(source, REGION, messages), chain)
            if worked:
                done = sources.succeeded(source, answer, messages)
                sources.delete(self._sqs, source, done)
                self._lineage.handled(message["MessageId"] for message in done)
        return len(messages)

    def _try_event(self, event: WaitingEvent) -> None:
        """Invoke a function with an event that nobody waits for; one that fails comes again."""
        now = self.clock.now()
        if self.throttled(event.function):
            self._waiting.throttle(event, now)
            return
        self.on_invocation(event.function, 0)
        worked, _ = self._try(event.function, event.content, self._lineage.chain(event.function))
        if not worked:
            self._waiting.fail(event, now)

    def _try(self, function: str, event: object, chain: Chain) -> tuple[bool, object]:
        """Whether the invocation ended well, and its answer."""
        try:
            return True, self._invoke(function, event, chain)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - Lambda lives on, whatever a function raises
            _LOG.info("function %s failed: %r", function, error)
            self.failures.append(Failure(function, error))
            return False, None


def _operator_session() -> boto3.Session:
    return boto3.Session(aws_access_key_id="operator", aws_secret_access_key="none", region_name=REGION)  # noqa: S106


def _check_poller(source: QueueSource, role: Role) -> None:
    for action in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes", "ChangeMessageVisibility"):
        if missing := role.missing(Need(f"sqs:{action}", (source.arn,))):
            raise PermissionError(
                f"the role of function {source.function} lacks {missing.action} for its queue {source.arn}"
            )


__all__ = ["Call", "Crash", "Failure", "Stack", "StackClock"]

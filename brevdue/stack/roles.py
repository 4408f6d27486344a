"""A function's AWS session, which refuses what the function's role does not allow.

boto3 and moto ask nobody for permission. A session made here does, before each
call, with the policies of template.yaml, and answers as AWS would.
"""

import threading
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal

import boto3
import botocore.session
from botocore.exceptions import ClientError, ParamValidationError
from botocore.loaders import Loader
from botocore.validate import ParamValidator

from brevdue.stack.permissions import Need, Params, Place, bucket_arn, holder, needs, needs_on_key
from brevdue.stack.policies import Answer, Document, Policies, ResourcePolicy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from botocore.model import OperationModel

# Service: the error code and HTTP status of a refusal.
_REFUSALS: Final = {
    "s3": ("AccessDenied", 403),
    "sqs": ("AccessDenied", 403),
    "sesv2": ("AccessDeniedException", 403),
}
_OTHER_REFUSAL: Final = ("AccessDeniedException", 400)
_NOT_FOUND: Final = 404
_CONTEXT_KEY: Final = "brevdue_call"
_VALIDATOR: Final = ParamValidator()


class Crash(BaseException):
    """The Lambda dies here. Nothing that catches `Exception` sees it."""


@dataclass(frozen=True, slots=True)
class Call:
    """One AWS call by a function.

    Attributes:
        function: short name.
        service: as boto3 names it, "dynamodb".
        operation: as AWS names it, "PutItem".
        resource: ARN of what it acts on, the first of several; empty where that is not known.
        number: 1 for the function's first call since the stack was deployed or emptied.
        phase: before the call is made, or after it took effect.
        params: its parameters, as boto3 takes them.
    """

    function: str
    service: str
    operation: str
    resource: str
    number: int
    phase: Literal["before", "after"]
    params: Params = field(default_factory=dict, compare=False, repr=False)


class Calls:
    """Counts the calls of all functions, and shows them to whoever watches.

    Attributes:
        watcher: called before and after each call; may raise `Crash`.
        takes: how much of its invocation's time a call takes; none by default.
        refusals: the messages of all calls that were refused.
        asked: what the calls asked for: service, operation, and the members of the request.
        sent: ids of the messages that the calls put into queues, since they were last taken.
    """

    def __init__(self) -> None:
        self.watcher: Callable[[Call], None] | None = None
        self.takes: Callable[[Call], timedelta] = lambda _call: timedelta(0)
        self.refusals: list[str] = []
        self.asked: set[tuple[str, str, frozenset[str]]] = set()
        self.sent: list[str] = []
        self._counts: dict[str, int] = {}
        self._lock = threading.Lock()

    def count(self, function: str) -> int:
        """The number of the function's next call."""
        with self._lock:
            self._counts[function] = self._counts.get(function, 0) + 1
            return self._counts[function]

    def show(self, call: Call) -> None:
        """Show `call` to the watcher."""
        if self.watcher is not None:
            self.watcher(call)

    def reset(self) -> None:
        """Count from the beginning, and forget the refusals, what was asked for and what was sent."""
        self._counts.clear()
        self.refusals.clear()
        self.asked.clear()
        self.sent.clear()

    def take_sent(self) -> list[str]:
        """The ids of the messages that were sent since this was last asked."""
        taken, self.sent = self.sent, []
        return taken


@dataclass(frozen=True, slots=True)
class Guards:
    """What has a say of its own in who uses it.

    Attributes:
        policies: of buckets and keys, by ARN.
        keys: the ARN of the key, by the ARN of the bucket, table or queue that it encrypts.
    """

    policies: "Mapping[str, ResourcePolicy]" = field(default_factory=dict)
    keys: "Mapping[str, str]" = field(default_factory=dict)

    @classmethod
    def read(cls, documents: "Mapping[str, Document]", keys: "Mapping[str, str]") -> "Guards":
        """From policy documents by ARN.

        Raises:
            UnknownPolicyError: a document says something that cannot be judged.
        """
        return cls({arn: ResourcePolicy.read(document) for arn, document in documents.items()}, keys)


@dataclass(frozen=True, slots=True)
class Role:
    """What one function may do.

    Attributes:
        arn: the role's, which the policies of keys and buckets see.
        guards: of the account's other resources; by default there are none.
    """

    function: str
    policies: Policies
    place: Place
    arn: str = ""
    guards: Guards = field(default_factory=Guards)

    def refusal(self, service: str, operation: str, params: Params) -> str | None:
        """Why the call is refused; None where it is allowed."""
        wanted = needs(service, operation, params, self.place)
        if wanted is None:
            return f"{service} {operation} is not in brevdue/stack/permissions.py: add what it needs"
        missing = next((lack for need in wanted if (lack := self.missing(need))), None)
        return None if missing is None else self._message(missing)

    def resource(self, service: str, operation: str, params: Params) -> str:
        """What a call acts on, the first of several; empty where that is not known."""
        return next((need.resources[0] for need in needs(service, operation, params, self.place) or ()), "")

    def missing(self, need: Need) -> Need | None:
        """What is not allowed: the need itself, or what it brings with it on a key; None where all is."""
        if not self.allows(need):
            return need
        key = self.guards.keys.get(holder(need.resources[0]))
        on_key = needs_on_key(need, key, self.place) if key else ()
        return next((one for one in on_key if not self.allows(one)), None)

    def allows(self, need: Need) -> bool:
        """Whether one of the need's resources is allowed, whatever that is encrypted with."""
        facts = {"aws:securetransport": ("true",), "aws:principalarn": (self.arn,), **need.facts}
        return any(self._allows(need.action, resource, facts) for resource in need.resources)

    def _allows(self, action: str, resource: str, facts: "Mapping[str, tuple[str, ...]]") -> bool:
        guard = self.guards.policies.get(holder(resource))
        answer = guard.answer(self.arn, action, resource, facts) if guard else Answer.NOTHING
        if answer is Answer.DENIED or self.policies.deny(action, resource, facts):
            return False
        if answer is Answer.ALLOWED:
            return True
        # A key is ruled by its own policy; a role's counts where that leaves it to the account.
        heard = guard is None or answer is Answer.LEFT_TO_THE_ACCOUNT or not action.startswith("kms:")
        return heard and self.policies.allow(action, resource, facts)

    def _message(self, need: Need) -> str:
        resource = need.resources[0]
        return (
            f"function {self.function} is not authorized to perform: {need.action} on resource: {resource}, because no"
            f" statement of its role in template.yaml allows it, or the policy of the resource does not. Missing:"
            f" {{Effect: Allow, Action: {need.action}, Resource: {resource}}}"
        )


class RoleSession:
    """The AWS session of one Lambda instance: clients made from it act under the function's role.

    It dies with its Lambda: after a `Crash` no further call gets through, not
    even from a `finally` or from another thread.
    """

    def __init__(self, role: Role, calls: Calls) -> None:
        self._role = role
        self._calls = calls
        self._crash: Crash | None = None
        self._time = timedelta.max
        session = botocore.session.Session()
        session.register_component("data_loader", _loader())
        session.register("provide-client-params", self._before)
        session.register("before-call.s3", self._to_its_owner)
        session.register("after-call", self._after)
        self.boto3 = boto3.Session(
            aws_access_key_id=role.function,
            aws_secret_access_key="none",  # noqa: S106 - nobody checks it
            region_name=role.place.region,
            botocore_session=session,
        )

    def begin(self, timeout: timedelta) -> None:
        """Begin an invocation that dies after this time."""
        self._time = timeout

    def time_left(self) -> timedelta:
        """What its calls have left of the invocation's time."""
        return max(timedelta(0), self._time)

    def _before(self, **event: Any) -> None:  # noqa: ANN401 - botocore's events are free-form
        """On provide-client-params, the first event of a call."""
        model: OperationModel = event["model"]
        service, operation = model.service_model.service_name, model.name
        function = self._role.function
        params: Params = event["params"]
        resource = self._role.resource(service, operation, params)
        call = Call(function, service, operation, resource, self._calls.count(function), "before", params)
        self._calls.asked.add((service, operation, frozenset(_members(params))))
        self._show(call)
        self._spend(self._calls.takes(call))
        # The functions' own clients validate nothing, and fail with a bare name or at AWS.
        shape = model.input_shape
        if shape is not None and (report := _VALIDATOR.validate(params, shape).generate_report()):
            raise ParamValidationError(report=report)
        if why := self._role.refusal(service, operation, params):
            self._calls.refusals.append(why)
            code, status = _REFUSALS.get(service, _OTHER_REFUSAL)
            raise _error(code, status, why, operation)
        event["context"][_CONTEXT_KEY] = (call, params)

    def _to_its_owner(self, **event: Any) -> None:  # noqa: ANN401 - see _before
        """S3 refuses a call for a bucket that is another account's than the call says."""
        expected = event["params"]["headers"].get("x-amz-expected-bucket-owner", self._role.place.account)
        if expected != self._role.place.account:
            raise _error("AccessDenied", 403, f"the bucket is not of account {expected}", event["model"].name)

    def _after(self, **event: Any) -> None:  # noqa: ANN401 - see _before
        """On after-call, which comes for errors too."""
        call, params = event["context"][_CONTEXT_KEY]
        if call.service == "sqs":
            self._calls.sent += _sent(event["parsed"])
        self._show(replace(call, phase="after"))
        if event["http_response"].status_code == _NOT_FOUND and call.operation in {"GetObject", "HeadObject"}:
            self._hide_missing(call.operation, params)

    def _hide_missing(self, operation: str, params: Params) -> None:
        """S3 tells what is missing, a key or a version, only to those who may list such, under whatever prefix."""
        listing = "s3:ListBucketVersions" if params.get("VersionId") else "s3:ListBucket"
        if not self._role.allows(Need(listing, (bucket_arn(params),))):
            code = "AccessDenied" if operation == "GetObject" else "403"
            raise _error(code, 403, "Forbidden", operation)

    def _spend(self, time: timedelta) -> None:
        """Let a call take its time; Lambda kills the function that has none left."""
        self._time -= time
        if self._time <= timedelta(0):
            self._crash = Crash(f"function {self._role.function} timed out")
            raise self._crash

    def _show(self, call: Call) -> None:
        if self._crash is not None:
            raise self._crash
        try:
            self._calls.show(call)
        except Crash as crash:
            self._crash = crash
            raise


def _members(params: Params) -> "Iterator[str]":
    """The members of a request, and of the structures in its lists behind a dot."""
    for name, value in params.items():
        yield name
        if isinstance(value, list):
            yield from {f"{name}.{member}" for entry in value if isinstance(entry, dict) for member in entry}


def _sent(answer: dict[str, Any]) -> list[str]:
    """The ids of the messages that SendMessage or SendMessageBatch has put into a queue."""
    entries = answer.get("Successful", [answer])
    return [entry["MessageId"] for entry in entries if "MessageId" in entry]


@cache
def _loader() -> Loader:
    """One for all sessions: it keeps the service models it has read."""
    loader = botocore.session.Session().get_component("data_loader")
    assert isinstance(loader, Loader)  # noqa: S101 - tells the type
    return loader


def _error(code: str, status: int, message: str, operation: str) -> ClientError:
    return ClientError(
        {
            "Error": {"Code": code, "Message": message},
            "ResponseMetadata": {
                "RequestId": "",
                "HostId": "",
                "HTTPStatusCode": status,
                "HTTPHeaders": {},
                "RetryAttempts": 0,
            },
        },
        operation,
    )

"""What stands after a deploy."""

from dataclasses import dataclass, field
from typing import Any

from brevdue.stack.permissions import Place
from brevdue.stack.schedules import Schedule


@dataclass(frozen=True, slots=True)
class Function:
    """A Lambda function as deployed.

    Attributes:
        name: short name, the first part of its handler: "ingest".
        physical_name: the function's name on AWS.
        handler: "ingest.handler.lambda_handler".
        code: the folder that handler is imported from.
        environment: as the template gives it, resolved.
        role_arn: its role's.
        policies: the policy documents of its role.
        may_loop: whether one chain of requests may invoke it without end.
        retries: how often an event that it failed for comes again, where nobody waits for its answer.
        longest_wait_s: after which no such event comes any more.
    """

    name: str
    physical_name: str
    arn: str
    handler: str
    code: str
    memory_mb: int
    timeout_s: int
    environment: dict[str, str]
    role_arn: str
    policies: list[dict[str, Any]]
    may_loop: bool = False
    retries: int = 2
    longest_wait_s: int = 6 * 3600


@dataclass(frozen=True, slots=True)
class QueueSource:
    """A queue that a function polls.

    Attributes:
        function: the function's short name.
        report_failures: whether the function may report single messages as failed.
    """

    function: str
    url: str
    arn: str
    batch_size: int
    report_failures: bool


@dataclass(frozen=True, slots=True)
class Deployment:
    """A deployed template.

    Attributes:
        names: physical names, for queues URLs, by logical id.
        functions: by short name.
        sources: the enabled ones, in the template's order.
        dead_letter_queues: logical id to URL, of each queue that others redrive to.
        resource_policies: the policy documents of buckets and keys, by ARN.
        keys: the ARN of the key, by the ARN of the bucket, table or queue that it encrypts.
    """

    place: Place
    names: dict[str, str] = field(default_factory=dict)
    functions: dict[str, Function] = field(default_factory=dict)
    sources: list[QueueSource] = field(default_factory=list)
    schedules: list[Schedule] = field(default_factory=list)
    dead_letter_queues: dict[str, str] = field(default_factory=dict)
    resource_policies: dict[str, dict[str, Any]] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)

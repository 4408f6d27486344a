"""Lambda cuts loops of messages between functions: those that may be are known, and known to end."""

from collections.abc import Iterator
from typing import Any, Final

from tests.support.template import functions, resources, statements

#: Every loop that rights to send and to read make: why it ends, or why it is short.
LOOPS: Final = {
    ("fallback",): "Only the schedule's tick sends to the due queue; what reads it sends nothing there.",
    ("register",): "Each message begins after the letter at which the one before it stopped.",
}


def _attribute(value: Any) -> str:
    """The logical id of `!GetAtt Queue.Arn`."""
    name: str = value["Fn::GetAtt"][0]
    return name


def _reads(function: str) -> set[str]:
    events = functions()[function]["Events"].values()
    return {_attribute(event["Properties"]["Queue"]) for event in events if event["Type"] == "SQS"}


def _sends_to(function: str) -> set[str]:
    """The queues into which a function's messages, or S3's words of its objects, go."""
    queues = {
        _attribute(resource)
        for statement in statements(function)
        if "sqs:SendMessage" in statement["Action"]
        for resource in statement["Resource"]
    }
    return queues | {queue for prefix in _writes(function) for queue in _told_of(prefix)}


def _writes(function: str) -> set[str]:
    """The prefixes of the bucket under which a function puts objects, up to their first wildcard."""
    return {
        resource["Fn::Sub"].removeprefix("${Bucket.Arn}/").partition("*")[0]
        for statement in statements(function)
        if "s3:PutObject" in statement["Action"]
        for resource in statement["Resource"]
    }


def _told_of(prefix: str) -> Iterator[str]:
    """The queues that S3 tells of what is put under a prefix."""
    configurations = resources("AWS::S3::Bucket")["Bucket"]["NotificationConfiguration"]["QueueConfigurations"]
    for configuration in configurations:
        rules = {rule["Name"]: rule["Value"] for rule in configuration["Filter"]["S3Key"]["Rules"]}
        told = rules.get("prefix", "")
        if told.startswith(prefix) or prefix.startswith(told):
            yield _attribute(configuration["Queue"])


def _next() -> dict[str, set[str]]:
    """The functions that each function may have invoked by what it sends."""
    return {
        function: {other for other in functions() if _sends_to(function) & _reads(other)} for function in functions()
    }


def _loops() -> set[tuple[str, ...]]:
    """Every loop through functions, each from the first of its functions in the alphabet."""
    graph, found = _next(), set[tuple[str, ...]]()

    def follow(path: tuple[str, ...]) -> None:
        for function in graph[path[-1]]:
            if function == path[0]:
                found.add(path)
            elif function > path[0] and function not in path:
                follow((*path, function))

    for function in graph:
        follow((function,))
    return found


def test_every_loop_is_known_and_has_its_end() -> None:
    assert _loops() == set(LOOPS)


def test_who_may_send_to_its_own_queue_is_not_cut_and_nobody_else() -> None:
    allowed = {name for name, function in functions().items() if function.get("RecursiveLoop") == "Allow"}

    assert allowed == {name for name in functions() if _sends_to(name) & _reads(name)}


def test_no_function_but_the_canary_writes_where_the_bucket_tells_a_queue() -> None:
    told = {(function, queue) for function in functions() for prefix in _writes(function) for queue in _told_of(prefix)}

    # The canary begins a chain: no message leads to it.
    assert told == {("canary", "UploadsQueue")}
    assert _reads("canary") == set()
    assert set(_told_of("inbox/")) == {"UploadsQueue"}

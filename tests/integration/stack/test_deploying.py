"""Deploying: parameters, errors, and what is left afterwards."""

import io
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from brevdue.stack.policies import UnknownPolicyError
from brevdue.stack.stack import Stack, StackClock
from cloud import clock as cloud_clock
from tests.integration.stack.conftest import HOUR, Change, count_down, fail_for, invoked

RETRIES = """\
  ClerkRetries:
    Type: AWS::Lambda::EventInvokeConfig
    Properties:
      FunctionName: !Ref Clerk
      Qualifier: $LATEST
      MaximumRetryAttempts: {retries}
      MaximumEventAgeInSeconds: {age}

Outputs:
"""


def test_parameters_replace_defaults(sample_template: Path, start: datetime) -> None:
    log = io.StringIO()
    with Stack.deploy(sample_template, StackClock(start), parameters={"Greeting": "hej"}, log=log) as stack:
        stack.client("s3").put_object(Bucket=stack.names["Bucket"], Key="inbox/a", Body=b"text")
        stack.client("s3").put_object(Bucket=stack.names["Bucket"], Key="inbox/b", Body=b"bad")
        stack.run()
        item = stack.client("dynamodb").get_item(TableName=stack.names["Table"], Key={"pk": {"S": "inbox/a"}})["Item"]
    assert item["greeting"] == {"S": "hej eu-north-1"}
    assert log.getvalue() == "failed: inbox/b\n"


def test_unknown_parameter(sample_template: Path, start: datetime) -> None:
    with pytest.raises(ValueError, match="Farewell"):
        Stack.deploy(sample_template, StackClock(start), parameters={"Farewell": "hej"})


def test_closing_restores_the_clock(change: Change, sample_template: Path, start: datetime) -> None:
    with pytest.raises(NotImplementedError, match="fortnight"):
        Stack.deploy(change("rate(1 hour)", "rate(1 fortnight)"), StackClock(start))
    assert cloud_clock._source is cloud_clock._system_time
    with Stack.deploy(sample_template, StackClock(start)):
        assert cloud_clock.now() == start
    assert cloud_clock._source is cloud_clock._system_time


def test_references_between_what_moto_cannot_make(change: Change, start: datetime) -> None:
    Stack.deploy(change("!Ref Alarms", "!Ref UploadsPolicy"), StackClock(start)).close()


def test_references_to_what_moto_cannot_make(change: Change, start: datetime) -> None:
    with pytest.raises(ValueError, match=r"Intake refers to \['UploadsDeadAlarm'\]"):
        Stack.deploy(change("WORK_QUEUE: !Ref Work", "WORK_QUEUE: !Ref UploadsDeadAlarm"), StackClock(start))


def test_unknown_conditions(change: Change, start: datetime) -> None:
    with pytest.raises(UnknownPolicyError, match="aws:SourceIp"):
        Stack.deploy(change("s3:prefix: desk/*", "aws:SourceIp: 10.0.0.1"), StackClock(start))


def test_filters_on_queues(change: Change, start: datetime) -> None:
    filtered = change("BatchSize: 25", "FilterCriteria: {Filters: [{Pattern: '{}'}]}")
    with pytest.raises(NotImplementedError, match="filters"):
        Stack.deploy(filtered, StackClock(start))


def test_unknown_managed_policies(change: Change, start: datetime) -> None:
    managed = "Policies:\n        - arn:aws:iam::aws:policy/AmazonS3FullAccess\n        - Version"
    with pytest.raises(NotImplementedError, match="AmazonS3FullAccess"):
        Stack.deploy(change("Policies:\n        - Version", managed), StackClock(start))


def test_the_poller_needs_permission(change: Change, start: datetime) -> None:
    marker = "            - Effect: Allow\n              Action: dynamodb:UpdateItem\n"
    forbidding = "            - Effect: Deny\n              Action: sqs:DeleteMessage\n              Resource: '*'\n"
    with pytest.raises(PermissionError, match="sample_work lacks sqs:DeleteMessage"):
        Stack.deploy(change(marker, forbidding + marker), StackClock(start))


def test_a_function_may_be_allowed_to_loop(change: Change, start: datetime) -> None:
    template = change("RecursiveLoop: Terminate", "RecursiveLoop: Allow")
    with Stack.deploy(template, StackClock(start)) as stack:
        count_down(stack, 100)

        assert stack.deepest_chains["sample_loop"] == 101
        assert (stack.stopped, stack.dead_letters()) == ([], {})


def test_a_process_of_its_own_hides_no_chain(sample_template: Path, start: datetime) -> None:
    with Stack.deploy(sample_template, StackClock(start), separate={"sample_loop"}) as stack:
        count_down(stack, 100)

        assert stack.stopped == ["sample_loop"] * 3


@pytest.mark.parametrize(
    ("retries", "age", "expected"),
    [
        (0, 60, [timedelta(0)]),
        (1, 3600, [timedelta(0), timedelta(minutes=1)]),
        (2, 120, [timedelta(0), timedelta(minutes=1)]),
    ],
)
def test_the_template_may_ask_for_fewer_tries(
    change: Change, start: datetime, retries: int, age: int, expected: list[timedelta]
) -> None:
    template = change("Outputs:\n", RETRIES.format(retries=retries, age=age))
    with Stack.deploy(template, StackClock(start)) as stack:
        times = invoked(stack)
        fail_for(stack, 10)

        stack.advance(HOUR)
        stack.settle()

        assert times == expected

"""Functions in a process of their own."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

import boto3
import pytest

from brevdue.stack.stack import Stack, StackClock
from brevdue.stack.worker import FunctionError, Worker


@pytest.fixture(scope="module")
def log() -> StringIO:
    return StringIO()


@pytest.fixture(scope="module")
def deployed(sample_template: Path, start: datetime, log: StringIO) -> Iterator[Stack]:
    """The sample stack, with two functions in processes of their own."""
    separate = {"sample_clerk", "sample_intake"}
    with Stack.deploy(sample_template, StackClock(start), separate=separate, log=log) as stack:
        yield stack


def test_a_separate_function_works_like_any_other(stack: Stack) -> None:
    for key in ("inbox/a", "inbox/b"):
        stack.client("s3").put_object(Bucket=stack.names["Bucket"], Key=key, Body=b"text")
    stack.advance(timedelta(minutes=5))
    item = stack.client("dynamodb").get_item(TableName=stack.names["Table"], Key={"pk": {"S": "inbox/a"}})["Item"]
    assert item["at"] == {"S": "2026-11-18T10:05:00+00:00"}
    assert item["greeting"] == {"S": "hello eu-north-1"}
    assert item["done"] == {"N": "1"}


def test_its_memory_is_measured_and_its_output_kept(stack: Stack, log: StringIO) -> None:
    answer = stack.invoke("sample_clerk", {"hoard_mb": 1})
    assert answer == {"length": 1024 * 1024, "now": stack.clock.now().isoformat()}
    before = stack.peak_mb("sample_clerk")
    stack.invoke("sample_clerk", {"hoard_mb": 200})
    assert 10 < before < 150
    assert 190 < stack.peak_mb("sample_clerk") - before < 260
    assert "hoarding\n" in log.getvalue()


def test_its_role_holds_there_too(stack: Stack) -> None:
    event = {"call": ["s3", "delete_object"], "parameters": {"Bucket": stack.names["Bucket"], "Key": "a"}}
    with pytest.raises(FunctionError, match="s3:DeleteObject"):
        stack.invoke("sample_clerk", event)
    assert "sample_clerk" in stack.refusals[0]


def test_a_process_that_ends_starts_again(stack: Stack) -> None:
    worker = stack._runners["sample_clerk"]
    assert isinstance(worker, Worker)
    stack.invoke("sample_clerk", {"about": True})
    assert worker._process is not None
    worker._process.kill()
    with pytest.raises(FunctionError, match="ended"):
        stack.invoke("sample_clerk", {"about": True})
    assert stack.invoke("sample_clerk", {"about": True}) == {"name": stack.names["Clerk"], "left_ms": 20000}


def test_in_process_functions_have_no_measure(stack: Stack) -> None:
    with pytest.raises(TypeError, match="sample_work"):
        stack.peak_mb("sample_work")


def test_its_process_ends_with_the_stack(stack: Stack) -> None:
    worker = stack._runners["sample_clerk"]
    assert isinstance(worker, Worker)
    stack.invoke("sample_clerk", {"about": True})
    process = worker._process
    assert process is not None
    worker.close()
    assert process.returncode == 0


def test_a_client_in_this_process(stack: Stack) -> None:
    worker = stack._runners["sample_clerk"]
    assert isinstance(worker, Worker)
    client = boto3.client(
        "s3",
        endpoint_url=worker._endpoint,
        region_name="eu-north-1",
        aws_access_key_id="a",
        aws_secret_access_key="b",  # noqa: S106
    )
    client.put_object(Bucket=stack.names["Bucket"], Key="desk/a", Body=b"text")
    assert stack.client("s3").get_object(Bucket=stack.names["Bucket"], Key="desk/a")["Body"].read() == b"text"

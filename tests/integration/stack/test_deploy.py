"""The template is the only description of what is deployed."""

from pathlib import Path

import pytest

from brevdue.stack.stack import Stack


def test_names_are_physical(stack: Stack) -> None:
    assert stack.names["Work"].startswith("https://")
    assert stack.client("s3").head_bucket(Bucket=stack.names["Bucket"])
    assert stack.functions == ["sample_intake", "sample_work", "sample_loop", "sample_clerk"]


def test_what_cloudformation_on_moto_drops_is_there(stack: Stack) -> None:
    bucket, table = stack.names["Bucket"], stack.names["Table"]
    assert stack.client("s3").get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    backups = stack.client("dynamodb").describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    answer = stack.client("sqs").get_queue_attributes(QueueUrl=stack.names["Uploads"], AttributeNames=["All"])
    assert "s3.amazonaws.com" in answer["Attributes"]["Policy"]
    assert answer["Attributes"]["VisibilityTimeout"] == "120"


def test_environment_is_resolved(stack: Stack) -> None:
    stack.client("s3").put_object(Bucket=stack.names["Bucket"], Key="inbox/a", Body=b"text")
    stack.run()
    item = stack.client("dynamodb").get_item(TableName=stack.names["Table"], Key={"pk": {"S": "inbox/a"}})["Item"]
    assert item["greeting"] == {"S": "hello eu-north-1"}


def test_one_stack_at_a_time(stack: Stack, sample_template: Path) -> None:
    with pytest.raises(RuntimeError, match="close the other stack"):
        Stack.deploy(sample_template, stack.clock)


def test_outputs_are_resolved(stack: Stack) -> None:
    outputs = stack.client("cloudformation").describe_stacks()["Stacks"][0]["Outputs"]
    assert outputs[0]["OutputValue"] == stack.names["Bucket"]

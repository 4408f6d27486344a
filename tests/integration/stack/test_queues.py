"""From S3 over a queue to a function, and what becomes of messages that fail."""

import json
from datetime import UTC, datetime, timedelta

from brevdue.stack.deployment import QueueSource
from brevdue.stack.sources import event, receive, succeeded
from brevdue.stack.stack import Stack


def put(stack: Stack, key: str, text: str = "text") -> None:
    stack.client("s3").put_object(Bucket=stack.names["Bucket"], Key=key, Body=text.encode())


def send(stack: Stack, *bodies: str, **more: int) -> None:
    for body in bodies:
        stack.client("sqs").send_message(QueueUrl=stack.names["Work"], MessageBody=body, **more)


def done(stack: Stack, key: str) -> int:
    item = stack.client("dynamodb").get_item(TableName=stack.names["Table"], Key={"pk": {"S": key}}).get("Item", {})
    return int(item.get("done", {"N": "0"})["N"])


def test_the_test_event_of_s3_is_handled(stack: Stack) -> None:
    configuration = stack.client("s3").get_bucket_notification_configuration(Bucket=stack.names["Bucket"])
    del configuration["ResponseMetadata"]
    stack.client("s3").put_bucket_notification_configuration(
        Bucket=stack.names["Bucket"], NotificationConfiguration=configuration
    )
    assert stack.run() == {"sample_intake": 1}
    assert stack.failures == []


def test_an_upload_runs_through(stack: Stack) -> None:
    seen: list[tuple[str, int]] = []
    stack.on_invocation = lambda function, messages: seen.append((function, messages))
    put(stack, "inbox/blåbær 1.txt")
    put(stack, "outbox/not for us.txt")
    assert stack.run() == {"sample_intake": 1, "sample_work": 1}
    assert seen == [("sample_intake", 1), ("sample_work", 1)]
    assert done(stack, "inbox/blåbær 1.txt") == 1
    assert (stack.failures, stack.refusals, stack.dead_letters()) == ([], [], {})


def test_a_multipart_upload_is_one_event(stack: Stack) -> None:
    s3, place = stack.client("s3"), {"Bucket": stack.names["Bucket"], "Key": "inbox/big"}
    upload = s3.create_multipart_upload(**place)["UploadId"]
    part = s3.upload_part(**place, UploadId=upload, PartNumber=1, Body=b"text")
    parts = [{"PartNumber": 1, "ETag": part["ETag"]}]
    s3.complete_multipart_upload(**place, UploadId=upload, MultipartUpload={"Parts": parts})
    assert stack.run() == {"sample_intake": 1, "sample_work": 1}


def test_batches_are_as_large_as_the_template_says(stack: Stack) -> None:
    sizes: list[int] = []
    stack.on_invocation = lambda _function, messages: sizes.append(messages)
    send(stack, *(f"key {number}" for number in range(32)))
    stack.run()
    assert sizes == [25, 7]


def test_the_event_is_as_lambda_sends_it(stack: Stack) -> None:
    source = next(one for one in stack._deployment.sources if one.function == "sample_work")
    attributes = {"kind": {"DataType": "String", "StringValue": "letter"}}
    stack.client("sqs").send_message(
        QueueUrl=source.url, MessageBody="a", MessageGroupId="sender", MessageAttributes=attributes
    )
    (record,) = event(source, "eu-north-1", receive(stack.client("sqs"), source))["Records"]
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["attributes"]["SentTimestamp"] == str(int(stack.clock.now().timestamp() * 1000))
    assert record["attributes"]["MessageGroupId"] == "sender"
    assert record["messageAttributes"]["kind"]["stringValue"] == "letter"
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"].endswith(":" + source.url.rpartition("/")[2])
    assert {"messageId", "receiptHandle", "body", "md5OfBody", "awsRegion"} <= set(record)


def test_reported_failures_come_again_then_go_to_the_dead_letters(stack: Stack) -> None:
    put(stack, "inbox/good")
    put(stack, "inbox/bad", "bad")
    stack.run()
    assert done(stack, "inbox/good") == 1
    assert stack.run() == {}
    assert stack.advance(timedelta(seconds=119)) == {}
    assert stack.advance(timedelta(seconds=1)) == {"sample_intake": 1}
    assert stack.dead_letters() == {}
    assert stack.advance(timedelta(seconds=120)) == {}
    ((body,),) = stack.dead_letters().values()
    assert json.loads(body)["Records"][0]["s3"]["object"]["key"] == "inbox/bad"
    assert done(stack, "inbox/good") == 1


def test_reports_are_ignored_where_the_template_does_not_ask_for_them(stack: Stack) -> None:
    send(stack, "bad")
    stack.settle()
    assert done(stack, "bad") == 1
    assert stack.dead_letters() == {}


def test_an_exception_fails_the_whole_batch(stack: Stack) -> None:
    send(stack, "fine", "worse")
    assert stack.settle() == {"sample_work": 6}
    assert stack.dead_letters() == {"WorkDead": ["fine", "worse"]}
    assert done(stack, "fine") == 3
    assert [(one.function, str(one.error)) for one in stack.failures] == [("sample_work", "worse")] * 3


def test_delays_follow_the_clock(stack: Stack) -> None:
    send(stack, "later", DelaySeconds=600)
    assert stack.run() == {}
    before = stack.clock.now()
    assert stack.settle() == {"sample_work": 1}
    assert timedelta(0) <= stack.clock.now() - before - timedelta(seconds=600) < timedelta(seconds=1)


def test_settling_stops_at_its_limit(stack: Stack) -> None:
    send(stack, "later", DelaySeconds=600)
    assert stack.settle(timedelta(minutes=9)) == {}
    assert stack.settle(timedelta(minutes=11)) == {"sample_work": 1}


def test_a_message_made_visible_is_there_at_once(stack: Stack) -> None:
    send(stack, "a")
    sqs, url = stack.client("sqs"), stack.names["Work"]
    handle = sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)
    assert stack.run() == {"sample_work": 1}


def test_messages_do_not_outlive_their_retention(stack: Stack) -> None:
    send(stack, "old")
    assert stack.advance(timedelta(days=5)) == {}


def test_waiting_for_messages_does_not_stop_the_world(stack: Stack) -> None:
    assert "Messages" not in stack.client("sqs").receive_message(QueueUrl=stack.names["Uploads"])


def test_resetting_empties_everything(stack: Stack) -> None:
    put(stack, "inbox/a")
    for _ in range(2):
        put(stack, "outbox/large enough for a temporary file", "x" * 6_000_000)
    send(stack, "worse")
    stack.run()
    stack.reset_data(at=stack.clock.now() - timedelta(days=1))
    assert stack.run() == {}
    assert stack.client("dynamodb").scan(TableName=stack.names["Table"])["Items"] == []
    assert "Versions" not in stack.client("s3").list_object_versions(Bucket=stack.names["Bucket"])
    assert stack.failures == []
    put(stack, "inbox/a")
    assert stack.run() == {"sample_intake": 1, "sample_work": 1}


def test_a_clock_far_from_the_real_one(stack: Stack) -> None:
    stack.reset_data(at=datetime(2041, 2, 28, 23, 59, tzinfo=UTC))
    put(stack, "inbox/a")
    assert stack.run() == {"sample_intake": 1, "sample_work": 1}
    head = stack.client("s3").head_object(Bucket=stack.names["Bucket"], Key="inbox/a")
    assert head["LastModified"] == stack.clock.now()


def test_what_counts_as_an_answer() -> None:
    messages = [{"MessageId": "1"}, {"MessageId": "2"}]
    reporting = QueueSource("f", "url", "arn", 10, report_failures=True)
    deaf = QueueSource("f", "url", "arn", 10, report_failures=False)

    def kept(source: QueueSource, answer: object) -> list[str]:
        return [one["MessageId"] for one in succeeded(source, answer, messages)]  # type: ignore[arg-type]

    nothing: list[object] = [None, {}, {"batchItemFailures": None}, {"batchItemFailures": []}]
    for empty in nothing:
        assert kept(reporting, empty) == ["1", "2"]
    assert kept(reporting, {"batchItemFailures": [{"itemIdentifier": "2"}]}) == ["1"]
    for unreadable in (
        "done",
        {"batchItemFailures": [{"itemIdentifier": ""}]},
        {"batchItemFailures": [{"itemIdentifier": None}]},
        {"batchItemFailures": [{"id": "1"}]},
        {"batchItemFailures": ["1"]},
        {"batchItemFailures": 1},
        {"batchItemFailures": [{"itemIdentifier": "unknown"}]},
    ):
        assert kept(reporting, unreadable) == []
        assert kept(deaf, unreadable) == ["1", "2"]

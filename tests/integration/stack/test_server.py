"""The stack is served to AWS clients outside."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from threading import Event, Thread

from brevdue.stack.server import serve
from brevdue.stack.stack import Stack, StackClock


def test_it_is_served_to_clients_outside(sample_template: Path) -> None:
    with Stack.deploy(sample_template, StackClock.real()) as stack:
        url: list[str] = []
        listening, stop = Event(), Event()

        def ready(address: str) -> None:
            url.append(address)
            listening.set()

        serving = Thread(target=serve, args=(stack,), kwargs={"ready": ready, "stop": stop, "every_s": 0.01})
        serving.start()
        try:
            assert listening.wait(30)
            assert url[0].startswith("http://127.0.0.1:")
            assert found_by_stranger(url[0], stack.names) == "text"
        finally:
            stop.set()
            serving.join(30)
        assert not serving.is_alive()


# A client in a process of its own, which knows nothing but the address.
STRANGER = """
import boto3, sys, time
url, bucket, table, queue = sys.argv[1:]
def client(service):
    return boto3.client(service, endpoint_url=url, region_name="eu-north-1",
                        aws_access_key_id="me", aws_secret_access_key="me")
client("s3").put_object(Bucket=bucket, Key="inbox/a", Body=b"text")
assert "Messages" not in client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=20)
for _ in range(1000):
    item = client("dynamodb").get_item(TableName=table, Key={"pk": {"S": "inbox/a"}}).get("Item", {})
    if "done" in item:
        print(item["text"]["S"])
        break
    time.sleep(0.05)
"""


def found_by_stranger(url: str, names: Mapping[str, str]) -> str:
    arguments = [url, names["Bucket"], names["Table"], names["UploadsDead"]]
    done = subprocess.run(  # noqa: S603 - the script above
        [sys.executable, "-c", STRANGER, *arguments], capture_output=True, text=True, timeout=120, check=True
    )
    return done.stdout.strip()

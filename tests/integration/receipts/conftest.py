from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import boto3
import pytest
from moto import mock_aws

from cloud import clients
from cloud.batches import Batches
from cloud.bucket import Bucket
from cloud.table import Table
from receipts.service import Receipts
from tests.integration.receipts.world import Calls, World, make_stores


@pytest.fixture
def make_world(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], World]]:
    """Makes worlds, each with a bucket and a table of its own."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-north-1")
    monkeypatch.setenv("BUCKET_OWNER", "123456789012")
    with mock_aws():
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
        s3, dynamodb = clients.s3(), clients.dynamodb()
        watched = [Calls()]

        def before(event_name: str, **_: Any) -> None:
            watched[-1].before(event_name)

        for client in (s3, dynamodb):
            client.meta.events.register_first("before-send", before)

        def made_anew() -> World:
            # Names of its own, and nothing is taken away: another test's stack may be up in this process.
            name = f"receipts-{uuid4().hex}"
            make_stores(s3, dynamodb, name)
            bucket, batches = Bucket(s3, name), Batches(Table(dynamodb, name))
            return World(
                name=name,
                s3=s3,
                dynamodb=dynamodb,
                bucket=bucket,
                batches=batches,
                receipts=Receipts(bucket=bucket, batches=batches),
                watched=watched,
            )

        yield made_anew


@pytest.fixture
def world(make_world: Callable[[], World]) -> World:
    return make_world()

"""The inside of moto: all that the stack knows of it and that its API does not offer.

moto follows the wall clock, and wires S3 to SQS with thinner events than AWS
sends. `moto_follows` mends this while a stack is open. moto is not thread-safe
either: `LOCK` is held for each request, whether from this process or through the
server.
"""

import datetime as dt
import inspect
import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime, tzinfo
from functools import wraps
from importlib.metadata import version
from threading import RLock
from types import SimpleNamespace
from typing import Any, Final
from unittest.mock import patch
from urllib.parse import quote_plus

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from moto import mock_aws
from moto.cloudformation.models import cloudformation_backends
from moto.cloudformation.parsing import clean_json, get_model_map
from moto.core import utils as moto_utils
from moto.core.models import DEFAULT_ACCOUNT_ID, botocore_stubber
from moto.core.utils import unix_time_millis
from moto.dynamodb.models import dynamodb_backends
from moto.kms.models import kms_backends
from moto.kms.responses import KmsResponse
from moto.kms.utils import ECDSAPrivateKey, generate_private_key
from moto.s3 import notifications
from moto.s3.models import FakeBucket, FakeKey, S3Backend, s3_backends
from moto.s3.utils import _VersionedKeyStore
from moto.ses.models import ses_backends
from moto.sesv2.responses import SESV2Response
from moto.sqs.models import Message, SQSBackend, sqs_backends

from brevdue.stack import quicker, refusals
from brevdue.stack.bus import BUS
from brevdue.stack.clock import StackClock
from brevdue.stack.mail import MAIL, sending
from brevdue.stack.sms import SMS, answering

ACCOUNT: Final = DEFAULT_ACCOUNT_ID
LOCK: Final = RLock()


@contextmanager
def moto_follows(clock: StackClock) -> Iterator[None]:
    """Mock AWS, on this clock, until the context ends; then all data are gone.

    Raises:
        RuntimeError: a stack is open already; moto has one set of data a process.
    """
    if botocore_stubber.enabled:
        raise RuntimeError("moto is in use: close the other stack of this process first")
    mends = [
        mock_aws(),
        _mend(moto_utils, "datetime", lambda _: _datetime_module(clock)),
        _mend(botocore_stubber, "process_request", lambda process: _locked(answering(quicker.by_host(process)))),
        _mend(SESV2Response, "send_email", sending),
        patch.object(BUS, "rules", []),
        patch.object(MAIL, "events", {}),
        patch.object(SMS, "configuration_sets", set()),
        _mend(Message, "visible", lambda _: property(_visible)),
        _mend(SQSBackend, "receive_message", _receive_at_once),
        _mend(notifications, "_get_s3_event", _like_s3),
        _mend(notifications, "send_event", _once_an_upload),
        _mend(KmsResponse, "sign", _sign_digests),
        _mend(S3Backend, "list_object_versions", _behind_marker),
    ]
    with ExitStack() as patched:
        for mend in mends:
            patched.enter_context(mend)
        for patcher in [*quicker.patches(), *refusals.patches()]:
            patched.enter_context(patcher)
        yield


def _mend(owner: object, name: str, mended: Callable[[Any], object]) -> AbstractContextManager[object]:
    """Patch what moto does otherwise than AWS.

    Args:
        owner: a class, a module or an object of moto's.
        name: of the attribute.
        mended: from what is there to what is put in its place.

    Raises:
        RuntimeError: moto has no such thing in this version, so nobody knows what it does instead.
    """
    if not hasattr(owner, name):
        raise RuntimeError(f"moto {version('moto')} was not tried: {owner} has no {name}, which the stack has to mend")
    return patch.object(owner, name, mended(getattr(owner, name)))


def deployable(resource_type: str) -> bool:
    """Whether moto's CloudFormation makes resources of this type."""
    return resource_type in get_model_map()


class _LeftOut:
    """Stands for a resource that moto cannot make, where others refer to it."""

    def __init__(self, logical_id: str) -> None:
        self.physical_resource_id = logical_id

    def get_cfn_attribute(self, attribute: str) -> str:
        return f"{self.physical_resource_id}.{attribute}"


class DeployedStack:
    """A stack that moto's CloudFormation made.

    Args:
        region: where it is.
        stack_id: as create_stack answered.
        left_out: logical ids that moto does not know but others refer to.
    """

    def __init__(self, region: str, stack_id: str, left_out: list[str]) -> None:
        self._map = cloudformation_backends[ACCOUNT][region].stacks[stack_id].resource_map
        self._map._parsed_resources.update({name: _LeftOut(name) for name in left_out})  # noqa: SLF001

    def exists(self, resource: Mapping[str, Any]) -> bool:
        """Whether the condition of this resource of the template holds."""
        condition = resource.get("Condition")
        return condition is None or bool(self._map.lazy_condition_map[condition])

    def physical_id(self, logical_id: str) -> str:
        """The name, for a queue the URL; the logical id of what has no name."""
        resource: Any = self._map[logical_id]
        return str(getattr(resource, "physical_resource_id", logical_id))

    def resolved(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        """The properties with their intrinsic functions evaluated."""
        resolved: dict[str, Any] = clean_json(properties, self._map)
        return resolved


class WaitingQueue:
    """Looks into a queue without receiving from it."""

    def __init__(self, region: str, url: str) -> None:
        self._queue = sqs_backends[ACCOUNT][region].get_queue(url.rpartition("/")[2])

    def any_visible(self) -> bool:
        """Whether a receive would get a message now."""
        with LOCK:
            return any(message.visible and not message.delayed for message in self._queue._messages)  # noqa: SLF001

    def next_visible(self, now: datetime) -> datetime | None:
        """When, after `now`, the first delayed or received message becomes visible."""
        now_ms = now.timestamp() * 1000
        with LOCK:
            moments = [max(message.visible_at, message.delayed_until) for message in self._queue._messages]  # noqa: SLF001
        later = min((moment for moment in moments if moment > now_ms), default=None)
        # A whole millisecond on: a float cut to microseconds could fall short.
        return None if later is None else datetime.fromtimestamp((later + 1) / 1000, UTC)

    def bodies(self) -> list[str]:
        """The bodies of all messages, in the order in which they came."""
        with LOCK:
            return [message.body for message in self._queue._messages]  # noqa: SLF001


def become_signing_key(region: str, key_id: str, spec: str, usage: str) -> None:
    """Give a key of moto's KMS its kind: CloudFormation there makes keys that encrypt, whatever the template says."""
    with LOCK:
        key = kms_backends[ACCOUNT][region].keys[key_id]
        key.key_spec, key.key_usage, key.private_key = spec, usage, generate_private_key(spec)


def wipe(region: str) -> None:
    """Empty all tables, buckets and queues, and forget what was sent by mail and SMS."""
    with LOCK:
        for table in dynamodb_backends[ACCOUNT][region].tables.values():
            table.items.clear()
        for bucket in s3_backends[ACCOUNT]["aws"].buckets.values():
            for _, versions in bucket.keys.lists():
                for version in versions:
                    # Large ones are temporary files.
                    if isinstance(version, FakeKey):
                        version.dispose()
            bucket.keys.clear()
            bucket.multiparts.clear()
        for queue in sqs_backends[ACCOUNT][region].queues.values():
            queue._messages = []  # noqa: SLF001
            queue._pending_messages = set()  # noqa: SLF001
            queue.deleted_messages = set()
        ses_backends[ACCOUNT][region].sent_messages.clear()
        MAIL.reset()
        SMS.reset()


def _datetime_module(clock: StackClock) -> SimpleNamespace:
    """`datetime` as moto.core.utils sees it; all of moto that tells the time asks there."""

    class StackTime(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override] # a plain datetime will do
            return clock.now().astimezone(tz)

    return SimpleNamespace(**{**vars(dt), "datetime": StackTime})


def _locked(process: Callable[..., Any]) -> Callable[..., Any]:
    def process_alone(*args: Any) -> Any:  # noqa: ANN401 - moto's own types
        with LOCK:
            return process(*args)

    return process_alone


def _visible(message: Message) -> bool:
    """Visible from the moment on, not only after it: a clock that stands still never comes to "after"."""
    return not message.visible_at or unix_time_millis() >= message.visible_at


def _receive_at_once(receive: Callable[..., list[Message]]) -> Callable[..., list[Message]]:
    """Receive without waiting, after dropping what is past its retention.

    A wait would hold the lock, or on a clock that stands still never end.
    """

    def receive_now(backend: SQSBackend, name: str, count: int, _wait: int, *rest: object) -> list[Message]:
        queue = backend.get_queue(name)
        oldest = unix_time_millis() - 1000 * queue.message_retention_period  # type: ignore[attr-defined]
        queue._messages = [one for one in queue._messages if (one.sent_timestamp or 0) > oldest]  # noqa: SLF001
        return receive(backend, name, count, 0, *rest)

    return receive_now


def _like_s3(make_event: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Events with the version and the order of the object, and keys encoded as S3 does it."""
    sequence = itertools.count(1)

    def make_full_event(name: str, bucket: FakeBucket, key: FakeKey, notification_id: str) -> dict[str, Any]:
        event = make_event(name, bucket, key, notification_id)
        subject = event["Records"][0]["s3"]["object"]
        subject["key"] = quote_plus(key.name, safe="/")
        subject["sequencer"] = f"{next(sequence):018X}"
        if bucket.is_versioned:
            subject["versionId"] = key.version_id
        return event

    return make_full_event


def _behind_marker(list_versions: Callable[..., Any]) -> Callable[..., Any]:
    """List versions of the keys behind a marker, whether it is a key or not.

    moto leaves out the first version that it meets from the marker on: of a key behind it
    where the marker is none, even an empty one, and one alone of a key with several.
    """
    signature = inspect.signature(list_versions)

    @wraps(list_versions)
    def list_behind(*args: object, **kwargs: object) -> Any:  # noqa: ANN401 - moto's own types
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        asked = bound.arguments
        marker = asked["key_marker"] = asked["key_marker"] or None
        # With a delimiter a marker may be a prefix, and with a version it is a key that has more of them.
        if marker is None or asked["delimiter"] or asked["version_id_marker"]:
            return list_versions(*bound.args, **bound.kwargs)
        bucket = asked["self"].get_bucket(asked["bucket_name"])
        everything = bucket.keys
        bucket.keys = _VersionedKeyStore()
        for name in everything:
            if name > marker:
                bucket.keys.setlist(name, everything.getlist(name))
        asked["key_marker"] = None
        try:
            return list_versions(*bound.args, **bound.kwargs)
        finally:
            bucket.keys = everything

    return list_behind


def _sign_digests(sign: Callable[[KmsResponse], str]) -> Callable[[KmsResponse], str]:
    """Sign a digest as it is; moto takes it for a message, and makes a digest of it first."""

    def sign_digest(key: ECDSAPrivateKey, digest: bytes, _algorithm: str) -> bytes:
        return key.private_key.sign(digest, ECDSA(Prehashed(SHA256())))

    def sign_as_asked(response: KmsResponse) -> str:
        if response._get_param("MessageType") != "DIGEST":  # noqa: SLF001 - as moto itself reads it
            return sign(response)
        with patch.object(ECDSAPrivateKey, "sign", sign_digest):
            return sign(response)

    return sign_as_asked


def _once_an_upload(send: Callable[..., None]) -> Callable[..., None]:
    """Without the Put event that moto sends for a multipart upload, before the right one."""
    put = notifications.S3NotificationEvent.OBJECT_CREATED_PUT_EVENT

    def send_once(account: str, name: notifications.S3NotificationEvent, bucket: FakeBucket, key: FakeKey) -> None:
        if name != put or key.multipart is None:
            send(account, name, bucket, key)

    return send_once

"""moto and botocore, made quicker where they work through everything to find one thing.

The answers are the same: what mends them stands in `backend`, and is there already when
this is put around it. Ids that are drawn at random are drawn otherwise, at random too.
Without this a query costs as much as the whole table, a message as much as the whole
queue, an item more to write down than to find, and a call more to build and to route
than to answer.

So a patch whose target is gone, in a version of moto or botocore that was not tried,
is left out with a warning: what it made quicker is slow again, and right.
"""

import base64
import copy
import heapq
import inspect
import json
import pickle
import re
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cache
from http import HTTPStatus
from importlib.metadata import version
from io import BytesIO
from types import SimpleNamespace
from typing import Any, Final, NamedTuple
from unittest.mock import patch
from urllib.parse import unquote_to_bytes

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSPreparedRequest, AWSRequest, create_request_object
from botocore.endpoint import Endpoint, convert_to_response_dict
from botocore.hooks import first_non_none_response
from botocore.model import MapShape, OperationModel, Shape
from botocore.parsers import BaseJSONParser as ResponseParser
from botocore.parsers import create_parser
from botocore.serialize import JSONSerializer as RequestSerializer
from botocore.useragent import UserAgentString
from botocore.validate import ParamValidator
from moto import backend_index
from moto.core import responses
from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.parse import BaseJSONParser as RequestParser
from moto.core.request import Request, environ_key_for_header
from moto.core.serialize import AttributePickerContext, XFormedAttributePicker
from moto.core.serialize import BaseJSONSerializer as ResponseSerializer
from moto.core.utils import camelcase_to_underscores, unix_time_millis
from moto.dynamodb import responses as table_responses
from moto.dynamodb.models import utilities as items
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.models.table import Table
from moto.dynamodb.parsing import validators
from moto.dynamodb.parsing.ast_nodes import (  # type: ignore[attr-defined]
    DepthFirstTraverser,
    Expression,
    Node,
    UpdateExpressionFunction,
)
from moto.dynamodb.parsing.expressions import UpdateExpressionParser  # type: ignore[attr-defined]
from moto.moto_api._internal.moto_random import MotoRandom
from moto.s3 import models as objects
from moto.s3.models import S3Backend
from moto.s3.utils import _VersionedKeyStore
from moto.sqs.models import Message, Queue

#: What holds an attribute's value, by its kind; binary values are left out, for they are not JSON.
_PLAIN: Final = {"S": str, "N": str, "BOOL": bool, "NULL": bool}
_PLAIN_SETS: Final = frozenset({"SS", "NS"})
_SIGNED_AT: Final = "20000101T000000Z"
_AUTHORIZATION: Final = "AWS4-HMAC-SHA256 Credential=/20000101/{region}/{service}/aws4_request"
_AFTER_SCHEME: Final = len("https://")
_underscored: Final = cache(camelcase_to_underscores)


class Target(NamedTuple):
    """Something to be made quicker.

    Attributes:
        owner: a class or a module.
        name: of the attribute that is put in its place.
        quicker: from the attribute as it is now to the quicker one.
    """

    owner: object
    name: str
    quicker: Callable[[Any], object]


def _by(replacement: object) -> Callable[[Any], object]:
    """Something else in its place."""
    return lambda _: replacement


def _targets() -> Iterator[Target]:
    # Calls
    yield Target(UserAgentString, "to_string", _by(lambda _: "Brevdue"))
    yield Target(SigV4Auth, "add_auth", _by(_sign))
    yield Target(Endpoint, "make_request", _ask)
    yield Target(Request, "from_values", _by(classmethod(_from_values)))
    yield Target(BaseBackend, "urls", lambda urls: property(cache(urls.fget)))
    yield Target(BackendDict, "__eq__", _by(lambda one, other: one is other))
    yield Target(responses, "method_names_from_class", cache)
    yield Target(responses, "camelcase_to_underscores", _by(_underscored))
    yield Target(XFormedAttributePicker, "get_possible_keys", _possible_keys)
    yield Target(MotoRandom, "choice", _by(_choose))
    # Items
    yield Target(ParamValidator, "_validate_map", _trust_item)
    yield Target(RequestSerializer, "_serialize_type_map", _write_item)
    yield Target(RequestParser, "_parse_map", _read_item)
    yield Target(ResponseSerializer, "_serialize_type_map", _write_item)
    yield Target(ResponseParser, "_handle_map", _read_item)
    yield Target(items, "dynamo_to_dict", _unwrap_item)
    yield Target(table_responses, "dynamo_to_dict", _unwrap_item)
    yield Target(Item, "__init__", _by(_fill_item))
    yield Target(DynamoType, "size", _by(_size))
    yield Target(DynamoType, "to_regular_json", _by(_to_json))
    # Tables
    yield Target(Table, "query", _query_partition)
    yield Target(UpdateExpressionParser, "make", cache)
    yield Target(validators, "deepcopy", _by(_copied))
    yield Target(DepthFirstTraverser, "traverse", _by(_traverse))
    yield Target(Node, "find_clauses", _by(_find_clauses))
    # Queues
    yield Target(Message, "delayed", _by(property(_delayed)))
    yield Target(Queue, "attributes", _by(property(_QueueAttributes)))
    # Objects
    yield Target(S3Backend, "list_object_versions", _list_one_page)
    yield Target(objects, "copy", _by(SimpleNamespace(copy=copy.copy, deepcopy=_itself)))


def patches(targets: Iterable[Target] | None = None) -> list[AbstractContextManager[object]]:
    """The patches, to be entered; made of what is there now, so that mends have to be there before."""
    found: list[AbstractContextManager[object]] = []
    for owner, name, quicker in targets or _targets():
        if hasattr(owner, name):
            now = inspect.getattr_static(owner, name)
            # What a property makes is nothing to be wrapped, the property itself is.
            found.append(patch.object(owner, name, quicker(now if isinstance(now, property) else getattr(owner, name))))
        else:
            versions = f"moto {version('moto')} with botocore {version('botocore')}"
            warnings.warn(f"{versions} was not tried: {owner} has no {name}, and stays slow", stacklevel=2)
    return found


def by_host(process: Callable[..., Any]) -> Callable[..., Any]:
    """Look for the service of a call among those at its host, not among all of AWS.

    To be called by one thread at a time.
    """
    everything = backend_index.backend_url_patterns

    @cache
    def at(host: str) -> list[tuple[str, re.Pattern[str]]]:
        return [(service, pattern) for service, pattern in everything if pattern.match(host)] or everything

    def process_by_host(request: AWSPreparedRequest) -> Any:  # noqa: ANN401 - moto's own types
        backend_index.backend_url_patterns = at(request.url[: request.url.find("/", _AFTER_SCHEME)])
        try:
            return process(request)
        finally:
            backend_index.backend_url_patterns = everything

    return process_by_host


def _ask(make_request: Callable[..., Any]) -> Callable[..., Any]:
    """Ask moto straight away: there is no network to sign for, and nothing to be gained from asking again.

    S3 is left as it is, for its requests change on their way.
    """
    make_parser = cache(create_parser)

    def ask(endpoint: Any, operation: OperationModel, request: dict[str, Any]) -> Any:  # noqa: ANN401 - botocore's own types
        service = operation.service_model
        if service.service_name == "s3":
            return make_request(endpoint, operation, request)
        request["headers"]["Authorization"] = _AUTHORIZATION.format(
            region=request["context"]["client_region"], service=service.signing_name
        )
        http = first_non_none_response(
            endpoint._event_emitter.emit(  # noqa: SLF001
                f"before-send.{service.service_id.hyphenize()}.{operation.name}",
                request=create_request_object(request).prepare(),
            )
        )
        if http is None:
            return make_request(endpoint, operation, request)
        answer = convert_to_response_dict(http, operation)
        parser: Any = make_parser(service.resolved_protocol)
        parsed = parser.parse(answer, operation.output_shape)
        if http.status_code >= HTTPStatus.MULTIPLE_CHOICES:
            endpoint._add_modeled_error_fields(answer, parsed, operation, parser)  # noqa: SLF001
        parsed["ResponseMetadata"]["RetryAttempts"] = 0
        return http, parsed

    return ask


def _sign(auth: Any, request: AWSRequest) -> None:  # noqa: ANN401 - botocore's own type
    """Say who asks: moto looks at nothing else of a signature."""
    request.context["timestamp"] = _SIGNED_AT
    auth._modify_request_before_signing(request)  # noqa: SLF001
    request.headers["Authorization"] = f"AWS4-HMAC-SHA256 Credential={auth.scope(request)}, SignedHeaders=, Signature="


def _from_values(  # noqa: PLR0913 - werkzeug's
    cls: type[Request],
    *,
    method: str,
    base_url: str,
    path: str,
    query_string: str,
    data: Any,  # noqa: ANN401 - bytes, text or a file
    headers: Iterable[tuple[str, str]],
) -> Request:
    """A call as a request, from its parts rather than by way of a builder."""
    scheme, _, host = base_url.partition("://")
    body = data.read() if hasattr(data, "read") else data
    body = body.encode() if isinstance(body, str) else body
    environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query_string,
        "RAW_URI": path,
        "SERVER_NAME": host.partition(":")[0],
        "SERVER_PORT": host.partition(":")[2] or {"http": "80", "https": "443"}[scheme],
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": scheme,
        "wsgi.input": BytesIO(body),
        "HTTP_HOST": host,
    }
    for name, value in headers:
        environ[environ_key_for_header(name)] = value
    environ["CONTENT_LENGTH"] = str(len(body))
    return cls(environ)


def _possible_keys(look: Callable[..., Iterable[str]]) -> Callable[..., Iterable[str]]:
    """Work out once under which names something may stand in a dict."""
    known: dict[tuple[Shape, str], list[str]] = {}

    def look_once(picker: XFormedAttributePicker, context: AttributePickerContext) -> Iterable[str]:
        if type(context.obj) is not dict:
            return look(picker, context)
        place = context.shape, context.key
        if place not in known:
            known[place] = list(look(picker, context))
        return known[place]

    return look_once


def _choose(random: MotoRandom, pool: Sequence[object]) -> object:
    """For ids of many letters. Which ones they are does not matter."""
    return pool[int(random.random() * len(pool))]


def _delayed(message: Message) -> bool:
    """As in moto, but without asking the time for messages without a delay: most of a long queue."""
    return bool(message.delayed_until) and unix_time_millis() < message.delayed_until


class _QueueAttributes(Mapping[str, object]):
    """A queue's attributes, worked out one at a time.

    moto works out all of them, and so counts the whole queue three times, to look
    up a single one for each message sent and received.
    """

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._names = [
            *queue.BASE_ATTRIBUTES,
            *(queue.FIFO_ATTRIBUTES if queue.fifo_queue else ()),
            *(queue.KMS_ATTRIBUTES if queue.kms_master_key_id else ()),  # type: ignore[attr-defined]
        ]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __getitem__(self, name: str) -> object:
        if name not in self._names:
            raise KeyError(name)
        value: object = getattr(self._queue, _underscored(name))
        if isinstance(value, bool):
            return str(value).lower()
        return json.dumps(value) if name == "RedrivePolicy" and value else value


def _query_partition(query: Callable[..., Any]) -> Callable[..., Any]:
    """Query a table with nothing in sight but the partition that is asked for."""
    signature = inspect.signature(query)

    def query_one(table: Table, hash_key: DynamoType | None, *args: object, **kwargs: object) -> Any:  # noqa: ANN401 - moto's own types
        asked = signature.bind(table, hash_key, *args, **kwargs).arguments
        if hash_key is None or asked.get("index_name"):
            return query(table, hash_key, *args, **kwargs)
        everything = table.items
        table.items = {hash_key: everything[hash_key]} if hash_key in everything else {}  # type: ignore[assignment]
        try:
            return query(table, hash_key, *args, **kwargs)
        finally:
            table.items = everything

    return query_one


def _list_one_page(list_versions: Callable[..., Any]) -> Callable[..., Any]:
    """List versions with nothing in sight but the names of one answer."""
    signature = inspect.signature(list_versions)

    def list_one(*args: object, **kwargs: object) -> Any:  # noqa: ANN401 - moto's own types
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        asked = bound.arguments
        if asked["delimiter"] or asked["version_id_marker"] or asked["max_keys"] is None:
            return list_versions(*args, **kwargs)
        bucket = asked["self"].get_bucket(asked["bucket_name"])
        everything, prefix, marker = bucket.keys, asked["prefix"], asked["key_marker"] or ""
        behind = (name for name in everything if name > marker and name.startswith(prefix))
        bucket.keys = _VersionedKeyStore()
        for name in heapq.nsmallest(asked["max_keys"] + 1, behind):
            bucket.keys.setlist(name, everything.getlist(name))
        try:
            return list_versions(*args, **kwargs)
        finally:
            bucket.keys = everything

    return list_one


def _itself(versions: list[object]) -> list[object]:
    """In place of deep copies of all versions with their bytes: a listing only marks which is the latest."""
    return versions


def _write_item(write: Callable[..., None]) -> Callable[..., None]:
    """Write an item down as it is: it is JSON already, as DynamoDB takes and answers it."""

    def write_quickly(
        writer: object, serialized: dict[str, Any], value: Mapping[str, object], shape: MapShape, key: str
    ) -> None:
        if _holds_items(shape) and _is_item(value):
            serialized[key] = value
        else:
            write(writer, serialized, value, shape, key)

    return write_quickly


def _read_item(read: Callable[..., object]) -> Callable[..., object]:
    """Take an item as it came, for the same reason."""

    def read_quickly(reader: object, shape: MapShape, value: object) -> object:
        return value if _holds_items(shape) and _is_item(value) else read(reader, shape, value)

    return read_quickly


def _trust_item(validate: Callable[..., None]) -> Callable[..., None]:
    """Find nothing wrong with an item where there is nothing."""

    def validate_quickly(validator: object, value: object, shape: MapShape, errors: object, name: str) -> None:
        if not _holds_items(shape) or not _is_item(value):
            validate(validator, value, shape, errors, name)

    return validate_quickly


def _holds_items(shape: MapShape) -> bool:
    return shape.value.name == "AttributeValue"


def _is_item(item: object) -> bool:
    """Whether an item is right and JSON, down to the last: one with binary values is not."""
    return isinstance(item, dict) and all(isinstance(name, str) and _is_plain(value) for name, value in item.items())


def _is_plain(value: object) -> bool:
    if not isinstance(value, dict) or len(value) != 1:
        return False
    ((kind, content),) = value.items()
    if kind in _PLAIN:
        return isinstance(content, _PLAIN[kind])
    if kind == "M":
        return _is_item(content)
    if kind == "L":
        return isinstance(content, list) and all(map(_is_plain, content))
    return kind in _PLAIN_SETS and isinstance(content, list) and all(isinstance(one, str) for one in content)


def _unwrap_item(unwrap: Callable[[object], object]) -> Callable[[object], object]:
    """Leave what is plain as it is, and do not look for more in what cannot hold more."""

    def unwrap_quickly(value: object) -> object:
        if isinstance(value, DynamoType) and value.type in _PLAIN:
            return {value.type: value.value}
        return value if _is_plain(value) else unwrap(value)

    return unwrap_quickly


def _fill_item(item: Item, hash_key: DynamoType, range_key: DynamoType | None, attrs: dict[str, Any]) -> None:
    """Weigh a new item once, with the last attribute, rather than with each."""
    item.hash_key = hash_key
    item.range_key = range_key
    item.attrs = LimitedSizeDict()
    attributes = [(name, DynamoType(value)) for name, value in attrs.items()]
    dict.update(item.attrs, attributes[:-1])
    for name, value in attributes[-1:]:
        item.attrs[name] = value


def _size(value: DynamoType) -> int:
    """As in moto, but not by way of copies of what is within."""
    content = value.value
    if isinstance(content, str):
        return len(content.encode())
    if isinstance(content, dict):
        return sum(len(name.encode()) + one.size() for name, one in content.items())
    if isinstance(content, list):
        return sum(one.size() if isinstance(one, DynamoType) else items.bytesize(one) for one in content)
    return 1 if isinstance(content, bool) else items.bytesize(content)


def _to_json(value: DynamoType) -> dict[str, Any]:
    """As in moto, but not by way of a copy of what is within at each level."""
    kind, content = value.type, value.value
    if kind == "M":
        return {kind: {name: one.to_regular_json() for name, one in content.items()}}
    if kind == "L":
        return {kind: [one.to_regular_json() for one in content]}
    if kind == "B" and isinstance(content, str):
        return {kind: base64.b64decode(content)}
    return {kind: copy.copy(content)}


def _copied(tree: Any) -> object:  # noqa: ANN401 - moto's own types
    """A copy of a parsed expression, which is the same many times over; of all else as ever."""
    if not isinstance(tree, Node):
        return copy.deepcopy(tree)
    if not hasattr(tree, "packed"):
        tree.packed = pickle.dumps(tree, pickle.HIGHEST_PROTOCOL)
    return pickle.loads(tree.packed)  # noqa: S301 - our own


def _traverse(traverser: DepthFirstTraverser, root: Node) -> Node:
    """Walk through an expression as in moto, but ask what is looked for once, not at each node."""
    wanted = traverser.nodes_to_be_processed()
    prepares = type(traverser).pre_processing_of_child is not DepthFirstTraverser.pre_processing_of_child

    def walk(node: Node, number: int) -> Node:
        parent = node.parent
        for child_number, child in enumerate(node.children or ()):
            if prepares:
                traverser.pre_processing_of_child(node, child_number)
            if _is_a(child.__class__, (Node,)):
                walk(child, child_number)
        if _is_a(node.__class__, wanted):
            node = traverser.process(node)
            node.parent = parent
            if parent:
                parent.children[number] = node
        return node

    return walk(root, -1)


def _find_clauses(node: Node, kinds: Collection[type[Node]]) -> list[Node]:
    found: list[Node] = []
    for child in node.children or ():
        if type(child) in kinds:
            found.append(child)
        elif _is_a(child.__class__, (Expression, UpdateExpressionFunction)):
            found += _find_clauses(child, kinds)
    return found


@cache
def _is_a(kind: type[object], kinds: tuple[type[object], ...]) -> bool:
    """Asked of classes, for isinstance is slow where they are abstract."""
    return issubclass(kind, kinds)

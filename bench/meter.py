"""Counts AWS calls and what AWS bills for them, from what each call sends and touches.

moto's ConsumedCapacity is one unit a call, whatever that reads, so the units are
worked out here, from the sizes of the items: as "Read and write operations" and
"Item sizes and formats" of the DynamoDB Developer Guide say.
"""

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import RLock
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from unittest.mock import patch

from botocore.client import BaseClient
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_READ_BYTES: Final = 4 * 1024
_WRITE_BYTES: Final = 1024
#: SQS bills a request for every 64 kB of what it carries.
_SQS_BYTES: Final = 64 * 1024
#: The stack's own session is what Lambda's pollers are on AWS.
_POLLERS: Final = "operator"

_Item = Mapping[str, Any]


class Operation(NamedTuple):
    """A kind of call: by which function, of which service, and what it is billed in."""

    caller: str
    call: str
    unit: str


class Meter:
    """Counts calls while it is on.

    Attributes:
        calls: by operation.
        units: by operation: read units, write units or requests.
    """

    def __init__(self, tables: "DynamoDBClient") -> None:
        self.calls: Counter[Operation] = Counter()
        self.units: Counter[Operation] = Counter()
        self._tables = tables
        self._lock = RLock()

    @contextmanager
    def on(self) -> Iterator[None]:
        """Count every call of every client, until the context ends."""
        real: Any = BaseClient._make_api_call  # type: ignore[attr-defined]  # noqa: SLF001 - every call passes there

        def counted(client: Any, operation: str, params: dict[str, Any]) -> Any:  # noqa: ANN401 - as botocore has it
            if client is self._tables:
                return real(client, operation, params)
            service = client.meta.service_model.service_name
            with self._lock:
                before = self._sizes(operation, params) if service == "dynamodb" else {}
                try:
                    answer = real(client, operation, params)
                except ClientError:
                    # A condition that does not hold is billed as if it had held.
                    self._count(client, service, operation, params, {}, before)
                    raise
                self._count(client, service, operation, params, answer, before)
                return answer

        with patch.object(BaseClient, "_make_api_call", counted):
            yield

    def _count(  # noqa: PLR0913, PLR0917 - a call, its answer, and what was there before
        self,
        client: Any,  # noqa: ANN401 - clients are made at run time
        service: str,
        operation: str,
        params: dict[str, Any],
        answer: dict[str, Any],
        before: dict[str, int],
    ) -> None:
        match service, operation:
            case "dynamodb", "GetItem" | "BatchGetItem" | "Query" | "Scan":
                unit, units = "read", _read_units(operation, params, answer)
            case "dynamodb", "PutItem" | "UpdateItem" | "DeleteItem" | "BatchWriteItem":
                unit, units = "write", _write_units(before, self._sizes(operation, params))
            case "dynamodb", _:
                raise NotImplementedError(f"{operation} is not counted: add it to bench/meter.py")
            case "sqs", _:
                carried = sum(len(one) for one in _bodies(params, answer))
                unit, units = "request", max(1, math.ceil(carried / _SQS_BYTES))
            case _:
                unit, units = "request", 1
        caller = client._request_signer._credentials.access_key  # noqa: SLF001 - the stack signs as the function
        name = Operation("(poller)" if caller == _POLLERS else caller, f"{service} {operation}", unit)
        self.calls[name] += 1
        # Eventually consistent reads are half units, and halves are exact.
        self.units[name] += units  # type: ignore[assignment]

    def _sizes(self, operation: str, params: dict[str, Any]) -> dict[str, int]:
        """The bytes of every item that a write touches, as it is now; 0 for one that is not there."""
        sizes: dict[str, int] = {}
        for table, key in _written(operation, params):
            found = self._tables.get_item(TableName=table, Key=key, ConsistentRead=True)
            sizes[json.dumps([table, key])] = size_of(found.get("Item", {}))
        return sizes


def size_of(item: _Item) -> int:
    """The bytes of an item, or of attributes: of their names and values."""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _value_bytes(value: _Item) -> int:  # noqa: PLR0911 - a type each
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            return 1 + math.ceil(len(content.lstrip("-").replace(".", "").strip("0")) / 2)
        case "BOOL" | "NULL":
            return 1
        case "M":
            return 3 + len(content) + size_of(content)
        case "L":
            return 3 + len(content) + sum(map(_value_bytes, content))
        case "SS":
            return sum(len(one.encode()) for one in content)
        case "NS":
            return sum(_value_bytes({"N": one}) for one in content)
        case _:
            raise NotImplementedError(f"attributes of type {kind} are not counted: add them to bench/meter.py")


def _read_units(operation: str, params: dict[str, Any], answer: dict[str, Any]) -> float:
    match operation:
        case "GetItem":
            return _reads(size_of(answer.get("Item", {})), params)
        case "BatchGetItem":
            found = answer.get("Responses", {})
            return sum(
                sum(_reads(size_of(item), asked) for item in found.get(table, ()))
                + (len(asked["Keys"]) - len(found.get(table, ()))) * _reads(0, asked)
                for table, asked in params["RequestItems"].items()
            )
        case _:
            if {"FilterExpression", "ProjectionExpression", "Select"} & params.keys():
                raise NotImplementedError(f"a {operation} that reads more than it answers is not counted")
            return _reads(sum(map(size_of, answer.get("Items", ()))), params)


def _reads(size: int, asked: Mapping[str, Any]) -> float:
    """Read units of so many bytes: what is not there costs as much as what is small."""
    return max(1, math.ceil(size / _READ_BYTES)) * (1 if asked.get("ConsistentRead") else 0.5)


def _write_units(before: Mapping[str, int], after: Mapping[str, int]) -> int:
    """Write units: of the larger of an item before and after."""
    return sum(max(1, math.ceil(max(before[key], after[key]) / _WRITE_BYTES)) for key in after)


def _written(operation: str, params: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Table and key of every item that a call writes."""
    match operation:
        case "PutItem":
            yield params["TableName"], _key(params["Item"])
        case "UpdateItem" | "DeleteItem":
            yield params["TableName"], params["Key"]
        case "BatchWriteItem":
            for table, requests in params["RequestItems"].items():
                for request in requests:
                    put = request.get("PutRequest")
                    yield table, _key(put["Item"]) if put else request["DeleteRequest"]["Key"]


def _key(item: _Item) -> dict[str, Any]:
    return {name: item[name] for name in ("pk", "sk") if name in item}


def _bodies(params: Mapping[str, Any], answer: Mapping[str, Any]) -> Iterator[str]:
    """The bodies of all messages that a call of SQS carries."""
    yield params.get("MessageBody", "")
    yield from (entry.get("MessageBody", "") for entry in params.get("Entries", ()))
    yield from (message["Body"] for message in answer.get("Messages", ()))

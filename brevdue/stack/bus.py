"""The default event bus: rules of the template bring the events of services into queues.

There is one a process, as of moto's own backends; `moto_follows` empties it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias
from uuid import uuid4

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.utils import utcnow
from moto.sqs.models import sqs_backends

#: An event pattern: at each name the values of which one has to be there, or a pattern of what lies under it.
Pattern: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the template.

    Attributes:
        name: logical id.
        queues: URLs of the queues that get its events.
    """

    name: str
    pattern: Pattern
    queues: tuple[str, ...]


def rule(name: str, properties: Mapping[str, Any], queues: Mapping[str, str]) -> Rule | None:
    """The rule of an AWS::Events::Rule with a pattern; None where it is a schedule, or disabled.

    Args:
        name: logical id.
        properties: resolved.
        queues: URL by ARN, of the queues of the template.

    Raises:
        NotImplementedError: its pattern or a target is not supported.
    """
    if "EventPattern" not in properties or properties.get("State", "ENABLED") != "ENABLED":
        return None
    if properties.get("EventBusName", "default") != "default":
        raise NotImplementedError(f"rule {name}: only the default bus is supported")
    targets = properties["Targets"]
    for target in targets:
        if target["Arn"] not in queues or set(target) - {"Id", "Arn"}:
            raise NotImplementedError(f"rule {name}: only queues of the template, without more, can be its targets")
    _check(name, properties["EventPattern"])
    return Rule(name, properties["EventPattern"], tuple(queues[target["Arn"]] for target in targets))


@dataclass
class Bus:
    """Takes events, and brings each to whom a rule names."""

    rules: list[Rule] = field(default_factory=list)

    def put(self, region: str, source: str, detail_type: str, detail: Mapping[str, Any], *resources: str) -> None:
        """Take an event of a service."""
        now = utcnow()
        event = {
            "version": "0",
            "id": str(uuid4()),
            "detail-type": detail_type,
            "source": source,
            "account": DEFAULT_ACCOUNT_ID,
            "time": f"{now:%Y-%m-%dT%H:%M:%SZ}",
            "region": region,
            "resources": list(resources),
            "detail": detail,
        }
        for one in self.rules:
            if matches(one.pattern, event):
                for url in one.queues:
                    sqs_backends[DEFAULT_ACCOUNT_ID][region].send_message(url.rpartition("/")[2], json.dumps(event))


def matches(pattern: Pattern, event: object) -> bool:
    """Whether an event is one of a pattern's."""
    if not isinstance(event, Mapping):
        return False
    return all(name in event and _fits(wanted, event[name]) for name, wanted in pattern.items())


def _fits(wanted: Any, found: Any) -> bool:  # noqa: ANN401 - JSON
    if isinstance(wanted, Mapping):
        return matches(wanted, found)
    return any(one in wanted for one in (found if isinstance(found, list) else [found]))


def _check(name: str, pattern: object) -> None:
    """Refuse what `matches` does not know: tests other than equality."""
    if isinstance(pattern, Mapping):
        for value in pattern.values():
            _check(name, value)
    elif not isinstance(pattern, list) or any(isinstance(value, Mapping | list) for value in pattern):
        raise NotImplementedError(f"rule {name}: only equality is supported in a pattern, not {pattern}")


BUS: Final = Bus()

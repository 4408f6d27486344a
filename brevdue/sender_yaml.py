"""Senders in YAML, as an operator writes them: strict, and with what is wrong named."""

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any, Final

import msgspec
import yaml
from msgspec import inspect

from postal.senders import MOST_REMINDER_DAYS, Sender

#: How msgspec says where something is wrong, and that a word is not one of those that are known.
_MESSAGE: Final = re.compile(r"(.*?)(?: - at `(?:key in )?\$\.?(.*)`)?", re.DOTALL)
_NO_WORD: Final = "invalid enum value "


class SenderFileError(Exception):
    """A file of senders cannot be used.

    Attributes:
        problems: each names the sender and the field.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class _Loader(yaml.SafeLoader):
    """YAML as people mean it: 17:30 is no number, a date is text, and `no` is a word. Keys come once."""


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("null", r"~|null|", ["~", "n", ""]),
    ("bool", r"true|false", list("tf")),
    ("int", r"-?[0-9]+", list("-0123456789")),
    ("float", r"-?[0-9]+\.[0-9]+", list("-0123456789")),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_pattern})\Z"), _first)


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[str] = set()
    for key, _ in node.value:
        name = str(key.value)
        if name in seen:
            raise SenderFileError([f"line {key.start_mark.line + 1}: {name} is there twice"])
        seen.add(name)
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def parse(text: str) -> list[Sender]:
    """The senders in a YAML text: one, or a list of them.

    Raises:
        SenderFileError: it is no YAML, or a sender is not as it has to be; names every one.
    """
    try:
        read = yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        raise SenderFileError([_yaml_problem(error)]) from error
    entries = read if isinstance(read, list) else [read]
    senders: list[Sender] = []
    problems: list[str] = []
    for number, entry in enumerate(entries, 1):
        name = _name(entry, number)
        try:
            sender = msgspec.convert(entry, Sender)
        except msgspec.ValidationError as error:
            problems.append(f"{name}: {_in_words(str(error))}")
            continue
        problems += [f"{name}: {unknown}" for unknown in _unknown(entry, msgspec.to_builtins(sender))]
        problems += [f"{name}: {problem}" for problem in _reminder_problems(sender.settings.reminder_days or ())]
        if any(sender.id == other.id for other in senders):
            problems.append(f"{name}: the file has this sender twice")
        senders.append(sender)
    if problems or not senders:
        raise SenderFileError(problems or ["there is no sender in it"])
    return senders


def as_yaml(sender: Sender) -> str:
    """A sender as `parse` reads it, with all its settings."""
    return yaml.safe_dump(msgspec.to_builtins(sender), sort_keys=False, allow_unicode=True)


def _name(entry: object, number: int) -> str:
    id_ = entry.get("id") if isinstance(entry, dict) else None
    return str(id_) if id_ else f"sender {number}"


def _yaml_problem(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "is no YAML"
    return f"line {mark.line + 1}: {problem}" if mark else str(problem)


def _in_words(message: str) -> str:
    """What is wrong, the field first, with the words that it may be."""
    match = _MESSAGE.fullmatch(message)
    what, path = (match[1], match[2] or "") if match else (message, "")
    what = (what[0].lower() + what[1:]).replace("`object`", "fields and values")
    if what.startswith(_NO_WORD):
        what = f"{what.removeprefix(_NO_WORD)} is none of {', '.join(_allowed(path))}"
    elif "datetime" in what:
        what += ": write a time as in 2026-01-01T00:00:00Z"
    return f"{path}: {what}" if path else what


def _allowed(path: str) -> list[str]:
    """The words that a field may be; none where it may be any."""
    type_: inspect.Type = inspect.type_info(Sender)
    for part in re.findall(r"\w+|\[[^]]*\]", path):
        type_ = _inside(type_, part)
    match type_:
        case inspect.LiteralType(values=values):
            return sorted(str(value) for value in values)
        case inspect.EnumType(cls=words):
            return [str(word.value) for word in words]
        case _:
            return []


def _inside(type_: inspect.Type, part: str) -> inspect.Type:
    """The type of a part of a value: of a struct's field, or of what is in a list."""
    match type_:
        case inspect.StructType(fields=fields):
            return next((field.type for field in fields if field.encode_name == part), inspect.AnyType())
        case inspect.VarTupleType(item_type=inside):
            return inside
        case _:
            return inspect.AnyType()


def _reminder_problems(days: Sequence[int]) -> Iterator[str]:
    """What is wrong with the days on which recipients are told, beside each of them."""
    if list(days) != sorted(set(days)):
        yield "settings.reminder_days: the days do not ascend: write each once, in order, as in [0, 7, 14]"
    if len(set(days)) > MOST_REMINDER_DAYS:
        yield f"settings.reminder_days: {len(set(days))} days, and {MOST_REMINDER_DAYS} may be: leave some out"


def _unknown(given: object, known: object, path: str = "") -> Iterator[str]:
    """What stands in a file and is no field: a setting that is misspelt would be its default, silently."""
    if isinstance(given, dict) and isinstance(known, dict):
        for name, value in given.items():
            if name in known:
                yield from _unknown(value, known[name], f"{path}{name}.")
            else:
                near = get_close_matches(str(name), known, 1)
                yield f"{path}{name}: there is no such field{f'; did you mean {near[0]}?' if near else ''}"
    elif isinstance(given, list) and isinstance(known, (list, tuple)):
        for number, (one, other) in enumerate(zip(given, known, strict=False)):
            yield from _unknown(one, other, f"{path.removesuffix('.')}[{number}].")

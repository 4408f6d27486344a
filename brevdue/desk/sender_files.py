"""Who sends: a file as the operator wrote it, or the name of a sender who finds its own settings in the bucket."""

from collections.abc import Callable
from pathlib import Path

import msgspec

from brevdue.sender_yaml import SenderFileError, parse
from postal import keys
from postal.senders import Sender

#: Reads a sender's copy of its settings; None where there is none.
Reading = Callable[[str], bytes | None]


class SenderError(Exception):
    """It is not known who sends; the text says why and what to do."""


def load(text: str, reading: Reading) -> Sender:
    """A sender with its settings.

    Args:
        text: the path of a file as `brevdue senders put` reads it, or a sender's id.
        reading: called with a key where it is an id.

    Raises:
        SenderError: it is neither, or the file has another number of senders than one.
    """
    if _is_file(text):
        return _in_file(Path(text))
    data = reading(keys.sender_copy(text))
    if data is None:
        raise SenderError(
            f"the post office has no settings of {text}: ask its operator to run `brevdue senders put`, "
            "or name the YAML file with the settings"
        )
    return msgspec.json.decode(data, type=Sender)


def id_of(text: str) -> str:
    """The id of a sender, without a look at the post office.

    Args:
        text: as `load` takes it.

    Raises:
        SenderError: as `load`.
    """
    return _in_file(Path(text)).id if _is_file(text) else text


def _is_file(text: str) -> bool:
    """Whether a text names a file, or nothing: what is no id would have to be one."""
    return Path(text).is_file() or keys.SENDER_ID.fullmatch(text) is None


def _in_file(file: Path) -> Sender:
    try:
        senders = parse(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SenderError(f"{file} is no file that can be read, and no sender's id: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SenderError(f"{file} is no UTF-8 text") from error
    except SenderFileError as error:
        raise SenderError("\n".join(f"{file}: {problem}" for problem in error.problems)) from error
    if len(senders) > 1:
        names = ", ".join(sender.id for sender in senders)
        raise SenderError(f"{file} has several senders ({names}): name a file with one of them, or an id")
    return senders[0]

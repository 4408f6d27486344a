"""A sender says who it is by a file or by its id."""

from pathlib import Path

import msgspec
import pytest

from brevdue.desk.sender_files import SenderError, id_of, load
from brevdue.sample.senders import INSURER, MUNICIPALITY
from brevdue.sender_yaml import as_yaml
from postal.senders import Sender

NOBODY = {"receipts/nordvik-kommune/_sender.json": msgspec.json.encode(MUNICIPALITY)}.get


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "us.yaml"


def _never(_key: str) -> bytes | None:
    raise AssertionError("the post office is asked for nothing")


@pytest.mark.parametrize("sender", [MUNICIPALITY, INSURER], ids=lambda sender: sender.id)
def test_a_file_tells_everything(file: Path, sender: Sender) -> None:
    file.write_text(as_yaml(sender), encoding="utf-8")

    assert load(str(file), _never) == sender
    assert id_of(str(file)) == sender.id


def test_a_name_is_looked_up_where_settings_are_needed() -> None:
    assert load("nordvik-kommune", NOBODY) == MUNICIPALITY
    assert id_of("nordvik-kommune") == "nordvik-kommune"


def test_a_file_is_known_also_by_a_name_like_an_id(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (file.parent / "nordvik-kommune").write_text(as_yaml(INSURER), encoding="utf-8")
    monkeypatch.chdir(file.parent)

    assert id_of("nordvik-kommune") == INSURER.id


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "sender 1: expected fields and values"),
        ("id: x", "x: id: expected `str` matching"),
        (
            "- {id: aa, name: A, regime: no_public}\n- {id: bb, name: B, regime: no_public}",
            "several senders (aa, bb)",
        ),
    ],
)
def test_a_file_that_tells_nothing_of_use_says_why(file: Path, text: str, says: str) -> None:
    file.write_text(text, encoding="utf-8")

    for look in (id_of, lambda name: load(name, _never)):
        with pytest.raises(SenderError) as caught:
            look(str(file))
        assert str(caught.value).startswith(str(file))
        assert says in str(caught.value)


@pytest.mark.parametrize("text", ["us.yaml", "Nordvik kommune", "", "x", "."])
def test_what_is_neither_is_told(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(SenderError, match="is no file that can be read, and no sender's id"):
        id_of(text)


def test_text_in_another_encoding_is_told(file: Path) -> None:
    file.write_bytes("name: Rødby".encode("latin-1"))

    with pytest.raises(SenderError, match="is no UTF-8 text"):
        id_of(str(file))


def test_a_sender_without_a_copy_is_told_what_to_do() -> None:
    with pytest.raises(SenderError, match="ask its operator to run `brevdue senders put`"):
        load("havblik-forsikring", NOBODY)

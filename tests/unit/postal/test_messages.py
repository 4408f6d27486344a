import msgspec
import pytest

from postal import messages
from postal.channels import Channel
from postal.messages import Event, Report, SortRefused, Tracking
from postal.pages import Page

PAGE = Page(sender="nordby", batch="b1", number=0, key="rows/nordby/b1/m1.jsonl", version="v", first=0, last=9)


@pytest.mark.parametrize(
    "message",
    [
        SortRefused(page=PAGE, channel=Channel.ALTINN, attempt=1, rows="1-3", code="no"),
        Tracking(
            sender="nordby",
            batch="b1",
            page=0,
            channel=Channel.EBOKS,
            reports=(Report(event=Event.OPENED, n=0, rows="1", attempt=1, at="2026-11-18T09:00:00Z"),),
        ),
    ],
)
def test_what_is_encoded_is_decoded(message: messages.Message) -> None:
    assert messages.decode(messages.encode(message)) == message


@pytest.mark.parametrize("body", ["", "{}", "[]", '{"type":"Nonsense"}', '{"type":"SortPage","page":{}}', "\x00"])
def test_another_body_is_refused(body: str) -> None:
    with pytest.raises(msgspec.DecodeError):
        messages.decode(body)

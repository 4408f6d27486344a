"""Addresses that notices use no more, beside what the register says."""

from datetime import timedelta

import pytest

from cloud.errors import LostRaceError
from postal import keys
from postal.notices import Unusable
from postal.register import ContactChanged
from tests.support.office import START, Office
from tests.support.people import NORWEGIANS

PERSON = NORWEGIANS[1]
LATER = START + timedelta(days=1)
BOUNCED, COMPLAINED = (Unusable(at=START, is_complaint=is_complaint) for is_complaint in (False, True))


def _known(office: Office) -> dict[str, Unusable]:
    return dict(office.recipients.profile(PERSON).recipient.unusable)


def test_what_says_more_is_kept_whatever_comes_first(office: Office) -> None:
    office.register(PERSON)
    bounced_later = Unusable(at=LATER, is_complaint=False)

    for reason in (bounced_later, BOUNCED, COMPLAINED, bounced_later):
        office.recipients.set_unusable(PERSON, ["Kari@Example.com"], reason)
    office.recipients.set_unusable(PERSON, ["two@example.com"], BOUNCED)
    office.recipients.set_unusable(PERSON, ["two@example.com"], bounced_later)

    assert _known(office) == {"kari@example.com": COMPLAINED, "two@example.com": bounced_later}


def test_the_register_writes_none_of_it_away(office: Office) -> None:
    office.register(PERSON)
    office.recipients.set_unusable(PERSON, ["kari@example.com"], BOUNCED)

    office.tell(ContactChanged(recipient=PERSON, occurred_at=office.now, email="new@example.com"))

    assert _known(office) == {"kari@example.com": BOUNCED}
    assert office.recipients.profile(PERSON).recipient.contact.email == "new@example.com"


def test_who_was_erased_is_not_known_again_by_it(office: Office) -> None:
    office.recipients.set_unusable(PERSON, ["kari@example.com"], BOUNCED)

    assert office.recipients_table.get(pk=PERSON, sk=keys.PROFILE_SK) is None


def test_another_who_writes_meanwhile_is_not_written_over(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.register(PERSON)
    table = office.recipients_table
    update, others = table.update, iter([1])

    def late(*args: object, **kwargs: object) -> object:
        if next(others, None):
            office.recipients.set_unusable(PERSON, ["other@example.com"], COMPLAINED)
        return update(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(table, "update", late)
    office.recipients.set_unusable(PERSON, ["kari@example.com"], BOUNCED)

    assert _known(office) == {"kari@example.com": BOUNCED, "other@example.com": COMPLAINED}


def test_who_never_gets_to_write_says_so(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.register(PERSON)
    monkeypatch.setattr(office.recipients_table, "update", lambda *_, **__: None)

    with pytest.raises(LostRaceError):
        office.recipients.set_unusable(PERSON, ["kari@example.com"], BOUNCED)

"""The way of a letter, told from whatever may be stored of it."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from brevdue.operate import story
from brevdue.operate.story import Stored, Story
from postal.batches import Batch, BatchState
from postal.channels import Channel
from postal.consignments import Consignment, Decided, Delivered, LetterItem, PageItems, Refused, Sorting, Tried
from postal.letters import Letter
from postal.pages import Page
from postal.reasons import RULES_VERSION, Reason, Way
from postal.register import Fact, Facts
from postal.senders import Regime, Sender, Settings
from postal.status import Status

NOW = datetime(2026, 11, 18, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
SENDER = Sender(id="nordby", name="Nordby kommune", regime=Regime.NO_PUBLIC, languages=("nb",))
PAGE = Page(sender="nordby", batch="b1", number=0, key="rows/nordby/b1/m1.jsonl", version="v1", first=0, last=1)
LETTER = Letter(
    row=1, reference="r", recipient="no-fnr:01817010055", title="t", documents=(), deliver_after="2026-12-01T00:00:00Z"
)


def _told(
    items: PageItems,
    *,
    state: BatchState = BatchState.OPEN,
    settings: Settings | None = None,
    facts: Facts | None = None,
) -> Story:
    batch = Batch(
        id="b1",
        sender=Sender(id="nordby", name="N", regime=SENDER.regime, languages=("nb",), settings=settings or Settings()),
        state=state,
        row_file=PAGE.key,
        row_file_version="v1",
        manifest="inbox/nordby/b1/manifest.csv",
        manifest_version="m1",
        manifest_sha256="0" * 64,
        rows=1,
        refused_rows=0,
        accepted_at=NOW,
        decided_by="cancel.csv@v1" if state is BatchState.CANCELLED else "",
    )
    stored = Stored(row=LETTER, batch=batch, items=items, facts=facts or {})
    return story.tell(stored, "en", NOW + 90 * 24 * HOUR)


def _sorted(reason: Reason, **more: object) -> PageItems:
    sorting = Sorting(marks=reason.mark, sorted_at=NOW + HOUR, page=PAGE, rules_version=RULES_VERSION)
    return PageItems(sorting=sorting, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("reason", Reason)
def test_a_letter_is_told_whatever_was_decided_and_decided_again(reason: Reason) -> None:
    again = reason.mark
    for first, before in product(Reason, (Reason.HELD_FOR_SENDER, Reason.ALTINN_BY_DEFAULT)):
        item = LetterItem(
            row=1,
            mark=again,
            attempt=1,
            decided_at=NOW + 3 * HOUR,
            before=(Decided(mark=before.mark, at=NOW + 2 * HOUR),),
        )
        told = _told(_sorted(first, letters={1: item}))

        assert [event.at for event in told.events if event.at] == sorted(e.at for e in told.events if e.at)
        assert told.state.text.startswith(reason.explanation("en"))
        assert [
            reason_.code in event.text for reason_, event in zip((first, before, reason), told.events[1:], strict=True)
        ]
        assert told.next.what


def test_an_opening_after_the_claim_does_not_stop_the_paper() -> None:
    claimed_at = NOW + 60 * HOUR
    paper = Consignment(
        channel=Channel.PRINT, n=1, rows="1", leaving_at=claimed_at, cut_off=claimed_at, handed_over_at=claimed_at
    )
    item = LetterItem(
        row=1,
        mark=Reason.UNOPENED_IN_ALTINN.mark,
        attempt=1,
        decided_at=NOW + 50 * HOUR,
        claimed_for=1,
        claimed_at=claimed_at,
        opened_at=claimed_at + HOUR,
    )

    told = _told(_sorted(Reason.ALTINN_BY_DEFAULT, consignments=(paper,), letters={1: item}))

    assert [event.code for event in told.events][-3:] == ["in_print_job", "at_printer", "opened"]
    assert told.events[-1].text.endswith("By then it was too late to stop the paper.")
    assert (told.state.status, told.next.who) == (Status.TO_PRINT, "printer")


def test_who_could_not_be_told_is_not_said_to_be_told() -> None:
    delivered = Delivered(at=NOW + 2 * HOUR, rows="1", notified_to=1)
    altinn = Consignment(channel=Channel.ALTINN, n=1, rows="1", handed_over_at=NOW, deliveries={"1": delivered})
    item = LetterItem(row=1, notice_failed_at=NOW + 3 * HOUR)

    told = _told(_sorted(Reason.ALTINN_BY_DEFAULT, consignments=(altinn,), letters={1: item}))

    assert [event.code for event in told.events][-2:] == ["delivered", "not_reached"]


def test_an_sms_that_waits_is_told() -> None:
    delivered = Delivered(at=NOW + 2 * HOUR, rows="1", notified_to=1, sms_waits="1", unreached="1")
    altinn = Consignment(channel=Channel.ALTINN, n=1, rows="1", handed_over_at=NOW, deliveries={"1": delivered})

    told = _told(_sorted(Reason.ALTINN_BY_DEFAULT, consignments=(altinn,)))

    assert [event.code for event in told.events][-2:] == ["delivered", "sms_waits"]


def test_a_reminder_that_fell_due_after_the_opening_was_not_sent() -> None:
    deliveries = {
        "1": Delivered(at=NOW, rows="1", notified_to=1),
        "1-d7": Delivered(at=NOW + 168 * HOUR, rows="1", is_reminder=True, notified_to=1),
    }
    altinn = Consignment(channel=Channel.ALTINN, n=1, rows="1", handed_over_at=NOW, deliveries=deliveries)

    for opened_at, reminded in ((NOW + HOUR, False), (NOW + 200 * HOUR, True)):
        items = _sorted(
            Reason.ALTINN_BY_DEFAULT, consignments=(altinn,), letters={1: LetterItem(row=1, opened_at=opened_at)}
        )
        assert ("reminded" in [event.code for event in _told(items).events]) is reminded


@pytest.mark.parametrize(("closed", "is_told"), [(None, True), (NOW - HOUR, False), (NOW + 9 * HOUR, True)])
def test_who_had_died_before_a_delivery_was_sent_no_notice(closed: datetime | None, is_told: bool) -> None:  # noqa: FBT001 - a case
    delivered = Delivered(at=NOW + 2 * HOUR, rows="1", notified_to=1)
    altinn = Consignment(channel=Channel.ALTINN, n=1, rows="1", handed_over_at=NOW, deliveries={"1": delivered})
    facts = {"closed": Fact(at=closed, value=True)} if closed else {}

    told = _told(_sorted(Reason.ALTINN_BY_DEFAULT, consignments=(altinn,)), facts=facts)

    assert ("told" in [event.code for event in told.events]) is is_told


def test_what_was_reported_late_is_told_with_when_it_was_noted() -> None:
    altinn = Consignment(channel=Channel.ALTINN, n=1, rows="1", handed_over_at=NOW)
    for noted_at, is_told in ((None, False), (NOW + 2 * HOUR + timedelta(minutes=9), False), (NOW + 9 * HOUR, True)):
        item = LetterItem(row=1, opened_at=NOW + 2 * HOUR, opened_noted_at=noted_at)
        told = _told(_sorted(Reason.ALTINN_BY_DEFAULT, consignments=(altinn,), letters={1: item}))

        assert ("The post office noted it on" in told.events[-1].text) is is_told


def test_two_refusals_are_both_told_with_their_codes() -> None:
    digipost = Consignment(
        channel=Channel.DIGIPOST,
        n=1,
        rows="1",
        handed_over_at=NOW + HOUR,
        refusals={"1": Refused(at=NOW + 2 * HOUR, rows="1", code="FULL")},
    )
    item = LetterItem(
        row=1,
        mark=Reason.PAPER_AFTER_REFUSAL.mark,
        attempt=3,
        tried=(Tried(channel=Channel.DIGIPOST, code="FULL"), Tried(channel=Channel.ALTINN, code="")),
        decided_at=NOW + 5 * HOUR,
        rules_version=RULES_VERSION,
        before=(
            Decided(
                mark=Reason.ALTINN_AFTER_REFUSAL.mark,
                at=NOW + 2 * HOUR,
                rules_version=RULES_VERSION,
                handed_over_at=NOW + 3 * HOUR,
                refused_at=NOW + 4 * HOUR,
            ),
        ),
    )

    told = _told(_sorted(Reason.CHOSE_DIGIPOST, consignments=(digipost,), letters={1: item}))

    assert [event.code for event in told.events] == [
        "accepted",
        "sorted",
        "handed_over",
        "refused",
        "decided_again",
        "handed_over",
        "refused",
        "for_paper",
    ]
    assert "FULL" in told.events[3].text
    assert told.events[6].text.startswith("Altinn refused")
    assert told.events[4].facts[2:] == ["The recipient had chosen Digipost.", "Digipost had refused the letter."]
    assert told.events[7].facts[-1] == "Altinn had refused the letter."


def test_what_other_rules_decided_tells_no_facts() -> None:
    for version, is_told in ((RULES_VERSION, True), (RULES_VERSION + 1, False), (0, False)):
        sorting = Sorting(marks=Reason.OPTED_OUT.mark, sorted_at=NOW, page=PAGE, rules_version=version)

        assert bool(_told(PageItems(sorting=sorting)).events[-1].facts) is is_told


def test_a_batch_that_was_cancelled_tells_by_which_order() -> None:
    told = _told(PageItems(), state=BatchState.CANCELLED)

    assert [(event.code, event.at is None) for event in told.events] == [("accepted", False), ("cancelled", True)]
    assert "orders/cancel.csv" in told.events[1].text
    assert told.state.status is Status.RECALLED


def test_what_was_recalled_before_the_sorting_is_told_without_a_time() -> None:
    told = _told(PageItems(recalled=frozenset({1})))

    assert [(event.code, event.at is None) for event in told.events] == [("accepted", False), ("recalled", True)]


def test_an_extended_hold_ends_when_the_sender_says() -> None:
    until = NOW + 2_000 * HOUR
    items = _sorted(Reason.HELD_FOR_SENDER, letters={1: LetterItem(row=1, held_until=until)})

    told = _told(items)

    assert told.next.at == until
    assert [event.code for event in told.events] == ["accepted", "sorted", "hold_extended"]
    assert Reason.HELD_FOR_SENDER.way is Way.HELD


def test_a_neutral_sender_hides_nothing_from_the_operator() -> None:
    told = _told(_sorted(Reason.HELD_FOR_SENDER), settings=Settings(disclosure="neutral"))

    assert (told.state.status, told.state.code) == (Status.HELD, "HELD_FOR_SENDER")

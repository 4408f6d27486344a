"""A letter a day proves the way: quiet while it arrives, and the alarm rings where anything on its way is broken."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from msgspec.structs import replace

from brevdue.stack.stack import Call, Crash
from postal.senders import Regime, Settings
from tests.integration.canary.days import RECIPIENT, SENDER, TODAY, TOMORROW, Days
from tests.support.office import ROOT, TERMS

HOUR = timedelta(hours=1)


def _said(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Why no canary could be sent, as the log says each time."""
    return [str(vars(record)["why"]) for record in caplog.records if "why" in vars(record)]


def test_days_on_which_it_arrives_are_quiet(days: Days) -> None:
    for _ in range(30):
        days.wait(HOUR)
        assert not days.rings()

    assert days.status(TODAY) == days.status(TOMORROW) == "delivered"
    assert days.office.stack.refusals == []
    # One letter a day, told once.
    assert days.office.emails() == [f"{RECIPIENT[-4:]}@example.com"] * 2


def test_it_is_sent_once_a_day_from_six_by_the_senders_clock(days: Days) -> None:
    days.skip(19 * HOUR)
    days.wait(HOUR / 2)
    assert days.uploaded(TOMORROW) is None
    days.wait(HOUR / 2)
    found = days.uploaded(TOMORROW)
    assert found is not None
    assert found.modified_at == days.office.now
    days.wait(2 * HOUR)
    days.skip(21 * HOUR)

    assert days.uploaded(TOMORROW) == found


def _the_connector_stands_still(days: Days) -> None:
    days.collects = False


def _delivery_dies(days: Days) -> None:
    days.office.stack.on_call = _dying("delivery")


def _routing_dies(days: Days) -> None:
    days.office.stack.on_call = _dying("routing")


def _ingest_dies(days: Days) -> None:
    days.office.stack.on_call = _dying("ingest")


def _tracking_dies(days: Days) -> None:
    days.office.stack.on_call = _dying("tracking")


def _no_list_is_written(days: Days) -> None:
    days.office.stack.on_call = _dying("receipts")


def _the_schedule_of_fallback_stops(days: Days) -> None:
    days.stop("fallback")


def _the_mailbox_refuses(days: Days) -> None:
    days.habits(refused=1)


def _the_sender_is_disabled(days: Days) -> None:
    days.admit(replace(SENDER, disabled=True))


def _nobody_can_be_told(days: Days) -> None:
    days.office.register(RECIPIENT, contact={})


def _the_recipient_is_closed(days: Days) -> None:
    days.office.register(RECIPIENT, closed=True)


def _dying(function: str) -> Callable[[Call], None]:
    def die(call: Call) -> None:
        if call.function == function:
            raise Crash

    return die


BROKEN = [
    _the_connector_stands_still,
    _delivery_dies,
    _routing_dies,
    _ingest_dies,
    _tracking_dies,
    _no_list_is_written,
    _the_schedule_of_fallback_stops,
    _the_mailbox_refuses,
    _the_sender_is_disabled,
    _nobody_can_be_told,
    _the_recipient_is_closed,
]


@pytest.mark.parametrize("breaks", BROKEN, ids=lambda breaks: breaks.__name__.strip("_"))
def test_what_breaks_its_way_rings_within_the_hours_that_were_set(days: Days, breaks: Callable[[Days], None]) -> None:
    breaks(days)
    days.wait(HOUR / 2)
    assert days.uploaded(TODAY) is not None
    assert not days.rings()
    days.wait(4 * HOUR)

    assert days.rings()


@pytest.mark.parametrize("breaks", [_the_sender_is_disabled, _the_mailbox_refuses], ids=["disabled", "refused"])
def test_what_can_never_arrive_rings_at_once(days: Days, breaks: Callable[[Days], None]) -> None:
    breaks(days)
    # For the mailbox's answer to come into the list, and for the next look at that.
    days.wait(1.5 * HOUR)

    assert days.rings()


def test_it_is_quiet_again_when_the_way_is_mended(days: Days) -> None:
    days.collects = False
    days.wait(6 * HOUR)
    assert days.rings()
    days.collects = True
    days.wait(2 * HOUR)

    assert not days.rings()
    assert days.status(TODAY) == "delivered"


def test_a_lost_one_rings_until_the_next_has_arrived(days: Days) -> None:
    days.habits(refused=1)
    days.wait(HOUR)
    assert days.status(TODAY) == "rejected"
    days.habits(refused=0)
    days.skip(18 * HOUR)
    days.wait(HOUR)
    assert days.uploaded(TOMORROW) is not None
    assert days.rings()
    days.wait(2 * HOUR)

    assert not days.rings()


def test_a_canary_that_does_not_run_rings(days: Days) -> None:
    days.wait(3 * HOUR)
    days.stop("canary")
    days.wait(HOUR)

    assert days.rings()


def test_who_dies_between_document_and_manifest_goes_on(days: Days) -> None:
    def die(call: Call) -> None:
        if call.operation == "PutObject" and call.resource.endswith("manifest.jsonl"):
            raise Crash

    days.office.stack.on_call = die
    days.wait(HOUR / 2)
    assert days.uploaded(TODAY, "documents/canary.pdf") is not None
    assert days.uploaded(TODAY) is None
    days.office.stack.on_call = None
    days.wait(2 * HOUR)

    assert days.status(TODAY) == "delivered"
    versions = days.office.s3.list_object_versions(Bucket=days.office.bucket_name, Prefix=f"inbox/{SENDER.id}/")[
        "Versions"
    ]
    assert len(versions) == 2


def test_a_private_sender_names_its_terms(days: Days) -> None:
    days.admit(replace(SENDER, regime=Regime.DK_PRIVATE, terms=(TERMS,)))
    days.office.register(RECIPIENT, mailboxes=["eboks"])
    days.wait(3 * HOUR)

    assert days.status(TODAY) == "delivered"
    assert not days.rings()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"settings": Settings(disclosure="neutral")}, "disclosure: coded"),
        ({"regime": Regime.DK_PRIVATE}, "add `terms`"),
    ],
)
def test_a_sender_with_whom_it_cannot_work_rings_and_says_why(
    days: Days, caplog: pytest.LogCaptureFixture, change: dict[str, object], why: str
) -> None:
    days.admit(replace(SENDER, **change))
    days.wait(HOUR)

    assert days.rings()
    assert why in _said(caplog)[-1]
    assert days.uploaded(TODAY) is None


def test_a_sender_that_is_not_admitted_rings_and_says_so(days: Days, caplog: pytest.LogCaptureFixture) -> None:
    days.office.s3.delete_object(Bucket=days.office.bucket_name, Key=f"receipts/{SENDER.id}/_sender.json")
    days.wait(HOUR)

    assert days.rings()
    assert "senders put" in _said(caplog)[-1]


def test_its_recipient_is_not_logged(days: Days, caplog: pytest.LogCaptureFixture) -> None:
    days.wait(2 * HOUR)

    assert any("canary" in record.getMessage() for record in caplog.records)
    assert not any(RECIPIENT.partition(":")[2] in str(vars(record)) for record in caplog.records)
    assert RECIPIENT.partition(":")[2] not in days.office.log.getvalue()


def test_the_event_of_its_schedule_is_taken(days: Days) -> None:
    event = json.loads((ROOT / "events" / "schedule-canary.json").read_text(encoding="utf-8"))

    assert days.office.stack.invoke("canary", event) is None
    assert days.uploaded(TODAY) is not None

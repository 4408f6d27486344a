"""`brevdue outage`, through the real command line."""

import json
from datetime import UTC, datetime

import pytest

from cloud.outages import Outages
from postal.channels import Channel
from tests.integration.desk.conftest import Brevdue
from tests.support.office import Office

#: The office's clock shows 18 November 2026, 09:00 UTC.
BEGIN, END = "2026-11-17T09:00+01:00", "2026-11-17T13:30+01:00"


def test_an_outage_is_recorded_as_the_sweeps_read_it(office: Office, brevdue: Brevdue) -> None:
    result = brevdue("outage", "add", "altinn", BEGIN, END)

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "altinn was down from 2026-11-17T08:00:00Z to 2026-11-17T12:30:00Z\n"
    pauses = Outages(office.batches_table).of(Channel.ALTINN)
    assert pauses == [(datetime(2026, 11, 17, 8, tzinfo=UTC), datetime(2026, 11, 17, 12, 30, tzinfo=UTC))]


def test_an_outage_is_told_as_json(brevdue: Brevdue) -> None:
    result = brevdue("outage", "add", "altinn", BEGIN, END, "--json")

    assert json.loads(result.stdout) == {
        "channel": "altinn",
        "begin": "2026-11-17T08:00:00Z",
        "end": "2026-11-17T12:30:00Z",
        "replaced": None,
        "warnings": [],
    }


def test_one_that_begins_at_the_same_time_takes_the_place_of_the_other(brevdue: Brevdue) -> None:
    brevdue("outage", "add", "altinn", BEGIN, "2026-11-17T11:00Z")
    result = brevdue("outage", "add", "altinn", BEGIN, END)

    assert "instead of one until 2026-11-17T11:00:00Z" in result.stdout
    assert len(json.loads(brevdue("outage", "list", "--json").stdout)["outages"]) == 1


@pytest.mark.parametrize(
    ("channel", "begin", "end", "warning"),
    [
        ("altinn", "2026-11-19T09:00Z", "2026-11-19T10:00Z", "it lies in the future"),
        ("altinn", "2026-11-18T08:00Z", "2026-11-18T10:00Z", "it ends in the future"),
        ("altinn", "2025-11-17T08:00Z", "2026-11-17T10:00Z", "it lasts 365 days"),
        ("eboks", "2026-11-17T08:00Z", "2026-11-17T10:00Z", "it puts nothing off"),
    ],
)
def test_what_may_be_a_mistake_is_recorded_with_a_warning(
    brevdue: Brevdue, channel: str, begin: str, end: str, warning: str
) -> None:
    result = brevdue("outage", "add", channel, begin, end, "--json")

    assert result.exit_code == 0
    assert result.stderr.startswith("warning: ")
    assert warning in result.stderr
    assert [one for one in json.loads(result.stdout)["warnings"] if warning in one]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("altinn", "2026-11-17T09:00", END), "2026-11-17T09:00 has no zone: write 2026-11-17T09:00+01:00"),
        (("altinn", "2026-07-17", END), "write 2026-07-17T00:00+02:00 for the time in Oslo and Copenhagen"),
        (("altinn", "yesterday", END), "yesterday is no time"),
        (("altinn", "0001-01-01T00:00+01:00", END), "is too far away"),
        (("altinn", END, BEGIN), "is not after 2026-11-17T12:30:00Z"),
        (("altinn", "2026-11-17T09:00:00.1Z", "2026-11-17T09:00:00.9Z"), "an outage ends after it begins"),
        (("fax", BEGIN, END), "fax is none of altinn, digipost, eboks, digital_post"),
        (("print", BEGIN, END), "print is none of"),
    ],
)
def test_what_is_no_outage_ends_with_2_and_says_why(
    office: Office, brevdue: Brevdue, arguments: tuple[str, ...], says: str
) -> None:
    result = brevdue("outage", "add", *arguments)

    assert result.exit_code == 2
    assert says in " ".join(result.stderr.replace("│", " ").split())
    assert list(Outages(office.batches_table).all()) == []


def test_outages_are_listed(brevdue: Brevdue) -> None:
    assert brevdue("outage", "list").stdout == "no outages are recorded\n"
    brevdue("outage", "add", "altinn", BEGIN, END)
    brevdue("outage", "add", "altinn", "2026-11-10T00:00Z", "2026-11-13T00:00Z")

    *_, first, second = brevdue("outage", "list").stdout.split("\n")[:-2]
    assert first.split() == ["altinn", "2026-11-10T00:00:00Z", "2026-11-13T00:00:00Z", "3", "d", "0", "h", "0", "min"]
    assert second.split() == ["altinn", "2026-11-17T08:00:00Z", "2026-11-17T12:30:00Z", "4", "h", "30", "min"]


def test_an_outage_is_removed_by_its_channel_and_time_in_any_zone(brevdue: Brevdue) -> None:
    brevdue("outage", "add", "altinn", BEGIN, END)

    result = brevdue("outage", "remove", "altinn", "2026-11-17T08:00Z")

    assert result.exit_code == 0
    assert result.stdout == "forgotten: that altinn was down from 2026-11-17T08:00:00Z to 2026-11-17T12:30:00Z\n"
    assert json.loads(brevdue("outage", "list", "--json").stdout) == {"outages": []}


def test_removing_what_is_not_there_ends_with_1(brevdue: Brevdue) -> None:
    result = brevdue("outage", "remove", "altinn", BEGIN, "--json")

    assert result.exit_code == 1
    assert json.loads(result.stdout) == {"removed": None}
    assert "no outage of altinn begins at 2026-11-17T08:00:00Z" in result.stderr

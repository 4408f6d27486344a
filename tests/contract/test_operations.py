"""docs/operations.md and the dashboard say what the template and the code do."""

import ast
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

import msgspec
import pytest
from botocore.exceptions import ClientError
from msgspec.structs import replace

from brevdue import printers
from brevdue.connectors import Connectors
from brevdue.desk.connection import Connection
from brevdue.operate import telling
from brevdue.printers import Printers
from brevdue.proofs import making, verifying
from brevdue.proofs.signing import Signer
from brevdue.remote import Remote, RemoteError, Where
from brevdue.sender_yaml import parse
from brevdue.stack.permissions import Place
from brevdue.stack.policies import Policies
from brevdue.stack.roles import Calls, Role, RoleSession
from canary import days
from cloud.bucket import ConflictError
from cloud.errors import BusyError, LostRaceError, wait_after
from postal import keys, stuck
from postal.channels import MAILBOXES, Channel
from postal.letters import Document
from postal.senders import Settings
from tests.support.office import NORWEGIAN, START, Office, letter
from tests.support.people import NORWEGIANS, ORGANISATION
from tests.support.template import ROOT, always, functions, resources, statements, template

TEXT: Final = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
PLACE: Final = Place("123456789012", "eu-north-1")
QUEUES: Final = resources("AWS::SQS::Queue")
#: As `_body` has it.
NAMESPACE: Final = "Brevdue/Stage"
ALARMS: Final = resources("AWS::CloudWatch::Alarm")

_SECOND: Final = timedelta(seconds=1)

PDF: Final = b"%PDF-1.7"
NEUTRAL: Final = replace(NORWEGIAN, settings=Settings(disclosure="neutral"))


def _section(heading: str) -> str:
    """What stands under a heading, with what stands under the smaller ones in it."""
    found = re.search(rf"^(#+) {re.escape(heading)}\n(.*?)(?=^#{{1,2}} |\Z)", TEXT, re.MULTILINE | re.DOTALL)
    assert found is not None, heading
    return found[2]


def _table(heading: str) -> dict[str, list[str]]:
    """The rows of the first table under a heading that begins with a name, by that name."""
    lines = re.findall(r"^\| `([^`]+)` \|(.*)\|$", _section(heading), re.MULTILINE)
    return {name: [cell.strip() for cell in rest.split(" | ")] for name, rest in lines}


def _anchors() -> set[str]:
    """The names by which links find the headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```$", "", TEXT, flags=re.MULTILINE | re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


# --- Deploying, alarms, retention ---


def test_the_parameters_are_those_of_the_template() -> None:
    told = {name: cells[0].strip("`").replace("empty", "") for name, cells in _table("Deploy").items()}

    assert told == {name: str(one["Default"]) for name, one in template()["Parameters"].items()}
    assert [int(n) for n in re.findall(r"\d+", _table("Deploy")["LogRetentionDays"][1])] == (
        template()["Parameters"]["LogRetentionDays"]["AllowedValues"]
    )


def test_the_senders_of_the_page_can_be_admitted() -> None:
    texts = re.findall(r"^```yaml\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    (trial, first, canary) = (sender for text in texts for sender in parse(text))

    assert (trial.id, first.id, canary.id) == ("trial", "nordvik-kommune", "canary")
    assert days.manifest(canary, ORGANISATION, START.date(), START)


def test_every_alarm_is_explained_and_no_other() -> None:
    assert set(_table("Alarms")) == set(ALARMS)


@pytest.mark.parametrize("name", sorted(ALARMS))
def test_every_alarm_says_where_to_read_on(name: str) -> None:
    anchors = re.findall(r"docs/operations\.md(?:#([a-z-]+))?", ALARMS[name]["AlarmDescription"])

    assert len(anchors) == 1
    assert set(anchors) <= _anchors()


def test_everything_that_names_this_page_names_a_heading_of_it() -> None:
    source = (ROOT / "template.yaml").read_text(encoding="utf-8")
    inside = re.findall(r"\]\(#([^)]*)\)", TEXT)

    assert set(re.findall(r"docs/operations\.md#([\w-]+)", source)) <= _anchors()
    assert inside
    assert set(inside) <= _anchors()


def test_the_alarms_of_the_schedule_watch_the_function_that_it_calls() -> None:
    (scheduled,) = (
        name
        for name, function in resources("AWS::Serverless::Function").items()
        if name in always() and any(event["Type"] == "ScheduleV2" for event in function["Events"].values())
    )
    failing = ALARMS["ScheduleFailsAlarm"]

    assert failing["Dimensions"] == [{"Name": "FunctionName", "Value": {"Ref": scheduled}}]
    # Other calls than the schedule's, those from the due queue, do not send this.
    assert (ALARMS["ScheduleStoppedAlarm"]["MetricName"], ALARMS["ScheduleStoppedAlarm"]["Statistic"]) == (
        "EntriesDue",
        "SampleCount",
    )
    for name in ("ScheduleStoppedAlarm", "ScheduleFailsAlarm"):
        assert ALARMS[name]["Period"] * ALARMS[name]["EvaluationPeriods"] == 15 * 60
    # A schedule that has stopped sends nothing that could be measured.
    assert ALARMS["ScheduleStoppedAlarm"]["TreatMissingData"] == "breaching"


def test_after_how_long_a_queue_that_waits_rings_is_told() -> None:
    rows = re.findall(r"^\| ([a-z, -]+) \| (\d+) hours? \|", _section("Alarms"), re.MULTILINE)
    told = {queue: int(hours) * 3600 for queues, hours in rows for queue in queues.split(", ")}
    rings = {
        re.sub(r"\B([A-Z])", r"-\1", name.removesuffix("WaitAlarm")).lower(): alarm["Threshold"]
        for name, alarm in ALARMS.items()
        if alarm.get("MetricName") == "ApproximateAgeOfOldestMessage"
    }

    assert told == rings
    for name, queue in QUEUES.items():
        if "RedrivePolicy" in queue:
            assert ALARMS[f"{name.removesuffix('Queue')}WaitAlarm"]["Dimensions"][0]["Value"]["Fn::GetAtt"][0] == name


def test_the_alarm_of_the_canary_rings_by_what_it_sends_and_where_it_sends_nothing() -> None:
    alarm = ALARMS["CanaryLateAlarm"]
    schedule = functions()["canary"]["Events"]["Schedule"]["Properties"]["ScheduleExpression"]

    assert ("canary", alarm["MetricName"]) in _emitted()
    assert alarm["Dimensions"] == [{"Name": "service", "Value": "canary"}]
    assert alarm["TreatMissingData"] == "breaching"
    # Two looks a period, so that one that comes a minute late leaves none without.
    assert schedule == "rate(30 minutes)"
    assert alarm["Period"] == 2 * 30 * 60


def test_when_a_message_comes_again_is_told() -> None:
    told = " ".join(_section("Alarms").split())
    minutes = {
        name.removesuffix("Queue"): queue["VisibilityTimeout"] // 60
        for name, queue in QUEUES.items()
        if "RedrivePolicy" in queue
    }

    assert minutes == {
        **dict.fromkeys(("Altinn", "Digipost", "Eboks", "DigitalPost", "Tracking"), 6),
        **dict.fromkeys(("Pages", "Notices", "NoticeEvents", "Register"), 12),
        "Due": 60,
        **dict.fromkeys(("Uploads", "Receipts"), 90),
    }
    assert (
        "6 minutes for the mailboxes and tracking, 12 for pages, notices, their events and register, an hour for due, "
        "an hour and a half for uploads and receipts" in told
    )
    assert {queue["RedrivePolicy"]["maxReceiveCount"] for queue in QUEUES.values() if "RedrivePolicy" in queue} == {100}
    assert "dead after its 100th try" in told
    assert "after 2 seconds, doubling up to a minute" in told
    assert (wait_after(LostRaceError(), 1), wait_after(LostRaceError(), 99)) == (2 * _SECOND, 60 * _SECOND)
    assert "after 30 seconds, doubling up to 15 minutes" in told
    assert (wait_after(BusyError(), 1), wait_after(BusyError(), 99)) == (30 * _SECOND, 900 * _SECOND)
    assert sum((wait_after(BusyError(), tries) for tries in range(1, 100)), timedelta()) > timedelta(hours=23)
    assert "every 10 seconds: dead in a quarter of an hour" in told
    assert wait_after(ValueError(), 50) * 100 < timedelta(minutes=20)


def test_what_an_account_has_to_allow_and_what_metrics_cost_is_told() -> None:
    sources = [event for function in functions().values() for event in function["Events"].values()]
    asked = sum(one["Properties"].get("ScalingConfig", {}).get("MaximumConcurrency", 0) for one in sources)
    (told,) = re.findall(r"may ask\s+for (\d+)", _section("Quotas"))
    (metrics,) = re.findall(r"each is 0\.30 a month once it was sent, (\d+) in all", _section("What costs money"))

    assert int(told) == asked
    assert int(metrics) == len(_emitted())


def test_what_ends_by_itself_is_what_the_template_ends() -> None:
    rules = {rule["Id"]: rule for rule in resources("AWS::S3::Bucket")["Bucket"]["LifecycleConfiguration"]["Rules"]}
    kept = _section("What is kept, and how long")

    assert set(rules) == set(re.findall(r"`(\w+)` (?:ends|keeps)", " ".join(kept.split())))
    assert rules["AbandonedUploads"]["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}
    assert rules["SupersededReceipts"]["Prefix"] == "receipts/"
    assert rules["SupersededReceipts"]["NoncurrentVersionExpiration"] == {
        "NoncurrentDays": 30,
        "NewerNoncurrentVersions": 2,
    }
    # Letters are pinned to versions of documents and row files, and what is current is somebody's post.
    assert not [rule for rule in rules.values() if "ExpirationInDays" in rule or "ExpirationDate" in rule]
    assert {queue["MessageRetentionPeriod"] for queue in QUEUES.values()} == {14 * 24 * 3600}
    assert (
        "| queues | messages | in `tracking`, `register` and `notice-events` | 14 days, as a dead letter or not |"
        in kept
    )


def test_every_prefix_that_roles_write_or_read_is_kept_somewhere() -> None:
    used = {
        resource["Fn::Sub"].removeprefix("${Bucket.Arn}/").partition("/")[0]
        for function in functions()
        for statement in statements(function)
        for resource in statement.get("Resource", ())
        if isinstance(resource, dict) and str(resource.get("Fn::Sub", "")).startswith("${Bucket.Arn}/")
    }
    told = set(re.findall(r"`([a-z-]+)/`", _section("What is kept, and how long").partition("The template")[0]))

    assert told == used


def test_what_lies_under_a_recipient_is_told() -> None:
    lies = {
        keys.PROFILE_SK,
        keys.held_sk("", "", 1).partition("#")[0] + "#",
        keys.enrolment_sk("").partition("#")[0] + "#",
        keys.disclosed_sk("", "", "").partition("#")[0] + "#",
    }

    assert set(_table("Erase a person")) == lies


def test_when_letters_are_stuck_is_told() -> None:
    hours = [stuck.LEAVES_WITHIN, stuck.ANSWERED_WITHIN]
    days = [stuck.CLAIMED_WITHIN, stuck.PRINTED_WITHIN]
    text = " ".join(_section("Stuck letters").split())

    assert [span.total_seconds() / 3600 for span in hours] == [2, 24]
    assert [span.days for span in (*days, stuck.OVERDUE_AFTER)] == [7, 7, 1]
    assert "not left after 2 hours, no mailbox has answered after 24, no print job has taken them after 7 days" in text


def test_a_loop_that_is_cut_rings_of_whichever_function_can_be_cut() -> None:
    metrics = ALARMS["LoopCutAlarm"]["Metrics"]
    watched = {metric["Id"]: metric["MetricStat"]["Metric"] for metric in metrics if "MetricStat" in metric}

    assert [metric["Expression"] for metric in metrics if "Expression" in metric] == ["SUM(FILL(METRICS(), 0))"]
    # No message leads to the canary.
    assert {*watched, "canary"} == {name for name, one in functions().items() if one.get("RecursiveLoop") != "Allow"}
    for name, metric in watched.items():
        (dimension,) = metric["Dimensions"]
        function = template()["Resources"][dimension["Value"]["Ref"]]["Properties"]
        assert (metric["Namespace"], metric["MetricName"]) == ("AWS/Lambda", "RecursiveInvocationsDropped")
        assert dimension["Name"] == "FunctionName"
        assert function["Handler"].startswith(f"{name}.")


# --- The dashboard ---


def _emitted() -> set[tuple[str, str]]:
    """Which metrics the functions send: service, name. What the adapters send, every service with a queue does."""
    with_queue = [
        name for name, one in functions().items() if any(event["Type"] == "SQS" for event in one["Events"].values())
    ]
    found: set[tuple[str, str]] = set()
    for path in (ROOT / "functions").rglob("*.py"):
        package = path.relative_to(ROOT / "functions").parts[0]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "add_metric":
                (name,) = (one.value.value for one in node.keywords if one.arg == "name")  # type: ignore[attr-defined]
                found |= {(service, name) for service in (with_queue if package == "cloud" else [package])}
    return found


def _widgets(body: str) -> list[dict[str, Any]]:
    return [widget["properties"] for widget in json.loads(body)["widgets"]]


def _body() -> str:
    """The dashboard as it is after substitution, each name standing for itself."""
    text: str = resources("AWS::CloudWatch::Dashboard")["Dashboard"]["DashboardBody"]["Fn::Sub"]
    return re.sub(r"\$\{([^}]+)\}", r"\1", text)


def _metrics(widget: dict[str, Any]) -> Iterator[list[str]]:
    """Namespace, metric, and dimensions of each line; a dot stands for what is above it."""
    before: list[str] = []
    for line in widget["metrics"]:
        cells = [cell for cell in line if isinstance(cell, str)]
        before = [before[n] if cell == "." else cell for n, cell in enumerate(cells)]
        yield before


SHOWN: Final = [metric for widget in _widgets(_body()) for metric in _metrics(widget)]


def test_every_metric_of_ours_on_the_dashboard_is_one_that_its_function_sends() -> None:
    ours = {(metric[3], metric[1]) for metric in SHOWN if metric[0] == NAMESPACE}

    assert {metric[2] for metric in SHOWN if metric[0] == NAMESPACE} == {"service"}
    assert ours <= _emitted()
    assert {name for _, name in ours} >= {"RowsAccepted", "LettersHandedOver", "LettersToPrinter", "LettersStuck"}
    assert {service for service, name in ours if name == "MessagesFailed"} == {
        name
        for name, function in functions().items()
        if any(event["Type"] == "SQS" for event in function["Events"].values())
    }


def test_a_service_is_called_as_its_folder() -> None:
    for name, function in functions().items():
        assert function["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"] == name


def test_every_queue_is_on_the_dashboard_with_what_waits_and_how_long() -> None:
    shown = {(metric[3], metric[1]) for metric in SHOWN if metric[:1] == ["AWS/SQS"]}
    depths = {(f"{name}.QueueName", "ApproximateNumberOfMessagesVisible") for name in QUEUES}
    ages = {
        (f"{name}.QueueName", "ApproximateAgeOfOldestMessage") for name, one in QUEUES.items() if "RedrivePolicy" in one
    }

    assert shown == depths | ages


def test_every_function_is_on_the_dashboard() -> None:
    shown = {(metric[3], metric[1]) for metric in SHOWN if metric[:1] == ["AWS/Lambda"]}

    assert shown == {
        (function, metric)
        # What a condition may leave out, a dashboard cannot name.
        for function in resources("AWS::Serverless::Function").keys() & always()
        for metric in ("Errors", "Throttles", "Duration")
    }


def test_the_dashboard_is_deployed_with_physical_names(office: Office) -> None:
    cloudwatch = office.stack.client("cloudwatch")
    (listed,) = cloudwatch.list_dashboards()["DashboardEntries"]
    body = cloudwatch.get_dashboard(DashboardName=listed["DashboardName"])["DashboardBody"]
    names = {metric[3] for widget in _widgets(body) for metric in _metrics(widget) if metric[0] == "AWS/SQS"}

    assert listed["DashboardName"] == "brevdue-dev"
    assert names == {office.stack.names[name].rpartition("/")[2] for name in QUEUES}
    assert {widget["region"] for widget in _widgets(body)} == {office.s3.meta.region_name}


def test_no_widget_covers_another() -> None:
    taken = [
        (x, y)
        for widget in json.loads(_body())["widgets"]
        for x in range(widget["x"], widget["x"] + widget["width"])
        for y in range(widget["y"], widget["y"] + widget["height"])
    ]

    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) < 24


# --- Who may do what ---


def _policy(heading: str, **names: str) -> dict[str, Any]:
    (text,) = re.findall(r"^```json\n(.*?)^```$", _part(heading), re.MULTILINE | re.DOTALL)
    for word, name in names.items():
        assert word in text
        text = text.replace(word, name)
    assert re.findall(r"[/:][A-Z]{4,}", text) == []
    read: dict[str, Any] = json.loads(text)
    return read


def _part(heading: str) -> str:
    """What stands under one of the smallest headings."""
    return TEXT.partition(f"\n### {heading}\n")[2].partition("\n#")[0]


def _role(policy: dict[str, Any], office: Office) -> Role:
    """A role made as the page says: with this policy and no more, under the path."""
    arn = f"arn:aws:iam::{PLACE.account}:role/brevdue/dev/somebody"
    return Role("somebody", Policies.read([policy]), PLACE, arn, office.stack.guards)


def _client(policy: dict[str, Any], office: Office) -> Any:
    """A client for S3 of whoever has this policy, and no more."""
    return RoleSession(_role(policy, office), Calls()).boto3.client("s3")


def _may(policy: dict[str, Any], operation: str, office: Office, **parameters: str) -> bool:
    """Whether a policy allows a call, whether or not what it names is there."""
    return _role(policy, office).refusal("s3", operation, {"Bucket": office.bucket_name, **parameters}) is None


def _sender(office: Office, name: str = "nordby") -> dict[str, Any]:
    return _policy("A sender", BUCKET=office.bucket_name, SENDER=name)


def _connector(office: Office, channel: Channel) -> dict[str, Any]:
    return _policy("A mailbox's connector", BUCKET=office.bucket_name, CHANNEL=channel)


def _printer(office: Office) -> dict[str, Any]:
    return _policy("A printer", BUCKET=office.bucket_name, PRINTER="default", SENDER="nordby")


def _outputs(office: Office) -> dict[str, str]:
    (stack,) = office.stack.client("cloudformation").describe_stacks()["Stacks"]
    return {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}


def test_a_sender_may_do_what_its_commands_do(office: Office) -> None:
    own = Connection(_client(_sender(office), office), office.bucket_name)
    office.bucket.put("receipts/nordby/b1/summary.json", b"{}\n")

    own.put("inbox/nordby/b1/documents/1.pdf", PDF, "application/pdf")
    own.put("enrolments/nordby/2026.csv", b"", "text/csv")
    own.put_over("inbox/nordby/b1/manifest.csv", "", b"one", "text/csv", {})
    with pytest.raises(ConflictError):
        own.put_over("inbox/nordby/b1/manifest.csv", "", b"two", "text/csv", {})
    etag = own.head("inbox/nordby/b1/manifest.csv").etag
    own.put_over("inbox/nordby/b1/manifest.csv", etag, b"two", "text/csv", {})

    assert own.read_data("inbox/nordby/b1/manifest.csv") == b"two"
    assert own.read_data("receipts/nordby/b1/receipts.csv") is None
    assert list(own.lines("receipts/nordby/b1/summary.json")) == [b"{}"]
    assert [found.name for found in own.files("receipts/nordby/b1/")] == ["summary.json"]
    assert [found.name for found in own.all_below("inbox/nordby/b1/")] == ["documents/1.pdf", "manifest.csv"]


def test_a_sender_may_do_nothing_with_what_is_anothers(office: Office) -> None:
    policy = _sender(office)
    other = Connection(_client(policy, office), office.bucket_name)
    for key in ("inbox/havblik/b1/manifest.csv", "receipts/havblik/b1/receipts.csv", "inbox/nordby-2/b1/manifest.csv"):
        office.bucket.put(key, b"")
        for ask in (
            other.read,
            other.head,
            lambda key: other.put(key, b"", "text/csv"),
            lambda key: list(other.lines(key)),
        ):
            with pytest.raises(RemoteError, match="the credentials do not allow"):
                ask(key)
        with pytest.raises(RemoteError, match="the credentials do not allow ListObjectsV2"):
            list(other.all_below(key.rpartition("/")[0] + "/"))
    for key in ("receipts/nordby/b1/receipts.csv", "rows/nordby/b1/m.jsonl", "outbox/altinn/a.jsonl", "register/a.csv"):
        assert not _may(policy, "PutObject", office, Key=key)
    for prefix in ("", "inbox/", "receipts/", "inbox/havblik/", "rows/nordby/", "outbox/", "print/"):
        assert not _may(policy, "ListObjectsV2", office, Prefix=prefix)
    for key in ("inbox/nordby/b1/manifest.csv", "receipts/nordby/b1/receipts.csv"):
        assert not _may(policy, "DeleteObject", office, Key=key)


def test_the_canary_may_do_nothing_that_its_sender_may_not(office: Office) -> None:
    may = Policies.read([_sender(office, "kanari")])
    bucket = f"arn:aws:s3:::{office.bucket_name}"

    def filled(text: str) -> str:
        return text.replace("${Bucket.Arn}", bucket).replace("${CanarySender}", "kanari").replace("*", "1")

    granted = [one for one in statements("canary") if one["Action"][0].startswith("s3:")]
    assert {name for one in statements("canary") for name in one["Action"]} == {
        *("logs:CreateLogStream", "logs:PutLogEvents", "xray:PutTraceSegments", "xray:PutTelemetryRecords"),
        *("s3:GetObject", "s3:PutObject", "s3:ListBucket"),
    }
    for one in granted:
        prefixes = one.get("Condition", {}).get("StringLike", {}).get("s3:prefix", [{"Fn::Sub": ""}])
        for action in one["Action"]:
            for resource in one["Resource"]:
                for prefix in prefixes:
                    arn = filled(resource.get("Fn::Sub", bucket))
                    assert may.allow(action, arn, {"s3:prefix": (filled(prefix["Fn::Sub"]),)}), (action, arn)


@pytest.mark.parametrize("channel", MAILBOXES)
def test_a_connector_may_do_what_it_does(office: Office, channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    office.bucket.put(f"outbox/{channel}/nordby/b1/00000-1.jsonl", b'{"letter": "nordby/b1/1", "attempt": 1}\n')
    monkeypatch.setattr("brevdue.connectors.MAILBOXES", [channel])
    policy = _connector(office, channel)
    connector = Connectors(_client(policy, office), office.bucket_name, 1)

    assert connector.play(START)
    assert connector.tally.collected == 1
    assert connector.complaints() == []
    answers = office.s3.list_objects_v2(Bucket=office.bucket_name, Prefix=f"tracking/{channel}/")
    assert answers["KeyCount"] == 1
    assert _may(policy, "GetObject", office, Key="inbox/nordby/b1/documents/1.pdf", VersionId="v1")


@pytest.mark.parametrize("channel", MAILBOXES)
def test_a_connector_may_do_nothing_with_what_is_anothers(office: Office, channel: Channel) -> None:
    policy = _connector(office, channel)
    for other in {*Channel} - {channel}:
        assert not _may(policy, "ListObjectsV2", office, Prefix=f"outbox/{other}/")
        assert not _may(policy, "GetObject", office, Key=f"outbox/{other}/nordby/b1/00000-1.jsonl")
        assert not _may(policy, "PutObject", office, Key=f"tracking/{other}/a.jsonl")
    for key in ("inbox/nordby/b1/manifest.csv", "rows/nordby/b1/m.jsonl", "receipts/nordby/b1/receipts.csv"):
        assert not _may(policy, "GetObject", office, Key=key)
        assert not _may(policy, "GetObject", office, Key=key, VersionId="v1")
    assert not _may(policy, "PutObject", office, Key=f"outbox/{channel}/a.jsonl")
    assert not _may(policy, "DeleteObject", office, Key=f"outbox/{channel}/a.jsonl")
    assert not _may(policy, "ListObjectsV2", office, Prefix="inbox/")


def test_a_printer_may_do_what_it_does(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = keys.print_folder("default", START)
    part = printers.Part(key="parts/nordby/b1/00000-1.jsonl", dispatch="nordby/b1/00000-1")
    job = printers.Job(printer="default", cut_off="", letters=1, sheets=1, parts=(part,))
    office.bucket.put(f"{folder}{part.key}", b'{"letter": "nordby/b1/1", "attempt": 1}\n')
    office.bucket.put(f"{folder}job.json", msgspec.json.encode(job))
    # The play is of all printers; one of them looks in its own folder.
    monkeypatch.setattr(printers, "_JOBS", "print/default/")
    policy = _printer(office)

    assert _may(policy, "GetObject", office, Key=keys.tracking_errors(Channel.PRINT, "a.jsonl"))
    assert _may(policy, "ListObjectsV2", office, Prefix="outbox/print/_tracking/")
    assert Printers(_client(policy, office), office.bucket_name, 1).play(START)
    assert office.s3.list_objects_v2(Bucket=office.bucket_name, Prefix="tracking/print/")["KeyCount"] == 1
    assert _may(policy, "GetObject", office, Key="inbox/nordby/b1/documents/1.pdf", VersionId="v1")


def test_a_printer_may_do_nothing_with_what_is_anothers(office: Office) -> None:
    policy = _printer(office)
    for key in (
        "print/other/20261118T163000Z/job.json",
        "print/default-2/20261118T163000Z/job.json",
        "inbox/nordby/b1/manifest.csv",
        "inbox/havblik/b1/documents/1.pdf",
        "rows/nordby/b1/m.jsonl",
        "outbox/altinn/nordby/b1/00000-1.jsonl",
    ):
        assert not _may(policy, "GetObject", office, Key=key)
        assert not _may(policy, "GetObject", office, Key=key, VersionId="v1")
    for prefix in ("", "print/", "print/other/", "inbox/nordby/", "outbox/"):
        assert not _may(policy, "ListObjectsV2", office, Prefix=prefix)
    for key in ("tracking/altinn/a.jsonl", "print/default/20261118T163000Z/job.json", "inbox/nordby/b1/manifest.csv"):
        assert not _may(policy, "PutObject", office, Key=key)


def test_who_may_use_the_key_is_told() -> None:
    (administration, granted, events) = resources("AWS::KMS::Key")["Key"]["KeyPolicy"]["Statement"]
    told = " ".join(_section("The keys").split())

    assert administration["Action"] == "kms:*"
    assert administration["Principal"]["AWS"]["Fn::Sub"].endswith(":root")
    assert "(`kms:*` for the account's root)" in told
    assert "`/brevdue/` and the stage" in told
    assert "`KeyUsers`" in told
    assert events["Principal"] == {"Service": "events.amazonaws.com"}
    assert "EventBridge, for this account alone, encrypts the events of notices" in told
    assert set(granted["Condition"]) == {"ArnLike", "StringEquals"}
    tests = granted["Condition"]["StringEquals"]
    assert tests["kms:CallerAccount"] == {"Ref": "AWS::AccountId"}
    assert [one["Fn::Sub"] for one in tests["kms:ViaService"]] == [
        f"{service}.${{AWS::Region}}.amazonaws.com" for service in ("dynamodb", "s3", "sqs")
    ]


def test_somebody_who_makes_proofs_may_read_and_sign_and_no_more(office: Office) -> None:
    outputs = _outputs(office)
    policy = _policy(
        "Somebody who makes proofs",
        BUCKET=outputs["BucketName"],
        BATCHES=outputs["BatchesTableName"],
        PROOFKEY=outputs["ProofKeyArn"],
        ACCOUNT=PLACE.account,
        REGION=PLACE.region,
    )
    office.senders.put(NEUTRAL)
    version = office.bucket.put("inbox/nordby/b1/documents/1.pdf", PDF)
    document = Document(path="1.pdf", version=version, size=len(PDF), etag="e")
    office.sort(office.commit(NEUTRAL, [letter(1, NORWEGIANS[0], documents=(document,))]))
    office.stack.advance(timedelta(hours=2))
    own = Remote(RoleSession(_role(policy, office), Calls()).boto3, Where(), outputs)

    stored = telling.letter(own, telling.named(["nordby/b1/1"]), with_register=False)
    made = making.make(stored, telling.document_hashes(own, stored), own.operator, "en", office.now)
    signer = Signer(own.kms, own.proof_key)

    assert verifying.read(signer.sign(made).encode(), signer.public_key) == made
    assert made.documents[0].sha256
    assert stored.listed
    _what_is_gone_is_told(office, own)
    with pytest.raises(ClientError, match="kms:GetPublicKey"):
        Signer(own.kms, office.stack.names["Key"]).sign(made)
    for service, operation, parameters in (
        ("s3", "PutObject", {"Bucket": outputs["BucketName"], "Key": "receipts/nordby/b1/receipts.csv"}),
        ("s3", "GetObject", {"Bucket": outputs["BucketName"], "Key": "inbox/nordby/b1/manifest.csv"}),
        ("dynamodb", "PutItem", {"TableName": outputs["BatchesTableName"], "Item": {}}),
        ("dynamodb", "GetItem", {"TableName": outputs["SendersTableName"], "Key": {}}),
    ):
        assert _role(policy, office).refusal(service, operation, parameters) is not None


def _what_is_gone_is_told(office: Office, own: Remote) -> None:
    """S3 tells it only to who may list: a document that was deleted, and a neutral list that is not there yet."""
    office.commit(NEUTRAL, [letter(1, NORWEGIANS[0])], batch="b2")
    stored = telling.letter(own, telling.named(["nordby/b2/1"]), with_register=False)

    assert stored.listed == b""
    assert telling.document_hashes(own, stored) == {}

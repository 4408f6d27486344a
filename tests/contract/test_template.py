"""The template and the code say the same, and the template keeps its promises."""

import importlib
import importlib.util
import inspect
import json
from typing import TYPE_CHECKING, Any

import pytest

from fallback.service import Fallback
from notification import events
from tests.support.office import Office
from tests.support.template import ROOT, always, environment, functions, resources, statements, template

if TYPE_CHECKING:
    from msgspec import Struct

FUNCTIONS = sorted(functions())
#: Each installation of an account and region has metrics of its own.
NAMESPACE = {"Fn::Sub": "Brevdue/${Stage}"}
QUEUES = resources("AWS::SQS::Queue")
SOURCES = {name: queue for name, queue in QUEUES.items() if "RedrivePolicy" in queue}
DEAD_LETTERS = {name: queue for name, queue in QUEUES.items() if "RedrivePolicy" not in queue}


def _sqs_events(function: str) -> list[dict[str, Any]]:
    events = functions()[function]["Events"].values()
    return [event["Properties"] for event in events if event["Type"] == "SQS"]


#: The functions that are called by a queue; the canary is called by its schedule alone.
READERS = [function for function in FUNCTIONS if _sqs_events(function)]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_environment_is_what_the_settings_ask_for(function: str) -> None:
    settings: type[Struct] = importlib.import_module(f"{function}.settings").Settings

    assert {field.upper() for field in settings.__struct_fields__} == environment(function)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_handler_is_there_and_short(function: str) -> None:
    module, _, name = functions()[function]["Handler"].rpartition(".")
    source = importlib.util.find_spec(module)
    assert source is not None
    assert source.origin is not None
    with open(source.origin, encoding="utf-8") as file:  # noqa: PTH123 - the path is a string
        text = file.read()
    assert f"def {name}(" in text
    body = [line for line in text.splitlines() if line and not line.startswith(("from ", "import ", "    from "))]
    assert len(body) <= 40


@pytest.mark.parametrize("function", READERS)
def test_a_message_of_nobodys_fails_alone(function: str, office: Office) -> None:
    event = json.loads((ROOT / "events" / "uploads-test.json").read_text(encoding="utf-8"))
    event["Records"][0]["body"] = "no message of ours"
    failed = [{"itemIdentifier": event["Records"][0]["messageId"]}]
    assert office.stack.invoke(function, event) == {"batchItemFailures": failed}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_source_reports_item_failures_and_waits_long_enough(function: str) -> None:
    timeout = functions()[function]["Timeout"]
    for event in _sqs_events(function):
        queue = QUEUES[event["Queue"]["Fn::GetAtt"][0]]
        window = event.get("MaximumBatchingWindowInSeconds", 0)

        assert event["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert queue["VisibilityTimeout"] >= 6 * timeout + window


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_every_queue_has_its_reader_its_dead_letters_and_their_alarm(name: str) -> None:
    dead_letters = SOURCES[name]["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
    readers = [f for f in FUNCTIONS for event in _sqs_events(f) if event["Queue"] == {"Fn::GetAtt": [name, "Arn"]}]
    watched = {
        (alarm["Dimensions"][0]["Value"]["Fn::GetAtt"][0], alarm["MetricName"])
        for alarm in resources("AWS::CloudWatch::Alarm").values()
        if alarm.get("Namespace") == "AWS/SQS"
    }

    assert len(readers) == 1
    assert SOURCES[name]["MessageRetentionPeriod"] == 14 * 24 * 3600
    assert DEAD_LETTERS[dead_letters]["MessageRetentionPeriod"] == 14 * 24 * 3600
    assert SOURCES[name]["RedrivePolicy"]["maxReceiveCount"] >= 5
    assert (dead_letters, "ApproximateNumberOfMessagesVisible") in watched
    assert (name, "ApproximateAgeOfOldestMessage") in watched


@pytest.mark.parametrize("name", ["StuckLettersAlarm", "ScheduleStoppedAlarm"])
def test_an_alarm_by_a_metric_of_ours_watches_one_that_every_tick_sends(name: str) -> None:
    alarm = resources("AWS::CloudWatch::Alarm")[name]
    service = functions()["fallback"]["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"]
    tick = inspect.getsource(Fallback.tick) + inspect.getsource(Fallback._send_due)

    assert alarm.get("Namespace") == NAMESPACE
    assert f'name="{alarm["MetricName"]}"' in tick
    assert alarm["Dimensions"] == [{"Name": "service", "Value": service}]


def test_metrics_of_ours_are_told_apart_by_installation() -> None:
    variables = template()["Globals"]["Function"]["Environment"]["Variables"]
    aws = ("AWS/", "AWS::")
    ours = [
        alarm["Namespace"]
        for alarm in resources("AWS::CloudWatch::Alarm").values()
        if "Namespace" in alarm and not str(alarm["Namespace"]).startswith(aws)
    ]
    dashboard = json.dumps(resources("AWS::CloudWatch::Dashboard")["Dashboard"]["DashboardBody"])

    assert variables["POWERTOOLS_METRICS_NAMESPACE"] == NAMESPACE
    assert ours
    assert all(namespace == NAMESPACE for namespace in ours)
    assert '[\\"Brevdue\\"' not in dashboard


def test_every_alarm_on_a_metric_of_ours_names_one_that_its_service_sends() -> None:
    alarms = [one for one in resources("AWS::CloudWatch::Alarm").values() if one.get("Namespace") == NAMESPACE]

    assert {alarm["MetricName"] for alarm in alarms} >= {"LettersStuck", "NoticesWithheld", "NoticesRefused"}
    for alarm in alarms:
        (dimension,) = alarm["Dimensions"]
        sources = (ROOT / "functions" / dimension["Value"]).glob("*.py")
        assert dimension["Name"] == "service"
        assert any(f'name="{alarm["MetricName"]}"' in source.read_text(encoding="utf-8") for source in sources)


def test_email_goes_from_the_address_of_the_installation_and_sms_from_its_sender_id() -> None:
    of = {statement["Sid"]: statement for statement in statements("notification")}
    arns = json.dumps([of["SendEmail"]["Resource"], of["SendSms"]["Resource"]])

    assert of["SendEmail"]["Condition"] == {"StringEquals": {"ses:FromAddress": {"Ref": "NoticeEmailFrom"}}}
    assert "identity/*" not in arns
    assert of["SendSms"]["Action"] == ["sms-voice:SendTextMessage"]
    assert "sender-id/${NoticeSmsSenderId}/*" in arns


def test_events_of_notices_may_reach_their_queue() -> None:
    """EventBridge says nothing of an event that a queue, or the key of a queue, does not take."""
    (policy,) = (
        one for one in resources("AWS::SQS::QueuePolicy").values() if one["Queues"] == [{"Ref": "NoticeEventsQueue"}]
    )
    (statement,) = policy["PolicyDocument"]["Statement"]
    rules = {
        name
        for name, rule in resources("AWS::Events::Rule").items()
        if {"Fn::GetAtt": ["NoticeEventsQueue", "Arn"]} in [target["Arn"] for target in rule["Targets"]]
    }
    allowed = statement["Condition"]["ArnEquals"]["aws:SourceArn"]
    key = resources("AWS::KMS::Key")["Key"]["KeyPolicy"]["Statement"]
    (of_events,) = (one for one in key if one.get("Principal") == {"Service": "events.amazonaws.com"})

    assert rules == {"EmailEventsRule", "SmsEventsRule"}
    assert {arn["Fn::GetAtt"][0] for arn in allowed} == rules
    assert set(of_events["Action"]) == {"kms:Decrypt", "kms:GenerateDataKey"}
    assert of_events["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_rules_bring_the_events_of_this_installation_alone() -> None:
    email, sms = (resources("AWS::Events::Rule")[f"{one}EventsRule"]["EventPattern"] for one in ("Email", "Sms"))
    environment = functions()["notification"]["Environment"]["Variables"]

    assert email["detail"]["mail"]["tags"]["ses:configuration-set"] == [environment["EMAIL_CONFIGURATION_SET"]]
    assert sms["detail"]["context"]["installation"] == [environment["INSTALLATION"]]


def test_of_an_sms_only_what_failed_is_brought() -> None:
    detail = resources("AWS::Events::Rule")["SmsEventsRule"]["EventPattern"]["detail"]

    assert set(detail["eventType"]) == events.SMS_FAILED
    assert detail["isFinal"] == [True]


def test_events_of_notices_that_cannot_be_delivered_raise_an_alarm_whichever_rule_they_are_of() -> None:
    alarm = resources("AWS::CloudWatch::Alarm")["NoticeEventsLostAlarm"]
    (told,) = (one for one in alarm["Metrics"] if one["ReturnData"])
    summed = [one["MetricStat"] for one in alarm["Metrics"] if not one["ReturnData"]]

    # EventBridge sends the metric only where something failed.
    assert (told["Expression"], alarm["TreatMissingData"]) == ("SUM(FILL(METRICS(), 0))", "notBreaching")
    watched = {one["Metric"]["Dimensions"][0]["Value"]["Ref"] for one in summed}
    assert watched == set(resources("AWS::Events::Rule"))
    told_of = {(one["Metric"]["Namespace"], one["Metric"]["MetricName"], one["Stat"]) for one in summed}
    assert told_of == {("AWS/Events", "FailedInvocations", "Sum")}
    assert {one["Metric"]["Dimensions"][0]["Name"] for one in summed} == {"RuleName"}


def test_letters_that_are_stuck_keep_their_alarm_ringing_until_a_look_finds_none() -> None:
    alarm = resources("AWS::CloudWatch::Alarm")["StuckLettersAlarm"]

    # A look is taken every minute, and tells how many there are.
    assert (alarm["Period"], alarm["Statistic"]) == (300, "Maximum")
    assert alarm["TreatMissingData"] == "ignore"


def test_calls_that_lambda_turns_away_raise_an_alarm_whatever_function_they_are_of() -> None:
    alarm = resources("AWS::CloudWatch::Alarm")["ThrottlesAlarm"]
    (told,) = (one for one in alarm["Metrics"] if one["ReturnData"])
    summed = [one["MetricStat"] for one in alarm["Metrics"] if not one["ReturnData"]]

    assert told["Expression"] == "SUM(METRICS())"
    # An alarm cannot name what a condition may leave out; the canary has an alarm of its own.
    watched = {one["Metric"]["Dimensions"][0]["Value"]["Ref"] for one in summed}
    assert watched == set(resources("AWS::Serverless::Function")) & always()
    assert {(one["Metric"]["MetricName"], one["Stat"]) for one in summed} == {("Throttles", "Sum")}


def test_every_queue_is_encrypted_and_those_with_ids_by_our_key() -> None:
    for name, queue in QUEUES.items():
        if name.startswith(("Tracking", "Register", "NoticeEvents")):
            assert queue["KmsMasterKeyId"] == {"Fn::GetAtt": ["Key", "Arn"]}
        else:
            assert queue["SqsManagedSseEnabled"] is True


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_role_may_do_anything_to_everything(function: str) -> None:
    for statement in statements(function):
        assert statement["Effect"] == "Allow"
        assert "*" not in json.dumps(statement["Action"])
        # Traces have no ARN.
        if statement["Sid"] != "Trace":
            assert "*" not in statement.get("Resource", ())
        assert "NotResource" not in statement


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_is_told_of_every_queue_that_it_may_send_to(function: str) -> None:
    told = {
        value["Ref"]
        for value in functions()[function]["Environment"]["Variables"].values()
        if isinstance(value, dict) and value.get("Ref", "").endswith("Queue")
    }
    allowed = {
        resource["Fn::GetAtt"][0]
        for statement in statements(function)
        if statement["Action"] == ["sqs:SendMessage"]
        for resource in statement["Resource"]
    }

    assert told == allowed


def test_without_a_sender_of_its_own_there_is_no_canary(office: Office) -> None:
    names = {name for name in template()["Resources"] if name.startswith("Canary")}

    assert set(office.stack.functions) == {name for name in FUNCTIONS if name != "canary"}
    assert {name for name in template()["Resources"] if name not in always()} == {*names, "AlarmSubscription"}
    assert template()["Conditions"]["HasCanary"] == _is_given("CanarySender")
    assert not [name for name in office.stack.names if name.startswith("Canary")]


def test_a_canary_needs_a_recipient() -> None:
    (rule,) = template()["Rules"].values()

    assert rule["RuleCondition"] == _is_given("CanarySender")
    assert [one["Assert"] for one in rule["Assertions"]] == [_is_given("CanaryRecipient")]
    assert template()["Parameters"]["CanaryRecipient"]["NoEcho"] is True


def _is_given(parameter: str) -> dict[str, Any]:
    return {"Fn::Not": [{"Fn::Equals": [{"Ref": parameter}, ""]}]}


def test_functions_share_one_build() -> None:
    shared = template()["Globals"]["Function"]

    assert shared["Environment"]["Variables"]["BUCKET_OWNER"] == {"Ref": "AWS::AccountId"}
    assert (shared["CodeUri"], shared["Runtime"], shared["Architectures"]) == ("functions/", "python3.13", ["arm64"])
    assert not any("CodeUri" in function for function in functions().values())


def test_the_template_for_an_import_has_what_outlives_the_stack_as_it_is() -> None:
    whole, part = template(), template("docs/import.yaml")
    lasting = {name: one for name, one in whole["Resources"].items() if "DeletionPolicy" in one}

    assert set(part["Resources"]) == set(lasting)
    for name, one in part["Resources"].items():
        # An import takes no resource that does not say what becomes of it.
        assert one["DeletionPolicy"] == "Retain"
        left_out = set(lasting[name]["Properties"]) - set(one["Properties"])
        assert left_out == ({"NotificationConfiguration"} if name == "Bucket" else set())
        assert all(value == lasting[name]["Properties"][key] for key, value in one["Properties"].items())
    for kind in ("Parameters", "Conditions"):
        assert all(one == whole[kind][name] for name, one in part[kind].items())
    # An import takes no transform.
    assert "Transform" not in part


@pytest.mark.parametrize("table", sorted(resources("AWS::DynamoDB::Table")))
def test_every_table_is_on_demand_encrypted_and_can_be_restored(table: str) -> None:
    properties = resources("AWS::DynamoDB::Table")[table]

    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
    assert properties["SSESpecification"]["KMSMasterKeyId"] == {"Fn::GetAtt": ["Key", "Arn"]}
    assert "GlobalSecondaryIndexes" not in properties

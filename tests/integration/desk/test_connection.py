"""How the command line finds a post office, and what it says where it does not."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from brevdue import remote
from brevdue.stack.deploy import STACK_NAME
from brevdue.stack.stack import REGION
from tests.integration.desk.batches import rows, write
from tests.integration.desk.conftest import Brevdue
from tests.support.office import Office
from tests.support.template import ROOT, resources, template

CLEAN = {
    **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "BREVDUE_"))},
    "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'functions'}",
}


@pytest.fixture
def nobody(brevdue: Brevdue, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Brevdue:
    """The command line of somebody who has no credentials, and no configuration."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / name))
    return brevdue


@pytest.fixture
def web_server() -> Iterator[str]:
    """Something else that answers on loopback."""

    class Page(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(404)
            self.end_headers()
            self.wfile.write(b"<html>no such page</html>")

        def log_message(self, *_arguments: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Page) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_the_defaults_are_those_of_the_embedded_stack() -> None:
    assert (remote.STACK, remote.LOOPBACK_REGION) == (STACK_NAME, REGION)


def test_every_queue_and_its_dead_letters_are_outputs_of_the_template() -> None:
    values = [output["Value"] for output in template()["Outputs"].values()]

    assert [value for value in values if value.get("Ref") in resources("AWS::SQS::Queue")] == [
        {"Ref": name} for name in resources("AWS::SQS::Queue")
    ]
    assert all(output["Description"] for output in template()["Outputs"].values())


def test_names_are_those_of_the_stack(office: Office, brevdue: Brevdue, monkeypatch: pytest.MonkeyPatch) -> None:
    assert brevdue("status").exit_code == 0
    found = remote.connect(remote.Where(region=REGION))

    assert found.bucket == office.bucket_name
    assert (found.senders_table, found.batches_table) == (
        office.stack.names["SendersTable"],
        office.stack.names["BatchesTable"],
    )
    (pages,) = (queue for queue in found.queues if queue.name == "pages")
    assert (pages.url, pages.dead_letters) == (
        office.stack.names["PagesQueue"],
        office.stack.names["PagesDeadLetters"],
    )
    monkeypatch.setenv("BREVDUE_STACK", "another")
    assert brevdue("status").exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--stack", "another"), 'there is no stack "another" in eu-north-1: name yours with --stack'),
        (("--region", "eu-west-1"), 'there is no stack "brevdue" in eu-west-1'),
        (("--profile", "boss"), "The config profile (boss) could not be found: name another with --profile"),
        (("--endpoint-url", "http://127.0.0.1:1"), "nothing answers at http://127.0.0.1:1: is `brevdue up` running?"),
        (("--endpoint-url", "127.0.0.1:4566"), "127.0.0.1:4566 is no address: write one as in http://127.0.0.1:4566"),
        (("--endpoint-url", "http://127.0.0.1:port"), "http://127.0.0.1:port is no address"),
    ],
)
def test_what_is_not_there_ends_with_2_and_says_what_to_do(
    brevdue: Brevdue, arguments: tuple[str, ...], says: str
) -> None:
    result = brevdue("status", "--json", *arguments)

    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr


def test_another_stack_is_told_from_a_post_office(office: Office, brevdue: Brevdue) -> None:
    cloudformation = office.stack.client("cloudformation")
    body = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
    cloudformation.create_stack(StackName="website", TemplateBody=body)
    try:
        result = brevdue("outage", "list", "--stack", "website")
    finally:
        cloudformation.delete_stack(StackName="website")

    assert result.exit_code == 2
    assert 'the stack "website" has no output BatchesTableName' in result.stderr


def test_without_credentials_that_is_said(tmp_path: Path) -> None:
    # In a process of its own: the embedded stack of this one lets calls pass that nobody signed.
    nowhere = {name: str(tmp_path / name) for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "HOME")}
    result = _brevdue("status", **nowhere, AWS_EC2_METADATA_DISABLED="true", AWS_REGION="eu-north-1")

    assert (result.returncode, result.stdout) == (2, "")
    assert "no AWS credentials were found: run `aws configure` or `aws sso login`" in result.stderr


def test_without_a_region_that_is_said(nobody: Brevdue, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)

    result = nobody("status")

    assert result.exit_code == 2
    assert "no AWS region is set: name it with --region" in result.stderr


def test_on_loopback_no_credentials_are_asked_for(nobody: Brevdue, web_server: str) -> None:
    result = nobody("status", "--endpoint-url", web_server)

    assert result.exit_code == 2
    assert result.stderr == f"what answers at {web_server} is no AWS: check --endpoint-url\n"


def test_the_commands_work_on_what_up_serves(tmp_path: Path) -> None:
    up = [sys.executable, "-m", "brevdue", "up", "--port", "0", "--no-connectors", "--json"]
    (tmp_path / "senders.yaml").write_text("{id: fjordvik, name: Fjordvik kommune, regime: no_public}")
    with subprocess.Popen(  # noqa: S603 - our own
        [*up, "--log", str(tmp_path / "log")], stdout=subprocess.PIPE, text=True, env=CLEAN
    ) as served:
        try:
            assert served.stdout is not None
            endpoint = json.loads(served.stdout.readline())["endpoint"]

            put = _brevdue("senders", "put", str(tmp_path / "senders.yaml"), AWS_ENDPOINT_URL=endpoint)
            status = _brevdue("status", "--sender", "fjordvik", AWS_ENDPOINT_URL=endpoint)
            batch = write(tmp_path / "november", *rows(3))
            sent = _brevdue("send", str(batch), "--sender", "fjordvik", AWS_ENDPOINT_URL=endpoint)
            again = _brevdue("send", str(batch), "--sender", "fjordvik", AWS_ENDPOINT_URL=endpoint)
        finally:
            served.terminate()

    assert (put.returncode, put.stdout) == (0, "fjordvik is new\n")
    assert (status.returncode, status.stderr) == (0, "")
    assert "brevdue in eu-north-1" in status.stdout
    assert ["receipts", *"·····"] in [line.split() for line in status.stdout.splitlines()]
    assert [done.stdout.splitlines()[:1] for done in (sent, again)] == [
        ["november is sent: 3 rows, 3 documents, 0.0 MB"],
        ["november was already sent"],
    ]


def _brevdue(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command line of somebody who has set nothing but this of AWS."""
    return subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-m", "brevdue", *arguments],
        env={**CLEAN, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

from collections.abc import Callable

import pytest
from botocore.loaders import Loader
from typer.testing import CliRunner, Result

from brevdue.cli import app
from tests.support.office import Office

#: Runs the command line against the office, which is AWS to it.
Brevdue = Callable[..., Result]

#: Keeps the models of AWS's services: every command makes its own session, which would read them anew.
_LOADER = Loader()


@pytest.fixture
def brevdue(office: Office, monkeypatch: pytest.MonkeyPatch) -> Brevdue:
    monkeypatch.setattr("botocore.session.create_loader", lambda _path: _LOADER)
    monkeypatch.setenv("AWS_REGION", office.s3.meta.region_name)
    for name in ("AWS_ENDPOINT_URL", "BREVDUE_ENDPOINT_URL", "BREVDUE_STACK", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("BREVDUE_BUCKET", "BREVDUE_SENDER"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str, answer: str = "") -> Result:
        return CliRunner().invoke(app, arguments, input=answer)

    return run

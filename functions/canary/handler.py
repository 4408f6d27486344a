"""On its schedule: a letter is sent as any sender sends one, and looked after."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from canary.service import CanaryRun
from canary.settings import Settings
from cloud import clients, clock, environment
from cloud.bucket import Bucket
from cloud.observability import logger, metrics

_settings = environment.read(Settings)
_canary = CanaryRun(bucket=Bucket(clients.s3(), _settings.bucket), settings=_settings)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(_event: Mapping[str, Any], _context: LambdaContext) -> None:
    """Handle the schedule's tick."""
    _canary.run(clock.now())

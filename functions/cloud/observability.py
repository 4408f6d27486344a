"""Logs and metrics: one logger and one set of metrics a function.

Neither ever holds a body, an id of a person or an address. The service name comes
from the environment (POWERTOOLS_SERVICE_NAME).
"""

from aws_lambda_powertools import Logger, Metrics

from cloud import environment

logger = Logger(log_record_order=["level", "message"], utc=True)
metrics = Metrics(namespace=environment.metrics_namespace())

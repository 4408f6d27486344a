"""Serves the stack's AWS on loopback, to any AWS client."""

import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from http import HTTPStatus
from threading import Event, Thread
from typing import TYPE_CHECKING, Final

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from brevdue.stack.backend import LOCK
from brevdue.stack.sms import SMS, SMS_TARGET

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from brevdue.stack.stack import Stack

_HOST: Final = "127.0.0.1"


class _QuietHandler(MotoRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing: the stack makes many requests."""


class Server:
    """moto's HTTP server on loopback, over the data of this process, until closed.

    Args:
        port: where it listens; 0 for a free one.
    """

    def __init__(self, port: int = 0) -> None:
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._server = make_server(_HOST, port, self._answer, threaded=True, request_handler=_QuietHandler)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """The endpoint URL for AWS clients."""
        return f"http://{_HOST}:{self._server.port}"

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _answer(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        with LOCK:
            target = environ.get("HTTP_X_AMZ_TARGET", "")
            if target.startswith(SMS_TARGET):
                return _answer_sms(target, environ, start_response)
            answer: Iterable[bytes] = self._moto(environ, start_response)
            return answer


def _answer_sms(target: str, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Answer for the service that moto does not have."""
    size = int(environ.get("CONTENT_LENGTH") or 0)
    region = environ["HTTP_AUTHORIZATION"].split("/")[2]
    status, _, body = SMS.answer(region, target, environ["wsgi.input"].read(size).decode())
    start_response(f"{status} {HTTPStatus(status).phrase}", [("Content-Type", "application/x-amz-json-1.0")])
    return [body.encode()]


def serve(
    stack: "Stack",
    port: int = 0,
    *,
    ready: Callable[[str], None] = lambda _url: None,
    stop: Event | None = None,
    every_s: float = 0.2,
) -> None:
    """Serve `stack` and run it, until `stop` is set or Ctrl-C is pressed.

    What clients from outside ask is not checked against any role. Give the
    stack a clock that runs.

    Args:
        stack: deployed, and used by nobody else meanwhile.
        port: where to listen; 0 for a free one.
        ready: called with the endpoint URL once it listens.
        stop: ends it from another thread.
        every_s: seconds between two looks at queues and schedules.

    Raises:
        OSError: the port is taken.
    """
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    stop = stop or Event()
    server = Server(port)
    try:
        ready(server.url)
        with suppress(KeyboardInterrupt):
            while not stop.wait(every_s):
                stack.tick()
    finally:
        server.close()

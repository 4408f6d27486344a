"""What ingest does: act on each upload that the uploads queue speaks of."""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from cloud.batches import Batches
from cloud.bucket import Bucket
from cloud.observability import logger
from cloud.s3_events import is_s3_event, new_objects
from cloud.time_left import TimeLeft
from ingest.enrolment_files import EnrolmentFiles
from ingest.manifests import Manifests
from ingest.order_files import OrderFiles
from ingest.register_files import RegisterFiles
from ingest.tracking_files import TrackingFiles
from postal import messages
from postal.keys import Upload, UploadKind, parse_upload
from postal.messages import CheckManifest


@dataclass(frozen=True, kw_only=True)
class Ingest:
    """Takes manifests, order files and bulk files."""

    bucket: Bucket
    batches: Batches
    manifests: Manifests
    order_files: OrderFiles
    tracking_files: TrackingFiles
    register_files: RegisterFiles
    enrolment_files: EnrolmentFiles

    def handle(self, body: str, now: datetime, time_left: TimeLeft) -> None:
        """Act on one message of the uploads queue: S3's own, or a manifest to look at again.

        Raises:
            ValueError: the message is neither.
            OutOfTimeError: a file takes longer than an invocation has; it is read anew.
        """
        content = msgspec.json.decode(body)
        if isinstance(content, dict) and is_s3_event(content):
            for new in new_objects(content):
                self._take(new.key, new.version, now, time_left)
            return
        match messages.decode(body):
            case CheckManifest(key=key, version=version) as check:
                self._take(key, version, now, time_left, is_again=True)
                if check.due_sk:
                    self.batches.due_entries.disarm(check.due_sk, check.token)
            case message:
                raise ValueError(f"ingest takes no {type(message).__name__}")

    def _take(self, key: str, version: str, now: datetime, time_left: TimeLeft, *, is_again: bool = False) -> None:
        upload = parse_upload(key)
        if upload is None:
            # Every object under the prefixes is announced: documents too, and the notes that senders keep.
            return
        # An event without a version means the latest one; from here on it is this one.
        info = self.bucket.head(key, version)
        if info is None:
            logger.info("upload is gone", extra=_named(upload))
            return
        match upload.kind:
            case UploadKind.MANIFEST:
                self.manifests.take(upload, info, now, time_left, is_again=is_again)
            case UploadKind.ORDERS:
                self.order_files.take(upload, info, now, time_left)
            case UploadKind.TRACKING:
                self.tracking_files.take(upload, info, time_left)
            case UploadKind.REGISTER:
                self.register_files.take(upload, info, time_left)
            case UploadKind.ENROLMENTS:
                self.enrolment_files.take(upload, info, time_left)


def _named(upload: Upload) -> dict[str, str]:
    return {"owner": upload.owner, "batch": upload.batch}

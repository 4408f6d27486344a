from msgspec import Struct


class Settings(Struct, frozen=True, kw_only=True):
    """The environment of the notification function."""

    bucket: str
    batches_table: str
    recipients_table: str
    notices_queue: str
    email_from: str
    sms_sender_id: str

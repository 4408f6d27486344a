from msgspec import Struct


class Settings(Struct, frozen=True, kw_only=True):
    """The environment of the notification function."""

    bucket: str
    batches_table: str
    recipients_table: str
    email_from: str
    email_configuration_set: str
    sms_sender_id: str
    sms_configuration_set: str
    installation: str

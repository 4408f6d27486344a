"""Reading a page of a row file."""

from botocore.exceptions import ClientError

from cloud.bucket import Bucket, is_missing
from postal.letters import Letter
from postal.pages import Page
from postal.rows import Row, decode_page


def rows_of(bucket: Bucket, page: Page) -> list[Row]:
    """The rows of a page, in order; raises msgspec.DecodeError where one is none."""
    return decode_page(bucket.read_range(page.key, page.version, page.first, page.last))


def letters_of(bucket: Bucket, page: Page) -> dict[int, Letter]:
    """The letters of a page, by row; refused rows have none."""
    return {row.row: row for row in rows_of(bucket, page) if isinstance(row, Letter)}


def letters_left_of(bucket: Bucket, page: Page) -> dict[int, Letter]:
    """The letters of a page, by row; none where its row file is deleted."""
    try:
        return letters_of(bucket, page)
    except ClientError as error:
        if is_missing(error):
            return {}
        raise

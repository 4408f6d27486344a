"""What functions ask AWS for on the whole way of a letter."""

from datetime import timedelta
from typing import TYPE_CHECKING

from postal.channels import Channel
from postal.messages import Event, Report
from postal.register import OptedOut
from postal.times import to_text
from tests.integration.ingest.conftest import Uploads, row
from tests.support import pdfs
from tests.support.calls import unchecked
from tests.support.office import START, Office
from tests.support.template import environment

if TYPE_CHECKING:
    from brevdue.stack.stack import Call

USER = "no-fnr:02013299997"


def test_every_function_that_uses_the_bucket_says_whose_it_is(office: Office) -> None:
    calls: list[Call] = []
    office.stack.on_call = lambda call: calls.append(call) if call.phase == "before" else None
    uploads = Uploads(office)
    uploads.put("documents/brev-000001.pdf", pdfs.document(pdfs.A4))
    uploads.manifest([row(1), row(1, reference="F-2", delivery="paper")])
    office.stack.run()
    sorting = office.batches.page_items("nordby", "b1", 0).sorting
    assert sorting is not None
    office.register(USER)
    delivered = Report(event=Event.DELIVERED, n=1, rows="", attempt=1, at=to_text(START))
    office.report(sorting.page, Channel.ALTINN, delivered)
    office.tell(OptedOut(recipient=USER, occurred_at=START))
    for _ in range(12):
        office.stack.advance(timedelta(hours=1))

    using = {call.function for call in calls if call.service == "s3"}
    assert using == {name for name in office.stack.functions if "BUCKET" in environment(name)}
    assert {call.params["ExpectedBucketOwner"] for call in calls if call.service == "s3"} == {"123456789012"}
    assert {call.function for call in calls} == set(office.stack.functions)
    assert unchecked(office.stack.asked) == []
    assert office.stack.refusals == []

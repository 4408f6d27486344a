"""What receipts gives back to correct is taken by ingest, by way of the deployed functions."""

import csv
from datetime import timedelta
from io import StringIO

from postal.letters import Letter
from tests.integration.ingest.conftest import PDF, Uploads, row
from tests.support.office import Office


def test_a_corrected_file_is_a_batch_of_its_own(office: Office) -> None:
    first = Uploads(office)
    first.documents("brev-000000.pdf", "brev-000001.pdf")
    first.manifest([row(0), row(1, title="- 10 % på avgiften", postal_code="15"), row(2, title="+ gebyr", document="")])
    office.stack.run()
    office.stack.advance(timedelta(minutes=61))
    text = office.bucket.read("receipts/nordby/b1/to_correct.csv").decode("utf-8-sig")
    assert ";'- 10 % på avgiften;" in text

    reader = csv.DictReader(StringIO(text, newline=""), delimiter=";")
    assert reader.fieldnames is not None
    assert reader.fieldnames[-2:] == ["error", "remedy"]
    corrected = [{**line, "postal_code": "0150", "document": "brev.pdf"} for line in reader]
    second = Uploads(office, batch="b2")
    second.put("documents/brev.pdf", PDF)
    manifest = StringIO(newline="")
    writer = csv.DictWriter(manifest, reader.fieldnames, delimiter=";")
    writer.writeheader()
    writer.writerows(corrected)
    second.put("manifest.csv", manifest.getvalue().encode("utf-8-sig"))
    office.stack.run()

    assert [one.title for one in second.rows() if isinstance(one, Letter)] == ["- 10 % på avgiften", "+ gebyr"]
    assert second.committed().unknown_columns == ()
    assert second.committed().refused_rows == 0

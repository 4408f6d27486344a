import pytest

from postal import keys
from postal.keys import Upload, UploadKind


@pytest.mark.parametrize("name", keys.MANIFEST_NAMES)
def test_a_manifest_is_exactly_there(name: str) -> None:
    assert keys.parse_upload(f"inbox/nordby/2026-11.a/{name}") == Upload(
        UploadKind.MANIFEST, "nordby", "2026-11.a", name
    )


@pytest.mark.parametrize(
    "key",
    [
        "inbox/nordby/b1/documents/manifest.csv",
        "inbox/nordby/b1/manifest.xlsx",
        "inbox/nordby/b1/MANIFEST.CSV",
        "inbox/nordby/manifest.csv",
        "inbox/Nordby/b1/manifest.csv",
        "inbox/n/b1/manifest.csv",
        "inbox/nordby/-b1/manifest.csv",
        "inbox/nordby/b1#x/manifest.csv",
        "inbox/nordby//manifest.csv",
        "tracking/print/a b.jsonl",
        "tracking/fax/a.jsonl",
        "tracking/altinn/sub/a.jsonl",
        "rows/nordby/b1/v.jsonl",
        "",
    ],
)
def test_other_keys_are_nothing_to_act_on(key: str) -> None:
    assert keys.parse_upload(key) is None


def test_a_tracking_file_belongs_to_its_channel() -> None:
    assert keys.parse_upload("tracking/digipost/2026-11-18.jsonl") == Upload(
        UploadKind.TRACKING, "digipost", "", "2026-11-18.jsonl"
    )

"""What functions ask AWS for, held against what their clients are checked for."""

from collections.abc import Set as AbstractSet

from cloud import clients


def unchecked(asked: AbstractSet[tuple[str, str, frozenset[str]]]) -> list[str]:
    """The members that calls had and `clients.MEMBERS` has not, and the calls to S3 that named no owner."""
    found = []
    for service, operation, members in asked:
        checked = clients.MEMBERS.get(service, {}).get(operation, "").split()
        found += [f"{service} {operation} {member}" for member in members.difference(checked)]
        if service == "s3" and "ExpectedBucketOwner" not in members:
            found.append(f"s3 {operation} without ExpectedBucketOwner")
    return sorted(set(found))

"""Signing a proof with a key that never leaves KMS."""

from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec
from joserfc.util import urlsafe_b64encode

from brevdue.proofs import content, keys
from brevdue.proofs.content import Header, Proof
from brevdue.proofs.keys import PublicKey

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient


class Signer:
    """A key in KMS.

    Args:
        kms: a client.
        key_id: the key's id or ARN.
    """

    def __init__(self, kms: "KMSClient", key_id: str) -> None:
        self._kms = kms
        self._key_id = key_id

    @cached_property
    def public_key(self) -> PublicKey:
        """Its public half.

        Raises:
            NoKeyError: it is a key of another kind.
        """
        return keys.from_der(self._kms.get_public_key(KeyId=self._key_id)["PublicKey"])

    def sign(self, proof: Proof) -> str:
        """The signed file: a JWS in its compact serialization (RFC 7515 § 7.1), and a line break.

        KMS signs the digest: what it takes whole is limited to 4,096 bytes.

        Raises:
            NoKeyError: the key is of another kind.
        """
        header = Header(alg="ES256", typ="brevdue-proof", cty="json", kid=self.public_key.id)
        parts = (msgspec.json.encode(header), content.encode(proof))
        signed = b".".join(urlsafe_b64encode(part) for part in parts)
        answer = self._kms.sign(
            KeyId=self._key_id,
            Message=sha256(signed).digest(),
            MessageType="DIGEST",
            SigningAlgorithm="ECDSA_SHA_256",
        )
        signature = keys.signature_from_der(answer["Signature"])
        return f"{signed.decode()}.{urlsafe_b64encode(signature).decode()}\n"

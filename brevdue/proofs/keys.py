"""The key by which proofs are signed: its public half, as a PEM file that anybody may have."""

from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from joserfc.jwk import ECKey

#: ECDSA with P-256 and SHA-256 (RFC 7518 § 3.4), which KMS calls ECDSA_SHA_256 of an ECC_NIST_P256 key.
ALGORITHM: Final = "ES256"


#: Bytes of each of the two numbers of a signature, and the order of the curve (SEC 2 § 2.4.2).
_HALF_BYTES: Final = 32
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class NoKeyError(ValueError):
    """Something is no public key of that kind, or not that alone."""


class PublicKey:
    """A public key. `id` is its thumbprint (RFC 7638), by which a proof names the key that signed it."""

    def __init__(self, key: EllipticCurvePublicKey) -> None:
        """Use `from_pem` or `from_der`."""
        self.pem: Final = key.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        ).decode()
        self.jwk: Final = ECKey.import_key(self.pem)
        self.id: Final = self.jwk.thumbprint()


def from_der(der: bytes) -> PublicKey:
    """The key that KMS answers with.

    Raises:
        NoKeyError: it is of another kind.
    """
    return PublicKey(_p256(serialization.load_der_public_key(der)))


def from_pem(data: bytes) -> PublicKey:
    """The key of a PEM file, which holds nothing else.

    Raises:
        NoKeyError: it does not hold just that, byte for byte but for line ends and space around.
    """
    try:
        key = PublicKey(_p256(serialization.load_pem_public_key(data)))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise NoKeyError("no public key of that kind") from error
    # A reader of PEM is lenient, and passes over what it does not need.
    if data.split() != key.pem.encode().split():
        raise NoKeyError("more than that key, or written otherwise")
    return key


def _p256(key: object) -> EllipticCurvePublicKey:
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise NoKeyError("a key of another kind")
    return key


def signature_from_der(der: bytes) -> bytes:
    """A signature as a JWS has it, of the DER that KMS answers with: two numbers, one behind the other.

    Of the two second numbers that are right for the same first, the lower is taken: see `is_canonical`.
    """
    first, second = decode_dss_signature(der)
    return b"".join(number.to_bytes(_HALF_BYTES, "big") for number in (first, min(second, _ORDER - second)))


def is_canonical(signature: bytes) -> bool:
    """Whether nobody can have turned a right signature into another right one without the key."""
    return int.from_bytes(signature[_HALF_BYTES:], "big") <= _ORDER // 2

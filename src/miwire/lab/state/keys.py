"""The keys that sign this Azure's tokens: made at start, kept in memory, never written anywhere."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _base64url_number(number: int) -> str:
    return _base64url(number.to_bytes((number.bit_length() + 7) // 8, "big"))


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An RSA key and the self-signed certificate around it, as Entra ID publishes them."""

    private: rsa.RSAPrivateKey
    certificate: x509.Certificate

    @classmethod
    def make(cls) -> SigningKey:
        """Make a new 2048-bit key."""
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "miwire lab signing key")])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(private.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=365))
            .sign(private, hashes.SHA256())
        )
        return cls(private, certificate)

    @property
    def kid(self) -> str:
        """The key id: the certificate's SHA-1 thumbprint, as Entra ID makes it."""
        return _base64url(self.certificate.fingerprint(hashes.SHA1()))  # noqa: S303

    def jwk(self, issuer: str) -> dict[str, object]:
        """Return the public part as in Entra ID's key set, *issuer* in v2 form."""
        public = self.private.public_key().public_numbers()
        der = self.certificate.public_bytes(Encoding.DER)
        return {
            "kty": "RSA",
            "use": "sig",
            "kid": self.kid,
            "x5t": self.kid,
            "n": _base64url_number(public.n),
            "e": _base64url_number(public.e),
            "x5c": [base64.b64encode(der).decode()],
            "issuer": issuer,
        }


def rolled(keys: tuple[SigningKey, ...], how: str | None) -> tuple[SigningKey, ...]:
    """
    Return *keys* after a rollover: the first signs, and all are published.

    `announced`: the next key, published all along, signs now. `unannounced`: a new one does. None
    changes nothing.
    """
    match how:
        case "announced":
            return (*keys[1:], keys[0])
        case "unannounced":
            return (SigningKey.make(), *keys)
        case _:
            return keys

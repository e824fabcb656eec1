"""A certificate authority of the tests' own, for signing manifests."""

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_Private = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey
_Public = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | rsa.RSAPublicKey
_PEM = serialization.Encoding.PEM
KINDS = ("P-256", "P-384", "P-521", "Ed25519")


def private(kind: str) -> _Private:
    """A fresh key, of one of `KINDS`; RSA is there to be refused."""
    if kind == "RSA":
        return rsa.generate_private_key(65537, 2048)
    if kind == "Ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    curve = {"P-256": ec.SECP256R1, "P-384": ec.SECP384R1, "P-521": ec.SECP521R1}[kind]
    return ec.generate_private_key(curve())


def _signed(builder: x509.CertificateBuilder, key: _Private) -> x509.Certificate:
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return builder.sign(key, None)
    digest = {384: hashes.SHA384(), 521: hashes.SHA512()}.get(key.key_size, hashes.SHA256())
    return builder.sign(key, digest)


def pem(key: _Private) -> bytes:
    """A private key as a file has it."""
    return key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _builder(subject: str, issuer: str, public: _Public) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    names = [
        x509.Name(
            [
                x509.NameAttribute(NameOID.COMMON_NAME, name),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Limner tests"),
            ]
        )
        for name in (subject, issuer)
    ]
    return (
        x509.CertificateBuilder()
        .subject_name(names[0])
        .issuer_name(names[1])
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=not signs,
        crl_sign=not signs,
        encipher_only=False,
        decipher_only=False,
    )


def chain(kind: str = "P-256", *, signer: str = "Signer") -> tuple[bytes, bytes, str]:
    """A signing key, its certificates, and the root that vouches for them; all PEM.

    Args:
        kind: of both keys, one of `KINDS`.
        signer: whom the certificate names.
    """
    root_key, key = private(kind), private(kind)
    root = _signed(
        _builder("Root", "Root", root_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True),
        root_key,
    )
    leaf = _signed(
        _builder(signer, "Root", key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False
        ),
        root_key,
    )
    certificates = leaf.public_bytes(_PEM) + root.public_bytes(_PEM)
    return pem(key), certificates, root.public_bytes(_PEM).decode()


def self_signed() -> tuple[bytes, bytes]:
    """A key and a certificate that vouches for itself, as web servers have them; both PEM."""
    key = private("P-256")
    alone = _signed(
        _builder("Myself", "Myself", key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False),
        key,
    )
    return pem(key), alone.public_bytes(_PEM)

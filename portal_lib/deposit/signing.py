"""The supplier's key: who holds the public half can prove that a manifest is the supplier's, unchanged (Ed25519)."""

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from portal_lib.deposit.exceptions import KeyExists, KeyOpenToOthers, NoKey, UnusableKey


@dataclass(frozen=True)
class Signer:
    """The private key in use."""

    _key: Ed25519PrivateKey

    @property
    def public_pem(self) -> bytes:
        """The public half, as openssl reads it."""
        return self._key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the public key's DER form, in hexadecimal: how a manifest names its key."""
        return fingerprint_of(self.public_pem)

    def sign(self, content: bytes) -> bytes:
        """64 bytes."""
        return self._key.sign(content)


def public_path(path: Path) -> Path:
    """Where the public half of the key in ``path`` lies."""
    return path.with_name(f"{path.stem}.pub.pem")


def make_key(path: Path) -> Signer:
    """Make the key once: ``path`` readable by its owner alone, the public half beside it for everybody.

    Raises :class:`KeyExists` where there is one: whoever replaced it would disown what it signed.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise KeyExists(path=path) from None
    with os.fdopen(handle, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    signer = Signer(key)
    public_path(path).write_bytes(signer.public_pem)
    return signer


def open_key(path: Path) -> Signer:
    """The key in ``path``; raises :class:`NoKey`, :class:`KeyOpenToOthers` or :class:`UnusableKey`."""
    try:
        pem = path.read_bytes()
        mode = stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        raise NoKey(path=path) from None
    if mode & 0o077:
        raise KeyOpenToOthers(path=path, mode=f"{mode:o}")
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise UnusableKey(path=path)
    return Signer(key)


def fingerprint_of(public_pem: bytes) -> str:
    """How manifests name the key with this public half; ``ValueError`` where it is none."""
    return hashlib.sha256(
        _public(public_pem).public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    ).hexdigest()


def is_signed(public_pem: bytes, content: bytes, signature: bytes) -> bool:
    """Whether ``signature`` was made over ``content`` with the private half of that key."""
    try:
        _public(public_pem).verify(signature, content)
    except (InvalidSignature, ValueError):
        return False
    return True


def _public(pem: bytes) -> Ed25519PublicKey:
    key = serialization.load_pem_public_key(pem)
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("not an Ed25519 key")
    return key

"""A passkey in software: what a browser's would send, signed with a key of its own."""

import json
from base64 import b64encode
from dataclasses import dataclass, field
from hashlib import sha256

from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

from mesoclinic.accounts.models import User

_NAME = b"made-up passkey"
_PRESENT = AuthenticatorData.FLAG.USER_PRESENT


@dataclass
class Passkey:
    """A passkey for the site ``host``."""

    host: str = "testserver"
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def _site(self) -> bytes:
        return sha256(self.host.encode()).digest()

    def register_for(self, user: User) -> Authenticator:
        """As if the person had added it on their page."""
        public = ES256.from_cryptography_key(self.key.public_key())
        attested = AttestedCredentialData.create(b"\0" * 16, _NAME, public)
        said = AuthenticatorData.create(self._site, _PRESENT | AuthenticatorData.FLAG.ATTESTED, 0, attested)
        response = {
            "clientDataJSON": websafe_encode(
                _client_data("webauthn.create", websafe_encode(_NAME), self.host)
            ),
            "attestationObject": websafe_encode(AttestationObject.create("none", said, {})),
        }
        credential = {
            "id": websafe_encode(_NAME),
            "rawId": websafe_encode(_NAME),
            "type": "public-key",
            "response": response,
        }
        return Authenticator.objects.create(
            user=user, type=Authenticator.Type.WEBAUTHN, data={"name": "Key", "credential": credential}
        )

    def answer(self, options: dict[str, dict[str, str]]) -> str:
        """What a browser sends after the site asked with these options."""
        said = AuthenticatorData.create(self._site, _PRESENT, 1)
        client_data = _client_data("webauthn.get", options["publicKey"]["challenge"], self.host)
        signed = self.key.sign(said + sha256(client_data).digest(), ec.ECDSA(hashes.SHA256()))
        response = {
            "authenticatorData": websafe_encode(said),
            "clientDataJSON": websafe_encode(client_data),
            "signature": websafe_encode(signed),
            "userHandle": None,
        }
        return json.dumps(
            {
                "id": websafe_encode(_NAME),
                "rawId": websafe_encode(_NAME),
                "type": "public-key",
                "response": response,
            }
        )

    def for_chromium(self) -> dict[str, object]:
        """For the command WebAuthn.addCredential of its protocol."""
        private = self.key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return {
            "credentialId": b64encode(_NAME).decode(),
            "isResidentCredential": False,
            "rpId": self.host,
            "privateKey": b64encode(private).decode(),
            "signCount": 1,
        }


def _client_data(kind: str, challenge: str, host: str) -> bytes:
    return json.dumps({"type": kind, "challenge": challenge, "origin": f"https://{host}"}).encode()

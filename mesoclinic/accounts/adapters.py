"""Staff only: nobody signs up, and second-factor secrets are sealed before they are stored."""

import base64
import hashlib

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.http import HttpRequest


class StaffAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Asked by allauth. Nobody signs up by themselves: an admin adds staff."""
        return False


def _cipher_for_mfa_secrets() -> Fernet:
    """From MFA_SECRET_KEY; where it is unset, from SECRET_KEY, so that a secret is never in clear."""
    material = settings.MFA_SECRET_KEY or settings.SECRET_KEY
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(material.encode()).digest()))


class SealedMFAAdapter(DefaultMFAAdapter):
    """allauth stores TOTP secrets in clear by default; these are encrypted."""

    def encrypt(self, text: str) -> str:
        """Called by allauth before it stores a secret."""
        return _cipher_for_mfa_secrets().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Called by allauth for a stored secret."""
        return _cipher_for_mfa_secrets().decrypt(encrypted_text.encode()).decode()

"""What either KMS answers when it does not do what was asked."""


class KMSRefused(Exception):
    """No such key, a key that is disabled, another key's ciphertext."""

"""How a request is refused.

Sources: "AWS KMS API Reference", sections "Errors" of each operation and "Common Error Types"; "AWS JSON 1.1 protocol"
of the Smithy specification for the form of the body.
"""

import json


class KMSError(Exception):
    """A refusal: the code that becomes `__type`, the text for people, and the HTTP status.

    KMS answers 400 to whatever the caller did wrong, 500 and 503 to its own faults. `message` None means a body with
    `__type` alone, as for InvalidCiphertextException, which says nothing more on purpose.
    """

    def __init__(self, code, message=None, status=400):
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status

    def body(self):
        """The JSON body. The authorizer in front of AWS services spells its member `Message`, the services themselves
        `message`."""
        document = {"__type": self.code}
        if self.message is not None:
            document["Message" if self.code == "AccessDeniedException" else "message"] = self.message
        return json.dumps(document, separators=(",", ":")).encode()


def internal_error():
    return KMSError("KMSInternalException", "KMS is currently unable to process your request. Please try again.", 500)


def unavailable():
    return KMSError("ServiceUnavailableException", "Service Unavailable", 503)


def dependency_timeout():
    return KMSError("DependencyTimeoutException", "The system timed out while trying to fulfill the request.", 503)


def throttled():
    """The page "Throttling AWS KMS requests" gives code, text and status."""
    return KMSError(
        "ThrottlingException",
        "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.",
    )


def expired_token():
    return KMSError("ExpiredTokenException", "The security token included in the request is expired")


def invalid(message):
    return KMSError("ValidationException", message)


def unserializable(message):
    return KMSError("SerializationException", message)


def not_found(message):
    return KMSError("NotFoundException", message)


def unsupported(message):
    return KMSError("UnsupportedOperationException", message)


def malformed_policy(message):
    return KMSError("MalformedPolicyDocumentException", message)


def access_denied(principal, action, of, reason):
    """`of` is " on resource: ARN", " on this resource" or nothing; `reason` begins with "because" or "with"."""
    return KMSError(
        "AccessDeniedException", f"User: {principal.arn} is not authorized to perform: {action}{of} {reason}"
    )


def dry_run():
    return KMSError("DryRunOperationException", "The request would have succeeded, but the DryRun option is set.")

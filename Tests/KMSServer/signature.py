"""Signature Version 4, verified to the letter.

Sources: AWS IAM User Guide, pages "Create a signed AWS API request", "Elements of an AWS API request signature",
"Troubleshoot Signature Version 4 signed requests for AWS APIs"; AWS KMS API Reference, page "Common Error Types". KMS
answers a clock that is more than five minutes off with InvalidSignatureException (RequestTimeTooSkewed is S3's name for
it).
"""

import datetime
import functools
import hashlib
import hmac
import re
from urllib.parse import quote, unquote

from clock import iso_basic
from errors import KMSError, expired_token

_ALGORITHM = "AWS4-HMAC-SHA256"
_WINDOW = datetime.timedelta(minutes=5)
_PARAMETERS = ("Credential", "Signature", "SignedHeaders")


def _wrong(message):
    return KMSError("InvalidSignatureException", message)


def _incomplete(message):
    return KMSError("IncompleteSignatureException", message)


class Verified:
    """What a valid signature says: the access key, thereby the caller, and the region that the request was scoped
    to."""

    def __init__(self, access_key, region):
        self.access_key, self.region = access_key, region
        self.caller = access_key.principal


def verify(request, access_keys, moment, region=None):
    """Raises KMSError unless the request is signed by a known, current key within five minutes of `moment`.

    `region` is the endpoint's own; where it is None, any region that the credential scope names is served.
    """
    authorization = request.header("authorization")
    if authorization is None:
        raise KMSError("MissingAuthenticationTokenException", "Missing Authentication Token")
    credential, signed_headers, signature = _taken_apart(authorization)
    access_key_id, date, scope_region, service, terminator = _scope(credential)
    signed_at_text, signed_at = _time_of(request)
    access_key = _known_key(request, access_keys, access_key_id)
    _check_scope(date, scope_region, service, terminator, signed_at_text, region)
    _check_signed_headers(request, signed_headers)
    _check_time(signed_at_text, signed_at, moment)
    canonical = _canonical_request(request, signed_headers)
    digest = hashlib.sha256(canonical).hexdigest()
    string_to_sign = "\n".join((_ALGORITHM, signed_at_text, f"{date}/{scope_region}/kms/aws4_request", digest))
    key = _signing_key(access_key.secret_access_key, date, scope_region)
    expected = hmac.new(key, string_to_sign.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        raise _wrong(
            "The request signature we calculated does not match the signature you provided. "
            "Check your AWS Secret Access Key "
            "and signing method. Consult the service documentation for details."
        )
    if access_key.expires is not None and moment.timestamp() >= access_key.expires:
        raise expired_token()
    return Verified(access_key, scope_region)


def _taken_apart(header):
    algorithm, _, rest = header.partition(" ")
    if algorithm != _ALGORITHM:
        raise _incomplete(f"Unsupported AWS 'algorithm': '{algorithm}'.")
    found = {}
    for part in rest.split(","):
        name, equals, value = part.strip().partition("=")
        if not equals or name in found:
            raise _incomplete(
                f"'{part.strip()}' not a valid key=value pair (missing equal-sign) in Authorization header."
            )
        found[name] = value
    missing = [name for name in _PARAMETERS if not found.get(name)]
    if missing:
        raise _incomplete(" ".join(f"Authorization header requires '{name}' parameter." for name in missing))
    return found["Credential"], found["SignedHeaders"].split(";"), found["Signature"]


def _scope(credential):
    parts = credential.split("/")
    if len(parts) != 5:
        form = "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term"
        raise _incomplete(f"{form}, got '{credential}'")
    return parts


def _time_of(request):
    """The time of signing: X-Amz-Date, or else Date. The text as sent in ISO 8601 basic form, and the moment it
    means."""
    text = request.header("x-amz-date")
    if text is None:
        date = request.header("date")
        if date is None:
            raise _incomplete("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
        try:
            moment = datetime.datetime.strptime(date, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=datetime.UTC)
        except ValueError:
            raise _incomplete(f"Date must be in ISO-8601 'basic format'. Got '{date}'.") from None
        return iso_basic(moment), moment
    if not re.fullmatch(r"\d{8}T\d{6}Z", text):
        raise _incomplete(f"Date must be in ISO-8601 'basic format'. Got '{text}'.")
    try:
        return text, datetime.datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.UTC)
    except ValueError:
        raise _incomplete(f"Date must be in ISO-8601 'basic format'. Got '{text}'.") from None


def _known_key(request, access_keys, access_key_id):
    """The access key; a temporary one only with its own token, a long-term one only without any."""
    access_key = access_keys.get(access_key_id)
    token = request.header("x-amz-security-token")
    if access_key is None or (access_key.session_token or "") != (token or ""):
        raise KMSError("UnrecognizedClientException", "The security token included in the request is invalid.")
    return access_key


def _check_scope(date, region, service, terminator, signed_at_text, wanted_region):
    if terminator != "aws4_request":
        raise _wrong(f"Credential should be scoped with a valid terminator: 'aws4_request', not '{terminator}'.")
    if service != "kms":
        raise _wrong("Credential should be scoped to correct service: 'kms'. ")
    if (wanted_region is not None and region != wanted_region) or not re.fullmatch(r"([a-z]+-){2,3}\d+", region):
        raise _wrong("Credential should be scoped to a valid region. ")
    if date != signed_at_text[:8]:
        raise _wrong(
            f"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
            f"'{date}' != '{signed_at_text[:8]}', from '{signed_at_text}'."
        )


def _check_signed_headers(request, signed):
    """host, and every x-amz- header that was sent, must be signed; a header that is signed must have been sent."""
    if "host" not in signed:
        raise _wrong("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
    unsigned = sorted(name for name in request.header_names() if name.startswith("x-amz-") and name not in signed)
    if unsigned:
        raise _wrong(f"There were headers present in the request which were not signed: {', '.join(unsigned)}")
    if signed != sorted(set(signed)) or any(name != name.lower() for name in signed):
        raise _wrong("SignedHeaders must be lower case, sorted and without repetition.")
    for name in signed:
        if request.header(name) is None:
            raise _wrong(f"'{name}' is a 'SignedHeader' in the AWS Authorization but is not in the request.")


def _check_time(text, signed_at, now):
    server = iso_basic(now)
    if signed_at < now - _WINDOW:
        raise _wrong(f"Signature expired: {text} is now earlier than {iso_basic(now - _WINDOW)} ({server} - 5 min.)")
    if signed_at > now + _WINDOW:
        raise _wrong(
            f"Signature not yet current: {text} is still later than {iso_basic(now + _WINDOW)} ({server} + 5 min.)"
        )


def _canonical_request(request, signed):
    """Made anew from what was received; the body's hash is the received body's, whatever X-Amz-Content-SHA256
    claims."""
    path, _, query = request.target.partition("?")
    pairs = sorted(
        tuple(quote(unquote(half), safe="-_.~") for half in pair.partition("=")[::2])
        for pair in query.split("&")
        if pair
    )
    headers = "".join(f"{name}:{' '.join(request.header(name).split())}\n" for name in signed)
    canonical = "\n".join(
        (
            request.method,
            quote(path, safe="/-_.~%") or "/",
            "&".join(f"{name}={value}" for name, value in pairs),
            headers,
            ";".join(signed),
            hashlib.sha256(request.body).hexdigest(),
        )
    )
    return canonical.encode()


@functools.lru_cache(maxsize=1024)
def _signing_key(secret, date, region):
    key = ("AWS4" + secret).encode()
    for part in (date, region, "kms", "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key

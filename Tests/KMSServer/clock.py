"""The server's clock, which a test can set wrong."""

import datetime
import email.utils
import time


class Clock:
    """The time as this server believes it: the machine's plus an offset in seconds.

    The offset moves everything that KMS derives from its clock: the Date header, the five minutes within which a
    signature is current, the expiry of session tokens, creation dates, and the end of a deletion's waiting period.
    """

    def __init__(self):
        self.offset = 0.0

    def now(self):
        """Seconds since 1970."""
        return time.time() + self.offset

    def moment(self):
        return datetime.datetime.fromtimestamp(self.now(), datetime.UTC)

    def timestamp(self):
        """As AWS JSON carries times: seconds since 1970 with milliseconds."""
        return round(self.now(), 3)

    def http_date(self, skew=0.0):
        """The Date header (RFC 9110, IMF-fixdate)."""
        return email.utils.formatdate(self.now() + skew, usegmt=True)


def iso_basic(moment):
    """20250131T235959Z, as SigV4 writes times."""
    return moment.strftime("%Y%m%dT%H%M%SZ")

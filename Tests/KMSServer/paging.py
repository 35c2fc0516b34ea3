"""Limit, Marker, Truncated and NextMarker of the List operations (AWS KMS API Reference, page of each)."""

import base64

from errors import KMSError, invalid


def page(call, name, items, default, most):
    """One page of `items` under `name`. NextMarker is there only where Truncated is true."""
    limit = call.get("Limit", default)
    if limit > most:
        message = (
            f"Value '{limit}' at 'limit' failed to satisfy constraint: "
            f"Member must have value less than or equal to {most}"
        )
        raise invalid(f"1 validation error detected: {message}")
    start = _position(call.get("Marker")) if "Marker" in call.parameters else 0
    end = start + limit
    answer = {name: items[start:end], "Truncated": end < len(items)}
    if answer["Truncated"]:
        answer["NextMarker"] = base64.b64encode(f"from {end}".encode()).decode()
    return answer


def _position(marker):
    try:
        word, _, number = base64.b64decode(marker, validate=True).decode().partition(" ")
        if word == "from":
            return int(number)
    except ValueError:
        pass
    raise KMSError("InvalidMarkerException", "The marker is not valid.")

"""Whether a request's body has the form that the service model asks for.

The model is botocore's copy of AWS's own (kms/2014-11-01/service-2): required members, types, lengths, ranges,
patterns, enums. The words of refusals are those that AWS services answer: AWS KMS API Reference, "Common Error Types":
ValidationException.
"""

import base64
import binascii
import gzip
import importlib.util
import json
import re
from pathlib import Path

from errors import invalid, unserializable


def service_model():
    """The KMS service model as botocore carries it, read without importing botocore."""
    location = importlib.util.find_spec("botocore").submodule_search_locations[0]
    packed = Path(location, "data", "kms", "2014-11-01", "service-2.json.gz").read_bytes()
    return json.loads(gzip.decompress(packed))


class Shapes:
    """The request shapes of the model's operations."""

    def __init__(self):
        model = service_model()
        self._shapes = model["shapes"]
        self._inputs = {
            name: operation["input"]["shape"] for name, operation in model["operations"].items() if "input" in operation
        }

    def knows(self, operation):
        return operation in self._inputs

    def parsed(self, operation, body):
        """(parameters with blobs decoded, names of members that the model does not know). Unknown members are ignored,
        as AWS does.

        Raises SerializationException for what is no JSON object or of the wrong type, ValidationException for values
        out of bounds.
        """
        try:
            document = json.loads(body or b"{}", parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            raise unserializable("Could not parse the request body as JSON") from None
        if not isinstance(document, dict):
            raise unserializable("Start of structure or map expected")
        shape = self._shapes[self._inputs[operation]]
        unknown = sorted(set(document) - set(shape["members"]))
        problems = []
        parameters = self._structure(shape, document, "", problems)
        if problems:
            plural = "s" if len(problems) > 1 else ""
            raise invalid(f"{len(problems)} validation error{plural} detected: {'; '.join(problems)}")
        return parameters, unknown

    def _value(self, name, value, path, problems):
        shape = self._shapes[name]
        kind = shape["type"]
        if kind == "structure":
            if not isinstance(value, dict):
                raise unserializable("Start of structure or map expected")
            return self._structure(shape, value, path + ".", problems)
        if kind == "list":
            if not isinstance(value, list):
                raise unserializable("Start of list expected")
            _check_length(shape, value, value, path, problems)
            member = shape["member"]["shape"]
            return [self._value(member, each, f"{path}.{i}.member", problems) for i, each in enumerate(value, 1)]
        if kind == "map":
            if not isinstance(value, dict):
                raise unserializable("Start of structure or map expected")
            return {key: self._value(shape["value"]["shape"], each, path, problems) for key, each in value.items()}
        return _SCALARS[kind](shape, value, path, problems)

    def _structure(self, shape, document, prefix, problems):
        for name in shape.get("required", []):
            if document.get(name) is None:
                problems.append(
                    f"Value null at '{prefix}{_lower_camel(name)}' failed to satisfy constraint: "
                    "Member must not be null"
                )
        return {
            name: self._value(member["shape"], document[name], prefix + _lower_camel(name), problems)
            for name, member in shape["members"].items()
            if document.get(name) is not None
        }


def _string(shape, value, path, problems):
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = str(value)  # A number stands for its digits: the KMS page "Encryption context" says so.
    if not isinstance(value, str):
        raise unserializable(f"{type(value).__name__.upper()}_VALUE cannot be converted to String")
    shown = "" if shape.get("sensitive") else f"'{value}' "
    if "enum" in shape and value not in shape["enum"]:
        _add(problems, shown, path, f"Member must satisfy enum value set: [{', '.join(shape['enum'])}]")
    _check_length(shape, value, value, path, problems)
    if "pattern" in shape and not re.fullmatch(shape["pattern"], value):
        _add(problems, shown, path, f"Member must satisfy regular expression pattern: {shape['pattern']}")
    return value


def _blob(shape, value, path, problems):
    if not isinstance(value, str):
        raise unserializable(f"{type(value).__name__.upper()}_VALUE cannot be converted to ByteBuffer")
    try:
        decoded = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise unserializable(f"{path} is not base64") from None
    _check_length(shape, decoded, None, path, problems)
    return decoded


def _integer(shape, value, path, problems):
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != int(value):
        raise unserializable(f"{type(value).__name__.upper()}_VALUE cannot be converted to Integer")
    if value < shape.get("min", value):
        _add(problems, f"'{value}' ", path, f"Member must have value greater than or equal to {shape['min']}")
    if value > shape.get("max", value):
        _add(problems, f"'{value}' ", path, f"Member must have value less than or equal to {shape['max']}")
    return int(value)


def _boolean(shape, value, path, problems):
    if not isinstance(value, bool):
        raise unserializable(f"{type(value).__name__.upper()}_VALUE cannot be converted to Boolean")
    return value


def _timestamp(shape, value, path, problems):
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise unserializable(f"{type(value).__name__.upper()}_VALUE cannot be converted to Timestamp")
    return value


_SCALARS = {"string": _string, "blob": _blob, "integer": _integer, "boolean": _boolean, "timestamp": _timestamp}


def _check_length(shape, value, shown, path, problems):
    shown = f"'{shown}' " if shown is not None and not shape.get("sensitive") else ""
    if len(value) < shape.get("min", 0):
        _add(problems, shown, path, f"Member must have length greater than or equal to {shape['min']}")
    if len(value) > shape.get("max", len(value)):
        _add(problems, shown, path, f"Member must have length less than or equal to {shape['max']}")


def _add(problems, shown, path, constraint):
    problems.append(f"Value {shown}at '{path}' failed to satisfy constraint: {constraint}")


def _lower_camel(name):
    return name[0].lower() + name[1:]


def _refuse_constant(name):
    raise ValueError(name)

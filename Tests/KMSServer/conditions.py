"""The Condition element of a policy statement.

Sources: IAM User Guide, pages "IAM JSON policy elements: Condition operators", "Set operators for multivalued context
keys", "Policy variables"; AWS KMS Developer Guide, page "AWS KMS condition keys".

The request's context maps a condition key, in lower case because condition keys are compared without regard to case, to
its list of values. Values are compared as the operator says.
"""

import re

MULTIVALUED = {"kms:encryptioncontextkeys", "kms:resourcealiases", "aws:tagkeys"}


def matches_wildcards(pattern, text):
    """`*` any text, `?` any one character, everything else itself."""
    translated = "".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern)
    return re.fullmatch(translated, text, re.DOTALL) is not None


def substituted(text, context):
    """Policy variables `${key}` of single-valued context keys; None where one has no value, and then nothing
    matches."""
    missing = False

    def value(found):
        nonlocal missing
        name = found.group(1)
        if name in ("*", "?", "$"):
            return name
        values = context.get(name.lower())
        if not values or len(values) != 1:
            missing = True
            return ""
        return values[0]

    result = re.sub(r"\$\{([^}]+)\}", value, text)
    return None if missing else result


def _arn_matches(pattern, text):
    """Each of the six parts by itself, so that a wildcard does not reach over a colon."""
    wanted, found = pattern.split(":", 5), text.split(":", 5)
    return len(wanted) == 6 == len(found) and all(matches_wildcards(w, f) for w, f in zip(wanted, found))


def _number(compare):
    def test(wanted, found):
        try:
            return compare(float(found), float(wanted))
        except ValueError:
            return False

    return test


OPERATORS = {
    "StringEquals": lambda wanted, found: wanted == found,
    "StringEqualsIgnoreCase": lambda wanted, found: wanted.lower() == found.lower(),
    "StringLike": matches_wildcards,
    "Bool": lambda wanted, found: wanted.lower() == found.lower(),
    "ArnEquals": _arn_matches,
    "ArnLike": _arn_matches,
    "NumericEquals": _number(lambda found, wanted: found == wanted),
    "NumericLessThan": _number(lambda found, wanted: found < wanted),
    "NumericLessThanEquals": _number(lambda found, wanted: found <= wanted),
    "NumericGreaterThan": _number(lambda found, wanted: found > wanted),
    "NumericGreaterThanEquals": _number(lambda found, wanted: found >= wanted),
}
NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NumericNotEquals": "NumericEquals",
}


class Condition:
    """One operator on one condition key with the values it names."""

    def __init__(self, operator, key, values):
        quantifier, _, name = operator.rpartition(":")
        if quantifier not in ("", "ForAllValues", "ForAnyValue"):
            raise ValueError(f"unknown set operator in {operator!r}")
        self.if_exists = name.endswith("IfExists") and name != "IfExists"
        name = name.removesuffix("IfExists")
        if (
            name not in OPERATORS
            and name not in NEGATED
            and not (name == "Null" and not quantifier and not self.if_exists)
        ):
            raise ValueError(f"unknown condition operator {operator!r}")
        self.quantifier, self.name, self.key = quantifier, name, key.lower()
        self.values = [_text(value) for value in (values if isinstance(values, list) else [values])]

    def holds(self, context):
        found = context.get(self.key)
        if self.name == "Null":
            return any((value.lower() == "true") == (found is None) for value in self.values)
        if found is None:
            return self.if_exists or self.quantifier == "ForAllValues" or (self.name in NEGATED and not self.quantifier)
        if self.quantifier == "ForAllValues":
            return all(self._one(value, context) for value in found)
        if self.quantifier == "ForAnyValue":
            return any(self._one(value, context) for value in found)
        if self.key in MULTIVALUED:
            # A multivalued key needs a set operator; without one the result is not defined, so nothing rests on it.
            return False
        return self._one(found[0], context)

    def _one(self, found, context):
        negated = self.name in NEGATED
        test = OPERATORS[NEGATED.get(self.name, self.name)]
        wanted = [value for value in (substituted(value, context) for value in self.values) if value is not None]
        return any(test(value, found) for value in wanted) != negated


def parsed(element):
    """The Condition element as a list, all of which must hold. Raises ValueError for what IAM would not accept."""
    if not isinstance(element, dict):
        raise ValueError("Condition must be an object")
    conditions = []
    for operator, keys in element.items():
        if not isinstance(keys, dict):
            raise ValueError(f"{operator} must hold an object")
        conditions += [Condition(operator, key, values) for key, values in keys.items()]
    return conditions


def _text(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float)):
        return str(value)
    raise ValueError("a condition value must be a string, number or boolean")

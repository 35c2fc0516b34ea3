"""TagResource, UntagResource, ListResourceTags.

Sources: AWS KMS API Reference, pages of these operations and "Tag"; AWS KMS Developer Guide, pages "Tags in AWS KMS",
"Quotas".
"""

from errors import KMSError
from paging import page

_LIMIT = 50


def checked_tags(tags, existing):
    """Tags as a dictionary, existing ones included. A key twice, or one of AWS's own, is TagException."""
    added = {}
    for tag in tags:
        name = tag["TagKey"]
        if name in added:
            raise KMSError("TagException", "Duplicate tag keys")
        if name.lower().startswith("aws:"):
            raise KMSError("TagException", "aws: prefixed tag key names are not allowed for external use.")
        added[name] = tag["TagValue"]
    merged = {**existing, **added}
    if len(merged) > _LIMIT:
        raise KMSError("LimitExceededException", f"Too many tags, at most {_LIMIT} are allowed.")
    return merged


def listed(tags):
    return [{"TagKey": name, "TagValue": value} for name, value in sorted(tags.items())]


def tag_resource(call):
    tags = call.get("Tags")
    about = {f"aws_RequestTag/{tag['TagKey']}": [tag["TagValue"]] for tag in tags}
    key = call.authorized_key(**about, aws_TagKeys=[tag["TagKey"] for tag in tags])
    key.require_not_pending_deletion()
    key.tags = checked_tags(tags, key.tags)


def untag_resource(call):
    key = call.authorized_key(aws_TagKeys=call.get("TagKeys"))
    key.require_not_pending_deletion()
    key.tags = {name: value for name, value in key.tags.items() if name not in call.get("TagKeys")}


def list_resource_tags(call):
    key = call.authorized_key()
    return page(call, "Tags", listed(key.tags), 50, 50)


OPERATIONS = {"TagResource": tag_resource, "UntagResource": untag_resource, "ListResourceTags": list_resource_tags}

"""AWS KMS as docs/envelope-format.md section 3 uses it, through boto3."""

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from kms_refused import KMSRefused


class AWSKMS:
    """`options` are those of a boto3 client; credentials come from where boto3 finds them, unless they are given."""

    def __init__(self, **options):
        self._options = options

    def unwrap(self, ciphertext, wrapper_key, context):
        arn = wrapper_key.split(":")
        if len(arn) != 6:
            raise KMSRefused(f"{wrapper_key} is no ARN of a wrapper key")
        client = boto3.client("kms", region_name=arn[3], **self._options)
        try:
            answer = client.decrypt(CiphertextBlob=ciphertext, KeyId=wrapper_key, EncryptionContext=context)
        except (BotoCoreError, ClientError, ValueError) as failure:
            raise KMSRefused(failure) from None
        if answer["KeyId"] != wrapper_key:
            raise KMSRefused(f"{wrapper_key} was asked for, and {answer['KeyId']} answered")
        return answer["Plaintext"]

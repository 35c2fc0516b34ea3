import KeyManagement
import Testing

@Suite struct WrapperKeyIDTests {
    @Test(arguments: [
        "1234abcd-12ab-34cd-56ef-1234567890ab", "mrk-1234abcd12ab34cd56ef1234567890ab", "alias/vault",
        "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        "arn:aws-cn:kms:cn-north-1:111122223333:alias/vault", "arn:aws:kms:local:000000000000:key/a",
    ])
    func `keys and aliases have names`(_ text: String) {
        #expect(WrapperKeyID(rawValue: text)?.rawValue == text)
    }

    @Test(arguments: [
        "", "two words", "alias/", "key/", "a\"b", "a\nb", String(repeating: "a", count: 301), "arn:", "arn:aws:kms",
        "arn:aws:s3:::bucket", "arn:aws:iam::111122223333:role/vault", "arn:aws:kms:eu-central-1:111122223333:key/",
        "arn:aws:kms:eu-central-1:111122223333:1234abcd-12ab-34cd-56ef-1234567890ab",
        "arn:aws:kms::111122223333:key/a", "arn:aws:kms:eu-central-1::key/a",
        "arn:aws:kms:eu-central-1:111122223333:grant/a",
    ])
    func `anything else is no name of a wrapper key`(_ text: String) {
        #expect(WrapperKeyID(rawValue: text) == nil)
    }
}

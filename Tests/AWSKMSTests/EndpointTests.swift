import KeyManagement
import Testing

@testable import AWSKMS

@Suite struct EndpointTests {
    @Test(arguments: [
        ("https://kms.example.com", "https://kms.example.com/", "kms.example.com", "/"),
        ("http://kms.example.com/", "http://kms.example.com/", "kms.example.com", "/"),
        ("https://KMS.Example.com:443/A/b/", "https://kms.example.com/A/b/", "kms.example.com", "/A/b/"),
        ("http://localhost:80", "http://localhost/", "localhost", "/"),
        ("https://localhost:80", "https://localhost:80/", "localhost:80", "/"),
        ("https://localhost:0443/", "https://localhost/", "localhost", "/"),
        ("https://localhost:08443/", "https://localhost:8443/", "localhost:8443", "/"),
        ("http://127.0.0.1:65535/x", "http://127.0.0.1:65535/x", "127.0.0.1:65535", "/x"),
        ("https://[::1]", "https://[::1]/", "[::1]", "/"),
        ("https://[FE80::1]:8443/x%20y", "https://[fe80::1]:8443/x%20y", "[fe80::1]:8443", "/x%20y"),
        ("https://under_score.local", "https://under_score.local/", "under_score.local", "/"),
    ])
    func `URLs of endpoints are read`(_ given: String, _ url: String, _ authority: String, _ path: String) throws {
        let endpoint = try #require(Endpoint(url: given))
        #expect(endpoint.url == url)
        #expect(endpoint.authority == authority)
        #expect(endpoint.path == path)
    }

    @Test(arguments: [
        "", "kms.example.com", "//kms.example.com", "ftp://kms.example.com", "HTTPS://kms.example.com", "https:/h",
        "https://", "https:///", "https://:8443", "https://:", "https://h:", "https://h:0", "https://h:65536",
        "https://h:+80", "https://h:-1", "https://h:8 0", "https://h:80:80", "https://h:eighty", "https://u@h",
        "https://u:p@h/", "https://h?x=1", "https://h/#f", "https://h/a b", "https://h/a\r\nX: y", "https://h\r\n",
        "https://h\0", "https://höst", "https://h%0d%0a", "https://h%2e", "https://[", "https://[]", "https://[::1",
        "https://::1]", "https://::1", "https://[::1]x", "https://[::1]:", "https://[::g]", "https://[::1%25eth0]",
        "https://h\\x", "https://a,b", "https://h;x", "file:///etc/passwd", "unix:///run/x",
    ])
    func `what is no URL of a host is refused`(_ url: String) throws {
        #expect(Endpoint(url: url) == nil)
        var configuration = AWSKMSConfiguration(region: "us-east-1", environment: .fixed([:]))
        configuration.endpointOverride = url
        let error = #expect(throws: KMSError.self) { try AWSKMS(configuration) }
        #expect(error?.code == .validation)
        #expect(error?.message == "kms.endpoint-override is no http or https URL of a host; check it")
    }

    @Test(arguments: [
        "", "-", "us east", "us-east-1/", "us-east-1.evil.example", "us-east-1\r\nHost: x", "us-east-1:80", "US-EAST-1",
        "eü-1", "us_east_1", "us-east-1-", "-us", "../x", "a@b", String(repeating: "a", count: 33),
    ])
    func `what is no region is refused, in the configuration as in an ARN`(_ region: String) async throws {
        let error = #expect(throws: KMSError.self) { try AWSKMS(AWSKMSConfiguration(region: region)) }
        #expect(error?.code == .validation)
        guard let key = WrapperKeyID(rawValue: "arn:aws:kms:\(region):111122223333:key/1234"), key.region == region
        else { return }
        let kms = try AWSKMS(AWSKMSConfiguration(region: "us-east-1", environment: .fixed([:])))
        let refusal = await #expect(throws: KMSError.self) { try await kms.describeKey(key) }
        #expect(refusal?.code == .validation)
        #expect(refusal?.message.hasSuffix("names no AWS region; check its ARN") == true)
    }

    private static let other = "arn:aws:kms:eu-west-1:111122223333:key/1234"
    private static let multiRegion = "arn:aws:kms:eu-west-1:111122223333:key/mrk-1234"

    /// Key, override, environment's override, URL, name that is sent.
    @Test(
        arguments: [
            (nil, nil, nil, "https://kms.us-east-1.amazonaws.com/", nil),
            ("1234", nil, nil, "https://kms.us-east-1.amazonaws.com/", "1234"),
            ("alias/a", nil, nil, "https://kms.us-east-1.amazonaws.com/", "alias/a"),
            ("mrk-1234", nil, nil, "https://kms.us-east-1.amazonaws.com/", "mrk-1234"),
            (other, nil, nil, "https://kms.eu-west-1.amazonaws.com/", other),
            (
                "arn:aws:kms:eu-west-1:111122223333:alias/a", nil, nil, "https://kms.eu-west-1.amazonaws.com/",
                "arn:aws:kms:eu-west-1:111122223333:alias/a"
            ),
            (
                "arn:aws:kms:eu-west-1:111122223333:alias/mrk-a", nil, nil, "https://kms.eu-west-1.amazonaws.com/",
                "arn:aws:kms:eu-west-1:111122223333:alias/mrk-a"
            ),
            (
                multiRegion, nil, nil, "https://kms.us-east-1.amazonaws.com/",
                "arn:aws:kms:us-east-1:111122223333:key/mrk-1234"
            ),
            (
                "arn:aws-cn:kms:cn-north-1:111122223333:key/1234", nil, nil, "https://kms.cn-north-1.amazonaws.com.cn/",
                "arn:aws-cn:kms:cn-north-1:111122223333:key/1234"
            ),
            ("1234", "https://o", nil, "https://o/", "1234"),
            (other, "https://o", nil, "https://kms.eu-west-1.amazonaws.com/", other),
            (
                multiRegion, "https://o", nil, "https://o/", "arn:aws:kms:us-east-1:111122223333:key/mrk-1234"
            ),
            ("1234", nil, "https://e", "https://e/", "1234"),
            (other, nil, "https://e", "https://e/", other),
            ("1234", "https://o", "https://e", "https://o/", "1234"),
            (other, "https://o", "https://e", "https://e/", other),
        ] as [(String?, String?, String?, String, String?)])
    func `each key is asked for where it is`(
        _ name: String?, _ override: String?, _ environment: String?, _ url: String, _ sent: String?
    ) throws {
        let key = name.flatMap(WrapperKeyID.init(rawValue:))
        let rules = EndpointRules(
            region: "us-east-1", override: override.flatMap(Endpoint.init(url:)),
            configured: environment.flatMap(Endpoint.init(url:)), usesFIPS: false, usesDualStack: false)
        #expect(rules.endpoint(in: rules.region(of: key))?.url == url)
        #expect(key.map(rules.name) == sent)
        var configuration = AWSKMSConfiguration(region: "us-east-1", endpointOverride: override)
        configuration.environment = .fixed(environment.map { ["AWS_ENDPOINT_URL_KMS": $0] } ?? [:])
        #expect(try AWSKMS(configuration).endpoint(for: key) == url)
    }
}

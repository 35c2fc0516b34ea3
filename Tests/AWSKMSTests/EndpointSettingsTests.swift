import Foundation
import KMSConformance
import KeyManagement
import Testing

@testable import AWSKMS

/// Endpoints by AWS's rules, and what the environment and the profile say of them, against botocore's.
@Suite struct EndpointSettingsTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func environment(_ more: [String: String] = [:]) -> AWSEnvironment {
        .fixed(
            ["AWS_CONFIG_FILE": folder.file("config"), "AWS_SHARED_CREDENTIALS_FILE": folder.file("credentials")]
                .merging(more) { $1 })
    }

    private func settings(_ config: String, _ more: [String: String] = [:]) throws -> EndpointSettings {
        try folder.write(Array(config.utf8), to: "config")
        return try EndpointSettings(environment(more))
    }

    @Test func `each region's endpoints are botocore's, with FIPS and dual stack`() async throws {
        let flags = [false, true].flatMap { fips in
            [false, true].flatMap { dualStack in
                [false, true].map { ["fips": fips, "dualStack": dualStack, "legacy": $0] }
            }
        }
        let order: [String: Any] = ["rules": flags, "clients": [[String: String]]()]
        let answer = try #require(try await ChildServer.run("resolve_endpoints.py", on: order) as? [String: Any])
        let rules = try #require(answer["rules"] as? [[Any]])
        for rule in rules {
            let (service, region) = (rule[0] as? String ?? "", rule[1] as? String ?? "")
            // Names that are none of a region's: `aws-global` and what is made up.
            guard Endpoint.isRegion(region) else { continue }
            let flags = rule[2] as? [String: Bool] ?? [:]
            let variables = [
                "AWS_USE_FIPS_ENDPOINT": "\(flags["fips"] ?? false)",
                "AWS_USE_DUALSTACK_ENDPOINT": "\(flags["dualStack"] ?? false)",
                "AWS_STS_REGIONAL_ENDPOINTS": flags["legacy"] == true ? "legacy" : "regional",
            ]
            let expected = (rule[3] as? String).map { $0 + "/" }
            if service == "kms" {
                let kms = try AWSKMS(AWSKMSConfiguration(region: region, environment: environment(variables)))
                #expect(kms.endpoint(for: nil) == expected, "\(rule)")
            } else {
                let place = STSEndpoint(region: region, try settings("", variables))
                #expect(place?.endpoint.url == expected, "\(rule)")
                #expect(place?.signingRegion == rule[4] as? String, "\(rule)")
            }
        }
        #expect(rules.filter { Endpoint.isRegion($0[1] as? String ?? "") }.count > 700)
    }

    @Test func `endpoints that are configured are botocore's`() async throws {
        var random = SeededGenerator(state: 33)
        func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }
        var samples = [[String: String]]()
        for number in 0..<60 {
            var config = "[default]\n"
            if chance(50) { config += "endpoint_url = https://profile.example\n" }
            if chance(50) { config += "services = \(chance(90) ? "s" : "none")\n" }
            if chance(15) { config += "ignore_configured_endpoint_urls = \(chance(70))\n" }
            config += "[services s]\ns3 =\n  endpoint_url = https://section-s3.example\n"
            if chance(50) { config += "kms = \n  endpoint_url = https://section-kms.example\n  x = y\n" }
            if chance(50) { config += "sts =\n  # c\n  endpoint_url = https://section-sts.example\n" }
            try folder.write(Array(config.utf8), to: "config-\(number)")
            var variables = [
                "AWS_CONFIG_FILE": folder.file("config-\(number)"),
                "AWS_SHARED_CREDENTIALS_FILE": folder.file("credentials"),
            ]
            if chance(20) { variables["AWS_ENDPOINT_URL"] = "https://environment.example" }
            if chance(20) { variables["AWS_ENDPOINT_URL_KMS"] = "https://environment-kms.example" }
            if chance(20) { variables["AWS_ENDPOINT_URL_STS"] = "https://environment-sts.example" }
            if chance(15) { variables["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = "\(chance(70))" }
            samples.append(variables)
        }
        let order: [String: Any] = ["rules": [[String: Bool]](), "clients": samples]
        let answer = try #require(try await ChildServer.run("resolve_endpoints.py", on: order) as? [String: Any])
        let theirs = try #require(answer["clients"] as? [[Any]])
        for (variables, urls) in zip(samples, theirs) {
            let environment = AWSEnvironment.fixed(variables)
            let config = try String(contentsOfFile: variables["AWS_CONFIG_FILE"] ?? "", encoding: .utf8)
            let kms = try? AWSKMS(AWSKMSConfiguration(region: "eu-west-3", environment: environment))
            // What is wrong for either service is an error at once: botocore finds it when it needs the service.
            let isRight = urls.allSatisfy { $0 is String }
            let expected = isRight ? (urls[0] as? String).map { $0 + "/" } : nil
            #expect(kms?.endpoint(for: nil) == expected, "\(variables)\n\(config)")
            let settings = try? EndpointSettings(environment)
            let sts = settings.flatMap { STSEndpoint(region: "eu-west-3", $0) }
            let place = isRight ? (urls[1] as? String).map { $0 + "/" } : nil
            #expect(sts?.endpoint.url == place, "\(variables)\n\(config)")
        }
    }

    @Test(arguments: [
        ("AWS_USE_FIPS_ENDPOINT", "1", "is neither true nor false"),
        ("AWS_USE_DUALSTACK_ENDPOINT", "yes", "is neither"),
        ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "on", "is neither"),
        ("AWS_STS_REGIONAL_ENDPOINTS", "global", "is neither"),
        ("AWS_ENDPOINT_URL", "kms.example.com", "is no http or https URL"),
        ("AWS_ENDPOINT_URL_STS", "ftp://x", "is no http or https URL"),
        ("AWS_ENDPOINT_URL", "http://kms.example.com", "is not encrypted"),
        ("AWS_ENDPOINT_URL_STS", "http://10.0.0.1", "is not encrypted"),
    ])
    func `a setting that is none is an error, never a default`(
        _ variable: String, _ value: String, _ part: String
    ) throws {
        let configuration = AWSKMSConfiguration(region: "us-east-1", environment: environment([variable: value]))
        let error = #expect(throws: KMSError.self) { try AWSKMS(configuration) }
        #expect(error?.code == .validation)
        #expect(error?.message.hasPrefix("\(variable) \(part)") == true, "\(error?.message ?? "")")
    }

    @Test(arguments: ["AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"])
    func `an endpoint of one's own and AWS's special ones exclude each other`(_ variable: String) throws {
        let configuration = AWSKMSConfiguration(
            region: "us-east-1", endpointOverride: "https://kms.example.com",
            environment: environment([variable: "true"]))
        let error = #expect(throws: KMSError.self) { try AWSKMS(configuration) }
        #expect(error?.message.contains(variable) == true)
    }

    @Test func `a services section that is missing is named`() throws {
        let error = #expect(throws: AWSCredentialsError.self) { try settings("[default]\nservices = s\n[profile s]\n") }
        #expect(
            error?.description
                == "profile default of \(folder.file("config")) has services = s, and there is no section [services s]"
                + "; add it")
    }

    @Test func `the region is the environment's, else the profile's`() throws {
        try folder.write(Array("[default]\nregion = eu-west-3\n[profile p]\nregion = eu-west-2".utf8), to: "config")
        func region(_ more: [String: String]) throws -> String? {
            try AWSKMSConfiguration.region(from: environment(more))
        }
        #expect(try region([:]) == "eu-west-3")
        #expect(try region(["AWS_PROFILE": "p"]) == "eu-west-2")
        #expect(try region(["AWS_PROFILE": "p", "AWS_DEFAULT_REGION": "us-west-1"]) == "us-west-1")
        #expect(try region(["AWS_REGION": "us-west-2", "AWS_DEFAULT_REGION": "us-west-1"]) == "us-west-2")
        #expect(try region(["AWS_CONFIG_FILE": "/dev/null"]) == nil)
    }
}

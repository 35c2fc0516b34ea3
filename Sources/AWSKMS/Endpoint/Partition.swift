/// A partition of AWS: a part of its own, with its own domains.
///
/// Source: botocore's `partitions.json`; the service's `endpoint-rule-set-1.json` says how a host's name is put
/// together.
struct Partition: Sendable, Equatable {
    let name: String
    /// The domain of its endpoints.
    let domain: String
    /// The domain of those that answer over IPv6, too.
    let dualStackDomain: String
    /// What its regions begin with; a word and a number follow.
    private let prefixes: [String]

    /// The partition of a region; AWS's own where the name tells of none.
    static func of(_ region: String) -> Partition {
        others.first { $0.has(region) } ?? standard
    }

    private func has(_ region: String) -> Bool {
        guard let prefix = prefixes.first(where: region.hasPrefix) else { return false }
        let rest = region.dropFirst(prefix.count).split(separator: "-", omittingEmptySubsequences: false)
        return rest.count == 2 && !rest[0].isEmpty && !rest[1].isEmpty
            && rest[1].utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains)
    }

    private static let standard = Partition(
        name: "aws", domain: "amazonaws.com", dualStackDomain: "api.aws", prefixes: [])
    private static let others = [
        Partition(
            name: "aws-cn", domain: "amazonaws.com.cn", dualStackDomain: "api.amazonwebservices.com.cn",
            prefixes: ["cn-"]),
        Partition(
            name: "aws-eusc", domain: "amazonaws.eu", dualStackDomain: "api.amazonwebservices.eu",
            prefixes: ["eusc-de-"]),
        Partition(
            name: "aws-iso", domain: "c2s.ic.gov", dualStackDomain: "api.aws.ic.gov", prefixes: ["us-iso-"]),
        Partition(
            name: "aws-iso-b", domain: "sc2s.sgov.gov", dualStackDomain: "api.aws.scloud", prefixes: ["us-isob-"]),
        Partition(
            name: "aws-iso-e", domain: "cloud.adc-e.uk", dualStackDomain: "api.cloud-aws.adc-e.uk",
            prefixes: ["eu-isoe-"]),
        Partition(
            name: "aws-iso-f", domain: "csp.hci.ic.gov", dualStackDomain: "api.aws.hci.ic.gov",
            prefixes: ["us-isof-"]),
        Partition(name: "aws-us-gov", domain: "amazonaws.com", dualStackDomain: "api.aws", prefixes: ["us-gov-"]),
    ]
}

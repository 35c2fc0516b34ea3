/// How the metadata service of an instance is asked.
struct MetadataSettings: Sendable {
    let endpoint: Endpoint
    /// For one attempt.
    let timeout: Duration
    let attempts: Int
    let allowsVersion1: Bool

    /// What the environment says, and the profile where that says nothing.
    ///
    /// - Throws: ``AWSCredentialsError`` for a setting that is none.
    init(_ environment: AWSEnvironment, _ profile: Profile?) throws(AWSCredentialsError) {
        func value(_ variable: String, _ key: String) -> (text: String, name: String)? {
            environment.value(variable).map { ($0, variable) } ?? profile?[key].map { ($0, key) }
        }
        func number(_ variable: String, _ key: String) throws(AWSCredentialsError) -> Int {
            guard let given = value(variable, key) else { return 1 }
            guard let number = Int(given.text), (1...60).contains(number) else {
                throw AWSCredentialsError("\(given.name) is no number of 1 to 60; correct it")
            }
            return number
        }
        timeout = .seconds(try number("AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout"))
        attempts = try number("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "metadata_service_num_attempts")
        // Version 1 answers whoever can make this machine send a GET.
        let isVersion1Disabled = try environment.flag(
            "AWS_EC2_METADATA_V1_DISABLED", profile: profile, key: "ec2_metadata_v1_disabled")
        allowsVersion1 = isVersion1Disabled == false
        let mode = value("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ec2_metadata_service_endpoint_mode")
        guard mode.map({ ["ipv4", "ipv6"].contains($0.text.lowercased()) }) ?? true else {
            throw AWSCredentialsError("\(mode?.name ?? "") is neither IPv4 nor IPv6; correct it")
        }
        let standard = mode?.text.lowercased() == "ipv6" ? "http://[fd00:ec2::254]" : "http://169.254.169.254"
        let given = value("AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint")
        guard let endpoint = Endpoint(url: given?.text ?? standard) else {
            throw AWSCredentialsError("\(given?.name ?? "") is no http or https URL of a host; correct it")
        }
        self.endpoint = endpoint
    }
}

extension AWSEnvironment {
    /// A variable, or where it is not set the profile's key, that says true or false; nil where neither is set.
    ///
    /// - Throws: ``AWSCredentialsError`` for any other text: taking it for false could switch a protection off.
    func flag(
        _ variable: String, profile: Profile? = nil, key: String = ""
    ) throws(AWSCredentialsError) -> Bool? {
        let given = value(variable).map { ($0, variable) } ?? profile?[key].map { ($0, key) }
        guard let (text, name) = given else { return nil }
        switch text.lowercased() {
        case "true": return true
        case "false": return false
        default: throw AWSCredentialsError("\(name) is neither true nor false; correct it")
        }
    }
}

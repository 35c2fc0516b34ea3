import KeyManagement

/// Which region and endpoint a call on a key goes to.
struct EndpointRules: Sendable {
    /// The configured region.
    let region: String
    /// `kms.endpoint-override`: in place of the configured region's endpoint.
    let override: Endpoint?
    /// What the environment or the profile names, in place of every region's, as in the SDKs.
    let configured: Endpoint?
    let usesFIPS: Bool
    let usesDualStack: Bool

    /// A multi-region key is asked for in the configured region, any other key that is named by ARN in its own.
    func region(of key: WrapperKeyID?) -> String {
        guard let key, let own = key.region, !key.isMultiRegion else { return region }
        return own
    }

    /// The name to send: a multi-region key's ARN with the configured region in it.
    func name(of key: WrapperKeyID) -> String {
        guard key.isMultiRegion, key.isARN else { return key.rawValue }
        var parts = key.rawValue.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        parts[3] = region
        return parts.joined(separator: ":")
    }

    /// Nil when `region` is no region's name.
    func endpoint(in region: String) -> Endpoint? {
        guard Endpoint.isRegion(region) else { return nil }
        if region == self.region, let override { return override }
        return configured ?? Endpoint(service: "kms", region: region, fips: usesFIPS, dualStack: usesDualStack)
    }
}

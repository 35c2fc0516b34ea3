/// Which of AWS's endpoints the environment and the chosen profile want.
struct EndpointSettings: Sendable {
    /// Those of validated cryptography: `AWS_USE_FIPS_ENDPOINT`, `use_fips_endpoint`.
    let usesFIPS: Bool
    /// Those that answer over IPv6, too: `AWS_USE_DUALSTACK_ENDPOINT`, `use_dualstack_endpoint`.
    let usesDualStack: Bool
    /// Whether STS is asked in us-east-1 for the old regions: `AWS_STS_REGIONAL_ENDPOINTS = legacy`.
    let usesGlobalSTS: Bool
    /// In place of KMS's endpoints, in every region.
    let kms: Endpoint?
    /// In place of STS's endpoints.
    let sts: Endpoint?
    /// The profile's own region.
    let region: String?
    /// The profile's file of certificate authorities.
    let caBundle: String?

    /// - Throws: ``AWSCredentialsError`` for a setting that is none, and for a file that cannot be read.
    init(_ environment: AWSEnvironment, allowsPlainHTTP: Bool = false) throws(AWSCredentialsError) {
        let files = SharedFiles(environment)
        let profile = try files.profile(files.chosen.name)
        func flag(_ variable: String, _ key: String) throws(AWSCredentialsError) -> Bool {
            try environment.flag(variable, profile: profile, key: key) ?? false
        }
        usesFIPS = try flag("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint")
        usesDualStack = try flag("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint")
        usesGlobalSTS = try Self.usesGlobalSTS(environment, profile)
        region = profile?["region"]
        caBundle = profile?["ca_bundle"]
        guard try !flag("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls") else {
            (kms, sts) = (nil, nil)
            return
        }
        func configured(_ service: String) throws(AWSCredentialsError) -> Endpoint? {
            for name in ["AWS_ENDPOINT_URL_\(service.uppercased())", "AWS_ENDPOINT_URL"] {
                guard let url = environment.value(name) else { continue }
                return try Endpoint(configured: url, as: name, allowsPlainHTTP: allowsPlainHTTP)
            }
            if let profile, let url = try Self.url(of: service, in: profile, files) {
                let name = "endpoint_url of \(profile.place(of: "endpoint_url"))"
                return try Endpoint(configured: url, as: name, allowsPlainHTTP: allowsPlainHTTP)
            }
            return nil
        }
        kms = try configured("kms")
        sts = try configured("sts")
    }

    private static func usesGlobalSTS(
        _ environment: AWSEnvironment, _ profile: Profile?
    ) throws(AWSCredentialsError) -> Bool {
        switch (environment.value("AWS_STS_REGIONAL_ENDPOINTS") ?? profile?["sts_regional_endpoints"])?.lowercased() {
        case nil, "regional": false
        case "legacy": true
        default:
            throw AWSCredentialsError("AWS_STS_REGIONAL_ENDPOINTS is neither regional nor legacy; correct it")
        }
    }

    /// What the profile's services section has for the service, else the profile's own URL.
    private static func url(
        of service: String, in profile: Profile, _ files: SharedFiles
    ) throws(AWSCredentialsError) -> String? {
        if let name = profile["services"] {
            guard let url = try files.config?.endpointURL(of: service, inServices: name) else {
                throw AWSCredentialsError(
                    "\(profile.place(of: "services")) has services = \(name), and there is no section "
                        + "[services \(name)]; add it")
            }
            if !url.isEmpty { return url }
        }
        return profile["endpoint_url"]
    }
}

extension Endpoint {
    /// An endpoint that somebody has set.
    ///
    /// - Throws: ``AWSCredentialsError`` for what is none, and for plain `http` elsewhere than on this machine, unless
    ///   that is allowed.
    init(configured url: String, as name: String, allowsPlainHTTP: Bool) throws(AWSCredentialsError) {
        guard let endpoint = Endpoint(url: url) else {
            throw AWSCredentialsError("\(name) is no http or https URL of a host; check it")
        }
        guard endpoint.isProtected || allowsPlainHTTP else {
            throw AWSCredentialsError(
                "\(name) is not encrypted, so that whoever is between here and \(endpoint.authority) reads data keys "
                    + "or credentials; use https, or set canton.parameters.non-standard-config = yes")
        }
        self = endpoint
    }
}

/// Where the Security Token Service is asked, and the region that a signature to it is of.
struct STSEndpoint: Sendable, Equatable {
    let endpoint: Endpoint
    let signingRegion: String

    /// Nil when `region` is no region's name. Source: botocore's `sts/2011-06-15/endpoint-rule-set-1.json`.
    init?(region: String, _ settings: EndpointSettings) {
        guard Endpoint.isRegion(region) else { return nil }
        if let endpoint = settings.sts {
            self.init(endpoint, region)
            return
        }
        let isPlain = !settings.usesFIPS && !settings.usesDualStack
        if isPlain, settings.usesGlobalSTS, Self.oldRegions.contains(region),
            let endpoint = Endpoint(url: "https://sts.amazonaws.com/")
        {
            self.init(endpoint, "us-east-1")
            return
        }
        // In the government's regions the plain endpoint is one of validated cryptography.
        let isGovernment = Partition.of(region).name == "aws-us-gov"
        let usesFIPS = settings.usesFIPS && !(isGovernment && !settings.usesDualStack)
        guard
            let endpoint = Endpoint(
                service: "sts", region: region, fips: usesFIPS, dualStack: settings.usesDualStack)
        else { return nil }
        self.init(endpoint, region)
    }

    private init(_ endpoint: Endpoint, _ region: String) {
        self.endpoint = endpoint
        signingRegion = region
    }

    /// Those that STS had one endpoint for.
    private static let oldRegions: Set<String> = [
        "ap-northeast-1", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ca-central-1", "eu-central-1",
        "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1", "us-east-1", "us-east-2", "us-west-1",
        "us-west-2",
    ]
}

import Foundation
import Glibc
import KMSConformance
import KeyManagement
import SecretMemory
import Testing

@testable import AWSKMS

/// What fetching credentials leaves of them beside the arena. Each test has a process of its own.
@Suite(.serialized) struct CredentialLeakTests {
    enum Way: String, CaseIterable, Codable {
        case role, webIdentity, process, container, instance
    }

    @Test(arguments: Way.allCases)
    func `no copy of fetched credentials is left`(_ way: Way) async {
        await #expect(processExitsWith: .success) { [way = way as Way] in
            ProcessPreparation.run()
            try #require(AWSKMS.prepareProcess(), "libcurl allocates from ours")
            let services = try CredentialServices()
            let kms = try services.kms(Self.variables(way, services))
            let found = try await kms.credentials()
            #expect(found.accessKeyID.hasPrefix("ASIA"))
            #expect(MemoryScan.count(of: found.secretAccessKey) == 0, "the secret access key")
            let token = try #require(found.sessionToken)
            #expect(MemoryScan.count(of: token) == 0, "the session token")
            if way == .webIdentity {
                let identity = try WebIdentityToken.read(services.folder.file("token"))
                #expect(MemoryScan.count(of: identity) == 0, "the web identity token")
            }
            withExtendedLifetime(kms) {}
        }
    }

    private static func variables(_ way: Way, _ services: CredentialServices) throws -> [String: String] {
        switch way {
        case .role:
            let role = "role_arn = arn:aws:iam::111122223333:role/r\nsource_profile = k\n"
            try services.write("[default]\n\(role)[profile k]\n\(services.keyLines)")
            return [:]
        case .webIdentity:
            // Drawn and written without a copy of the tests' own.
            try write(300, to: services.folder.file("token"))
            return [
                "AWS_WEB_IDENTITY_TOKEN_FILE": services.folder.file("token"),
                "AWS_ROLE_ARN": "arn:aws:iam::111122223333:role/r",
            ]
        case .process:
            let command = "curl -s \(services.url)/container/process"
            let script = services.folder.file("script")
            let lines = "#!/bin/sh\n\(command) | sed 's/^{/{\"Version\": 1, /; s/\"Token\"/\"SessionToken\"/'\n"
            try Data(lines.utf8).write(to: URL(filePath: script))
            chmod(script, 0o700)
            try services.write("[default]\ncredential_process = \(script)\n")
            return [:]
        case .container: return ["AWS_CONTAINER_CREDENTIALS_FULL_URI": services.url + "/container"]
        case .instance: return [:]
        }
    }

    private static func write(_ count: Int, to path: String) throws {
        let random = try SecretBytes.random(count: count)
        var text = try SecretBytes(zeroedCount: Base64.encodedCount(count))
        text.withUnsafeMutableBytes { target in
            random.withExposedBytes { span in span.withUnsafeBytes { Base64.encode($0, into: target) } }
            // Nothing that a form escapes: as it is in the file it would be in a copy of the request.
            for index in target.indices where target[index] == 0x2b || target[index] == 0x2f { target[index] = 0x41 }
        }
        let file = creat(path, 0o600)
        defer { close(file) }
        let written = text.withExposedBytes { span in
            span.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
        }
        try #require(written == Base64.encodedCount(count))
    }
}

import KeyManagement
import Testing

/// A fault of the strict server and what becomes of each call that it befalls: one row of the table.
struct Weather: Sendable, CustomTestStringConvertible {
    enum Outcome: Sendable, Equatable {
        case works(requests: Int)
        case fails(KMSError.Code, requests: Int)
    }

    let testDescription: String
    let fault: String
    let options: [String: any Sendable]
    /// Whether it ends by our own bound, which is then a short one.
    let isSlow: Bool
    private let usual: Outcome
    private let exceptions: [KMSOperation: Outcome]

    func outcome(of operation: KMSOperation) -> Outcome { exceptions[operation] ?? usual }

    private init(
        _ name: String, _ fault: String, _ options: [String: any Sendable] = [:], then usual: Outcome,
        but exceptions: [KMSOperation: Outcome] = [:], isSlow: Bool = false
    ) {
        testDescription = name
        self.fault = fault
        self.options = options
        self.usual = usual
        self.exceptions = exceptions
        self.isSlow = isSlow
    }

    static let table: [Weather] = refusing + breaking + slow + lying

    /// Answers that are errors. KMS says of these that nothing was done, so a key is asked for again.
    private static let refusing: [Weather] = [
        Weather("throttled twice", "throttle", ["times": 2], then: .works(requests: 3)),
        Weather("throttled for ever", "throttle", then: .fails(.throttled, requests: 3)),
        Weather(
            "asked for fewer calls, 429", "throttle", ["code": "X", "status": 429],
            then: .fails(.throttled, requests: 3)),
        Weather(
            "a fault of KMS once", "500", ["times": 1], then: .works(requests: 2),
            but: [.createKey: .fails(.unavailable, requests: 1)]),
        Weather(
            "a fault of KMS for ever", "500", then: .fails(.unavailable, requests: 3),
            but: [.createKey: .fails(.unavailable, requests: 1)]),
        Weather(
            "out of service once", "503", ["times": 1], then: .works(requests: 2),
            but: [.createKey: .fails(.unavailable, requests: 1)]),
        Weather(
            "out of service for ever", "503", then: .fails(.unavailable, requests: 3),
            but: [.createKey: .fails(.unavailable, requests: 1)]),
        Weather(
            "a gateway's fault once", "error", ["status": 502, "spelling": "none", "times": 1],
            then: .works(requests: 2),
            but: [.createKey: .fails(.unavailable, requests: 1)]),
        Weather(
            "a dependency's timeout", "error", ["status": 503, "code": "DependencyTimeoutException"],
            then: .fails(.unavailable, requests: 3), but: [.createKey: .fails(.unavailable, requests: 1)]),
        Weather("an expired token", "expired-token", then: .fails(.credentials, requests: 1)),
        Weather(
            "an unknown error", "error", ["status": 400, "code": "SomethingNewException"],
            then: .fails(.validation, requests: 1)),
        Weather("forbidden by a proxy", "html", ["status": 403], then: .fails(.accessDenied, requests: 1)),
    ]

    /// Connections that end early. What became of the request nobody knows, so no second key is asked for.
    private static let breaking: [Weather] =
        ["reset", "close"].flatMap { kind -> [Weather] in
            ["before", "headers", "body"].flatMap { when -> [Weather] in
                [
                    Weather(
                        "\(kind) once, \(when)", kind, ["when": when, "times": 1], then: .works(requests: 2),
                        but: [.createKey: .fails(.unavailable, requests: 1)]),
                    Weather(
                        "\(kind) always, \(when)", kind, ["when": when], then: .fails(.unavailable, requests: 3),
                        but: [.createKey: .fails(.unavailable, requests: 1)]),
                ]
            }
        } + [
            Weather(
                "a truncated body once", "truncate", ["times": 1], then: .works(requests: 2),
                but: [.createKey: .fails(.unavailable, requests: 1)]),
            Weather(
                "truncated bodies", "truncate", ["bytes": 1], then: .fails(.unavailable, requests: 3),
                but: [.createKey: .fails(.unavailable, requests: 1)]),
        ]

    /// Answers that do not come in time.
    private static let slow: [Weather] = [
        Weather(
            "a slow drip", "drip", then: .fails(.timedOut, requests: 3),
            but: [.createKey: .fails(.timedOut, requests: 1)],
            isSlow: true),
        Weather(
            "silence once", "hang", ["times": 1], then: .works(requests: 2),
            but: [.createKey: .fails(.timedOut, requests: 1)],
            isSlow: true),
        Weather(
            "silence", "hang", then: .fails(.timedOut, requests: 3), but: [.createKey: .fails(.timedOut, requests: 1)],
            isSlow: true),
        Weather(
            "half an answer, then silence", "hang", ["when": "body", "executes": true],
            then: .fails(.timedOut, requests: 3),
            but: [.createKey: .fails(.timedOut, requests: 1)], isSlow: true),
        Weather("a late answer", "latency", ["milliseconds": 20], then: .works(requests: 1)),
    ]

    /// Answers that are not what a KMS answers: asking again is of no use.
    private static let lying: [Weather] = [
        Weather("half a document", "garbage", then: .fails(.invalidResponse, requests: 1)),
        Weather("no body", "garbage", ["body": ""], then: .fails(.invalidResponse, requests: 1)),
        Weather("a list", "garbage", ["body": "[]"], then: .fails(.invalidResponse, requests: 1)),
        Weather("a page, 200", "html", then: .fails(.invalidResponse, requests: 1)),
        Weather("a page, 404", "html", ["status": 404], then: .fails(.invalidResponse, requests: 1)),
        Weather("64 MiB", "huge", then: .fails(.invalidResponse, requests: 1)),
        Weather("64 MiB, length not told", "huge", ["chunked": true], then: .fails(.invalidResponse, requests: 1)),
        Weather("two lengths", "conflicting-lengths", then: .fails(.invalidResponse, requests: 1)),
        Weather(
            "a length and chunks", "conflicting-lengths", ["mode": "length-and-chunked"],
            then: .fails(.invalidResponse, requests: 1)),
        Weather("no HTTP", "raw", ["base64": "SGVsbG8hDQo="], then: .fails(.invalidResponse, requests: 1)),
        Weather("a redirect", "redirect", then: .fails(.invalidResponse, requests: 1)),
        Weather("a redirect, 301", "redirect", ["status": 301], then: .fails(.invalidResponse, requests: 1)),
        Weather(
            "another key's id", "wrong-key-id", then: .fails(.invalidResponse, requests: 1),
            but: [.createKey: .works(requests: 1), .describeKey: .works(requests: 1)]),
        Weather(
            "another source key's id", "wrong-key-id", ["member": "SourceKeyId"], then: .works(requests: 1),
            but: [.reEncrypt: .fails(.invalidResponse, requests: 1)]),
        Weather(
            "a Plaintext of 31 bytes", "wrong-plaintext", then: .works(requests: 1),
            but: [.generateDataKey: .fails(.invalidResponse, requests: 1)]),
        Weather(
            "an empty Plaintext", "set", ["members": ["Plaintext": ""]], then: .works(requests: 1),
            but: [
                .generateDataKey: .fails(.invalidResponse, requests: 1),
                .decrypt: .fails(.invalidResponse, requests: 1),
            ]),
        Weather(
            "a Plaintext that is no Base64", "set", ["members": ["Plaintext": "%%%%"]], then: .works(requests: 1),
            but: [
                .generateDataKey: .fails(.invalidResponse, requests: 1),
                .decrypt: .fails(.invalidResponse, requests: 1),
            ]),
        Weather("no members", "missing", then: .fails(.invalidResponse, requests: 1)),
        Weather(
            "no KeyId", "missing", ["members": ["KeyId"]], then: .fails(.invalidResponse, requests: 1),
            but: [.createKey: .works(requests: 1), .describeKey: .works(requests: 1)]),
        Weather(
            "unknown members", "set", ["members": ["Future": [["a": 1]]]], then: .works(requests: 1)),
        Weather("a Date that is off, on a good answer", "skewed-date", ["seconds": 3600], then: .works(requests: 1)),
    ]
}

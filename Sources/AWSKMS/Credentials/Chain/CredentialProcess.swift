import KeyManagement
import SecretMemory

/// A profile's `credential_process`: a program that writes credentials as JSON.
///
/// Its output goes from the pipe straight into secret memory. Source: the AWS SDKs and Tools Reference Guide, "Process
/// credential provider".
struct CredentialProcess: Sendable, Equatable {
    let command: String
    /// For the operator: `profile p of /home/node/.aws/config`.
    let place: String

    /// Runs the program and reads what it writes.
    ///
    /// - Throws: ``AWSCredentialsError``; what the program said is not in it, since that can be a secret.
    func credentials(
        environment: AWSEnvironment, until deadline: ContinuousClock.Instant
    ) async throws(AWSCredentialsError) -> AWSCredentials {
        let name = "the credential_process of \(place)"
        guard let words = CommandWords.split(command) else {
            throw AWSCredentialsError("\(name) is no command: it is empty or has an open quote; correct it")
        }
        let program = SecretProgram(words: words, environment: environment)
        let output: SecretBox
        do throws(SecretProgram.Failure) { output = try await program.output(until: deadline) } catch {
            switch error {
            case .notStarted(let reason):
                throw AWSCredentialsError("\(name) cannot be started: \(reason); check the program's path")
            case .ended(let how):
                throw AWSCredentialsError("\(name) ended with \(how); run it by hand to see why", isRetryable: true)
            case .tooLong: throw AWSCredentialsError("\(name) writes more than credentials; check it")
            case .late:
                throw AWSCredentialsError(
                    "\(name) did not end in time; run it by hand to see why", code: .timedOut, isRetryable: true)
            case .secretMemory(let reason): throw AWSCredentialsError(reason, code: .secretMemory)
            }
        }
        return try CredentialDocument(kind: .process, source: name).read(output.secret)
    }
}

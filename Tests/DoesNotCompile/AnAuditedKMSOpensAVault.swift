// compiles: the control, so that the refusals below are not for want of a module
import KMSAudit
import KeyManagement
import NodeVault
import SecretMemory

func open(_ kms: any KMS, _ log: AuditLog) async throws -> KeyStore {
    try await KeyStore.open(at: "vault", kms: AuditedKMS(kms, log: log))
}

func count(_ secret: borrowing SecretBytes) -> Int { secret.withExposedBytes { $0.byteCount } }

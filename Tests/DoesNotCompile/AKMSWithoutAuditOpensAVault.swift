// error: cannot convert value of type 'any KMS' to expected argument type 'AuditedKMS'
import KMSAudit
import KeyManagement
import NodeVault

func open(_ kms: any KMS) async throws -> KeyStore { try await KeyStore.open(at: "vault", kms: kms) }

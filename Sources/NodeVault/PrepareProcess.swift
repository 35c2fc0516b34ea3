import AWSKMS
import SecretMemory

/// Prepares the process so that libraries leave no copies of secrets behind. Call it first in `main`.
///
/// Routes OpenSSL's and libcurl's allocations through functions that wipe, switches core dumps and Swift's crash backtraces off, and
/// forbids other users' processes to trace this one. A host that cannot call it has a working vault;
/// ``KeyStore/processAllocators`` then answers `host`.
@discardableResult
public func prepareProcess() -> Bool {
    let prepared = ProcessPreparation.run()
    return AWSKMS.prepareProcess() && prepared.allocators == .ours
}

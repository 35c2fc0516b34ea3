import Logging

extension KeyStore {
    /// Drops every secret from memory, for a host that was told of memory pressure: by the kernel
    /// (`/proc/pressure/memory`, a control group's `memory.events`) or by its own watch.
    ///
    /// Keys in use are wiped when their last use ends. The store stays open, and the next use asks the KMS again: while
    /// the KMS is out of reach the call is better left out.
    ///
    /// - Returns: how many data keys and ready private keys were dropped.
    @discardableResult
    public func relieveMemoryPressure() -> (dataKeys: Int, privateKeys: Int) {
        let dropped = (dataKeys: dataKeys.count, privateKeys: privateKeys.count)
        purge()
        options.logger.notice(
            "memory pressure: \(dropped.dataKeys) data keys and \(dropped.privateKeys) private keys left memory")
        return dropped
    }
}

// What an operator does to wrapper keys. Each call writes the file before it returns, and blocks for that.
extension LocalKMS {
    /// Names a key. As in AWS, an alias must be new; `key` is a key id or key ARN.
    ///
    /// - Throws: ``KMSError`` `.validation` (`AlreadyExistsException`, `InvalidAliasNameException`), `.notFound`,
    ///   `.invalidState`, and the file's errors.
    public func createAlias(_ alias: WrapperKeyID, for key: WrapperKeyID) throws(KMSError) {
        try manage(.createAlias) { keyring, _ throws(LocalFailure) in
            let name = try Keyring.newAliasName(alias)
            guard keyring.aliases[name] == nil else {
                throw .validation(
                    "\(name) exists; point it at another key instead", awsErrorType: "AlreadyExistsException")
            }
            try point(name, at: key, in: &keyring)
        }
    }

    /// Points an existing alias at another key. What was wrapped under the former one stays under it.
    ///
    /// - Throws: ``KMSError`` as ``createAlias(_:for:)``, and `.notFound` when there is no such alias.
    public func updateAlias(_ alias: WrapperKeyID, to key: WrapperKeyID) throws(KMSError) {
        try manage(.updateAlias) { keyring, _ throws(LocalFailure) in
            try point(existing(alias, in: keyring), at: key, in: &keyring)
        }
    }

    /// Removes an alias; its key stays.
    ///
    /// - Throws: ``KMSError`` `.notFound`, and the file's errors.
    public func deleteAlias(_ alias: WrapperKeyID) throws(KMSError) {
        try manage(.deleteAlias) { keyring, _ throws(LocalFailure) in
            keyring.aliases[try existing(alias, in: keyring)] = nil
        }
    }

    /// Lets a key be used again.
    ///
    /// - Throws: ``KMSError`` `.notFound`, `.invalidState` when it is pending deletion, and the file's errors.
    public func enableKey(_ key: WrapperKeyID) throws(KMSError) {
        try change(key, .enableKey) { key, _ throws(LocalFailure) in
            try key.requireNotPendingDeletion()
            key.state = .enabled
        }
    }

    /// Keeps a key from being used until it is enabled.
    ///
    /// - Throws: ``KMSError`` as ``enableKey(_:)``.
    public func disableKey(_ key: WrapperKeyID) throws(KMSError) {
        try change(key, .disableKey) { key, _ throws(LocalFailure) in
            try key.requireNotPendingDeletion()
            key.state = .disabled
        }
    }

    /// Deletes a key after 7 to 30 days, in which nobody can use it. After that nothing wrapped under it opens again.
    ///
    /// - Throws: ``KMSError`` `.validation` for another number of days, and as ``enableKey(_:)``.
    public func scheduleKeyDeletion(_ key: WrapperKeyID, pendingWindowInDays days: Int = 30) throws(KMSError) {
        try change(key, .scheduleKeyDeletion) { key, now throws(LocalFailure) in
            guard (7...30).contains(days) else {
                throw .validation("a key waits 7 to 30 days for its deletion, and \(days) were given")
            }
            try key.requireNotPendingDeletion()
            key.state = .pendingDeletion(now.adding(days: days))
        }
    }

    /// Keeps a key that waits for its deletion. As in AWS, it is disabled afterwards.
    ///
    /// - Throws: ``KMSError`` `.notFound`, `.invalidState` when no deletion is scheduled, and the file's errors.
    public func cancelKeyDeletion(_ key: WrapperKeyID) throws(KMSError) {
        try change(key, .cancelKeyDeletion) { key, _ throws(LocalFailure) in
            guard case .pendingDeletion = key.state else {
                throw .invalidState("wrapper key \(try key.arn) is not pending deletion")
            }
            key.state = .disabled
        }
    }

    /// Gives a key new material for what is wrapped from now on; at most 25 times.
    ///
    /// - Throws: ``KMSError`` `.notFound`, `.disabled`, `.invalidState`, `.validation` (`LimitExceededException`), and
    ///   the file's errors.
    public func rotateKeyOnDemand(_ key: WrapperKeyID) throws(KMSError) {
        try change(key, .rotateKeyOnDemand) { key, now throws(LocalFailure) in try key.rotate(now: now) }
    }

    private func change(
        _ name: WrapperKeyID, _ operation: KMSOperation,
        _ body: (inout LocalKey, Timestamp) throws(LocalFailure) -> Void
    ) throws(KMSError) {
        try manage(operation) { keyring, now throws(LocalFailure) in
            try keyring.change(name, file: path) { key throws(LocalFailure) in try body(&key, now) }
        }
    }

    private func manage(
        _ operation: KMSOperation, _ body: (inout Keyring, Timestamp) throws(LocalFailure) -> Void
    ) throws(KMSError) {
        let requestID = try Self.requestID(operation)
        do throws(LocalFailure) { try update(body) } catch { throw error.error(in: operation, requestID: requestID) }
    }

    private func point(_ alias: String, at name: WrapperKeyID, in keyring: inout Keyring) throws(LocalFailure) {
        let key = try keyring.keyByID(name, file: path)
        try key.requireNotPendingDeletion()
        keyring.aliases[alias] = key.id
    }

    private func existing(_ alias: WrapperKeyID, in keyring: Keyring) throws(LocalFailure) -> String {
        let name = try Keyring.newAliasName(alias)
        guard keyring.aliases[name] != nil else { throw .notFound("there is no \(name) in \(path)") }
        return name
    }
}

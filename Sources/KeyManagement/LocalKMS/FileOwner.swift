public import Glibc

/// The user and group that a file is given when root makes it.
public struct FileOwner: Sendable, Hashable {
    /// The user's number.
    public let user: uid_t
    /// The group's number.
    public let group: gid_t

    /// An owner by numbers.
    public init(user: uid_t, group: gid_t) {
        self.user = user
        self.group = group
    }
}

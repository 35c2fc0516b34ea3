/// One numbered change of the vault's schema: a file of this folder, embedded in the binary.
public struct Migration: Sendable, Equatable {
    /// 1, 2, 3 …, without gaps.
    public let version: Int64
    /// The file's name without its extension.
    public let name: String
    /// The statements.
    public let sql: String

    /// A migration of its own text, for tests of the mechanism.
    public init(version: Int64, name: String, sql: String) {
        self.version = version
        self.name = name
        self.sql = sql
    }
}

extension [Migration] {
    /// Every file of this folder, in order.
    public static var all: [Migration] {
        [
            Migration(
                version: 1, name: "V0001_initial",
                sql: String(decoding: PackageResources.V0001_initial_sql, as: UTF8.self))
        ]
    }
}

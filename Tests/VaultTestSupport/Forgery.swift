import Foundation
import GRDB

/// One forged value in one column of one row.
package struct Forgery: Sendable, CustomStringConvertible {
    package let table: String
    package let rowNumber: Int64
    package let column: String
    /// What becomes of the value.
    private let kind: String
    /// An SQL expression over the column, with `?` for `argument` where there is one.
    private let expression: String
    private let argument: DatabaseValue?

    package var description: String { "\(table) row \(rowNumber), \(column): \(kind)" }

    /// Writes it over what is there, whatever the schema says.
    package func apply(to database: IndependentDatabase) throws {
        var arguments: StatementArguments = []
        if let argument { arguments += [argument] }
        try database.executeWithoutTypes(
            of: table, "UPDATE \(table) SET \(column) = \(expression) WHERE rowid = ?", arguments + [rowNumber])
    }

    /// Every column of every row of every table: another value, an added byte, a cut, a NULL, another type.
    package static func all(of database: IndependentDatabase) throws -> [Forgery] {
        var forgeries: [Forgery] = []
        for (table, rows) in try database.dump().sorted(by: { $0.key < $1.key }) {
            for row in rows {
                guard let number = row["row_number"] as Int64? else { continue }
                for (column, value) in row where column != "row_number" {
                    let isRowNumber = ["version", "singleton"].contains(column)
                    for kind in kinds(of: value, isRowNumber: isRowNumber) {
                        forgeries.append(
                            Forgery(
                                table: table, rowNumber: number, column: column, kind: kind.name,
                                expression: kind.expression(column), argument: kind.argument))
                    }
                }
            }
        }
        return forgeries
    }

    private struct Kind {
        let name: String
        let expression: (String) -> String
        var argument: DatabaseValue?
    }

    private static func kinds(of value: DatabaseValue, isRowNumber: Bool) -> [Kind] {
        let null = Kind(name: "NULL") { _ in "NULL" }
        switch value.storage {
        case .int64:
            let next = Kind(name: "plus one") { "\($0) + 1" }
            guard !isRowNumber else { return [next] }
            return [
                next, null, Kind(name: "a fraction") { "\($0) + 0.5" },
                Kind(name: "a blob") { "CAST(\($0) AS BLOB)" },
            ]
        case .string:
            return [
                null, Kind(name: "a letter more") { "\($0) || 'x'" },
                Kind(name: "a letter behind a NUL") { "\($0) || char(0) || 'x'" },
                Kind(name: "a byte that is no UTF-8") { "CAST(CAST(\($0) AS BLOB) || x'ff' AS TEXT)" },
                Kind(name: "the same bytes as a blob") { "CAST(\($0) AS BLOB)" },
            ]
        case .blob(let data):
            var flipped = data
            if let middle = flipped.indices.dropFirst(flipped.count / 2).first { flipped[middle] ^= 0x10 }
            var kinds = [null, Kind(name: "the same bytes as a text") { "CAST(\($0) AS TEXT)" }]
            kinds.append(Kind(name: "a byte more") { "CAST(\($0) || x'00' AS BLOB)" })
            guard !data.isEmpty else { return kinds }
            kinds.append(Kind(name: "a flipped bit", expression: { _ in "?" }, argument: flipped.databaseValue))
            kinds.append(Kind(name: "a byte less") { "CAST(substr(\($0), 1, length(\($0)) - 1) AS BLOB)" })
            return kinds
        case .null:
            return [
                Kind(name: "a number") { _ in "1" }, Kind(name: "a text") { _ in "'planted'" },
                Kind(name: "a blob") { _ in "zeroblob(16)" },
            ]
        case .double: return []
        }
    }
}

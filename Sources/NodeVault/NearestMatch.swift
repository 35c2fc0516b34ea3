/// Finds what a mistyped word was meant to be.
enum NearestMatch {
    /// The candidate that the word begins, or the one with the fewest edits; nil when none is near: half of the word's
    /// letters at most.
    static func of(_ word: String, among candidates: some Sequence<String>) -> String? {
        if word.utf8.count >= 6, let longer = candidates.first(where: { $0.hasPrefix(word) }) { return longer }
        let found = candidates.map { (candidate: $0, edits: edits(word, $0)) }.min { $0.edits < $1.edits }
        guard let found, found.edits <= word.utf8.count / 2 else { return nil }
        return found.candidate
    }

    /// Insertions, deletions and changes of a byte that lead from one word to the other (Levenshtein's distance).
    private static func edits(_ left: String, _ right: String) -> Int {
        let right = Array(right.utf8)
        var row = Array(0...right.count)
        for (index, letter) in left.utf8.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in right.indices {
                let change = diagonal + (right[column] == letter ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(change, row[column] + 1, diagonal + 1)
            }
        }
        return row[right.count]
    }
}

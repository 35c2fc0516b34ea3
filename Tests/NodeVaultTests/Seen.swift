import SecretMemory

/// What a progress closure was told, in ascending order.
final class Seen: Sendable {
    private let state = Lock([(done: Int, total: Int)]())

    var steps: [(done: Int, total: Int)] { state.withLock { $0.sorted { $0.done < $1.done } } }

    func add(_ done: Int, of total: Int) { state.withLock { $0.append((done, total)) } }
}

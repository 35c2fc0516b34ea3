import Glibc

/// The wall clock in microseconds since 1970 UTC: for display only, no decision rests on it.
func microsecondsSince1970() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1_000
}

/// Random numbers as text. They tell requests apart and protect nothing.
enum HexNumber {
    /// 16 random hexadecimal digits.
    static func random() -> String {
        let digits = String(UInt64.random(in: .min ... .max), radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}

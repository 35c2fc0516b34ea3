import ArgumentParser

/// `nodevault config`
struct Config: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Checks the configuration, and shows what it comes to.",
        subcommands: [ConfigCheck.self, ConfigShow.self])

    @OptionGroup var options: GlobalOptions
}

import CCurl
import Glibc
import SecretMemory

/// The thread that drives libcurl: exchanges come in through an inbox, outcomes leave through continuations.
///
/// libcurl never blocks a thread of Swift's pool. The thread ends when it is told to stop, and frees what it holds.
final class CurlLoop: @unchecked Sendable {
    // Unchecked: `transfers` belongs to the loop's thread; the inbox is behind its lock; `thread` is set once, at the
    // start.
    private enum Message {
        case start(CurlStart)
        case giveUp(CurlTicket)
        case stop
    }

    private let multi: UnsafeMutableRawPointer
    private let settings: TransportSettings
    private let inbox = Lock<[Message]>([])
    private var transfers = [UnsafeMutableRawPointer: CurlTransfer]()
    private var thread = pthread_t()
    private let process = getpid()

    private init?(_ settings: TransportSettings) {
        guard let multi = curl_multi_init() else { return nil }
        self.multi = multi
        self.settings = settings
        nodevault_curl_multi_set_number(multi, CURLMOPT_MAX_HOST_CONNECTIONS, settings.maximumConnections)
        nodevault_curl_multi_set_number(multi, CURLMOPT_MAXCONNECTS, settings.maximumConnections)
    }

    deinit { curl_multi_cleanup(multi) }

    /// Starts a loop; nil when the system has no memory or thread left.
    static func start(_ settings: TransportSettings) -> CurlLoop? {
        guard let loop = CurlLoop(settings) else { return nil }
        let retained = Unmanaged.passRetained(loop)
        // Signals are the host's own threads' affair; and a SIGPIPE of OpenSSL's writes must not end the process.
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        let result = pthread_create(&loop.thread, nil, CurlLoop.main, retained.toOpaque())
        pthread_sigmask(SIG_SETMASK, &before, nil)
        guard result == 0 else {
            retained.release()
            return nil
        }
        return loop
    }

    func begin(_ start: CurlStart) { post(.start(start)) }

    func giveUp(_ ticket: CurlTicket) {
        ticket.giveUp()
        post(.giveUp(ticket))
    }

    /// Ends the thread, and waits until it has: what it still did would meet the libraries' own end when the process
    /// exits. Nothing may be begun after it.
    func stop() {
        guard hasThread else { return }
        post(.stop)
        pthread_join(thread, nil)
    }

    /// Whether the thread is one of this process: a fork has only the thread that forked.
    var hasThread: Bool { getpid() == process }

    private func post(_ message: Message) {
        inbox.withLock { $0.append(message) }
        curl_multi_wakeup(multi)
    }

    private static let main: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { context in
        guard let context else { return nil }
        Unmanaged<CurlLoop>.fromOpaque(context).takeRetainedValue().run()
        return nil
    }

    private func run() {
        let longestWaitInMilliseconds: Int32 = 60_000
        while takeMessages() {
            var running: Int32 = 0
            curl_multi_perform(multi, &running)
            takeOutcomes()
            curl_multi_poll(multi, nil, 0, longestWaitInMilliseconds, nil)
        }
        for easy in Array(transfers.keys) { remove(easy)?.end(.failure(.cancelled)) }
    }

    /// Obeys the inbox. False when it says stop.
    private func takeMessages() -> Bool {
        let messages = inbox.withLock { inbox in
            let taken = inbox
            inbox = []
            return taken
        }
        for message in messages {
            switch message {
            case .start(let start): begin(transferFor: start)
            case .giveUp(let ticket):
                guard let easy = transfers.first(where: { $0.value.ticket === ticket })?.key else { continue }
                remove(easy)?.end(.failure(.cancelled))
            case .stop: return false
            }
        }
        return true
    }

    private func begin(transferFor start: CurlStart) {
        guard !start.ticket.isGivenUp else { return start.continuation.resume(returning: .failure(.cancelled)) }
        guard let transfer = CurlTransfer(start) else {
            return start.continuation.resume(returning: .failure(.unusable("out of memory")))
        }
        guard transfer.configure(settings), curl_multi_add_handle(multi, transfer.easy) == CURLM_OK else {
            return transfer.end(.failure(.unusable("libcurl refuses the settings of the request")))
        }
        transfers[transfer.easy] = transfer
    }

    private func takeOutcomes() {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
            let code = message.pointee.data.result
            remove(easy)?.finish(code)
        }
    }

    private func remove(_ easy: UnsafeMutableRawPointer) -> CurlTransfer? {
        curl_multi_remove_handle(multi, easy)
        return transfers.removeValue(forKey: easy)
    }
}

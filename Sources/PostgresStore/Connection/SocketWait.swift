// SPDX-License-Identifier: Apache-2.0

import Dispatch

/// One wait for a socket, which holds no thread.
///
/// `@unchecked Sendable` is sound: after its creation, its state is touched by handlers on the one serial queue only.
final class SocketWait: @unchecked Sendable {
  private var sources: [any DispatchSourceProtocol] = []
  private var uncancelled = 0
  private var isReady = false
  private let continuation: CheckedContinuation<Bool, Never>

  private init(_ continuation: CheckedContinuation<Bool, Never>) { self.continuation = continuation }

  /// Returns once a socket is ready to be read, or to be written where that is asked, or the time is over; says whether it is ready.
  ///
  /// When it returns nothing watches the socket any more, so that libpq may close it.
  static func ready(
    _ socket: Int32, writing: Bool, reading: Bool = true, within timeout: Duration, on queue: DispatchQueue
  ) async -> Bool {
    await withCheckedContinuation { continuation in
      queue.async {
        let wait = SocketWait(continuation)
        if reading { wait.watch(DispatchSource.makeReadSource(fileDescriptor: socket, queue: queue), meansReady: true) }
        if writing { wait.watch(DispatchSource.makeWriteSource(fileDescriptor: socket, queue: queue), meansReady: true) }
        let timer = DispatchSource.makeTimerSource(queue: queue)
        timer.schedule(deadline: .now() + .nanoseconds(timeout.nanoseconds))
        wait.watch(timer, meansReady: false)
        for source in wait.sources { source.activate() }
      }
    }
  }

  private func watch(_ source: any DispatchSourceProtocol, meansReady: Bool) {
    sources.append(source)
    uncancelled += 1
    source.setEventHandler { self.fired(isReady: meansReady) }
    source.setCancelHandler { self.cancelled() }
  }

  private func fired(isReady: Bool) {
    if isReady { self.isReady = true }
    for source in sources { source.cancel() }
    sources = []
  }

  private func cancelled() {
    uncancelled -= 1
    if uncancelled == 0 { continuation.resume(returning: isReady) }
  }
}

extension Duration {
  /// Whole nanoseconds; what is too long for them is cut to about 146 years.
  var nanoseconds: Int {
    let (seconds, attoseconds) = components
    let limit: Int64 = 1 << 32
    return Int(max(-limit, min(limit, seconds))) * 1_000_000_000 + Int(attoseconds / 1_000_000_000)
  }

  var milliseconds: Int { nanoseconds / 1_000_000 }
}

// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// What the harness did, with times since its start: kept in a file, and the end of it in memory.
final class Trace: Sendable {
  private let start = ContinuousClock.now
  private let state: Mutex<State>
  private let isVerbose: Bool

  private struct State {
    var last: [String] = []
    let file: FileHandle
  }

  init(file: URL, isVerbose: Bool) throws {
    try Data().write(to: file)
    state = Mutex(State(file: try FileHandle(forWritingTo: file)))
    self.isVerbose = isVerbose
  }

  /// Keeps nothing.
  static let silent = Trace()

  private init() {
    state = Mutex(State(file: .nullDevice))
    isVerbose = false
  }

  func note(_ action: String) {
    let line = "\((ContinuousClock.now - start).formattedSeconds) \(action)"
    if isVerbose { print(line) }
    state.withLock { state in
      state.last.append(line)
      if state.last.count > CrashLimits.actionsShown { state.last.removeFirst() }
      try? state.file.write(contentsOf: Data((line + "\n").utf8))
    }
  }

  var last: [String] { state.withLock { $0.last } }
}

extension Duration {
  /// Seconds to the millisecond, in nine columns.
  var formattedSeconds: String {
    let milliseconds = components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000
    let fraction = String(1_000 + milliseconds % 1_000).dropFirst()
    let text = "\(milliseconds / 1_000).\(fraction)"
    return String(repeating: " ", count: max(0, 9 - text.count)) + text
  }
}

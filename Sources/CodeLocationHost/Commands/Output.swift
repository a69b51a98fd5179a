// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Lines for whoever started the executable, written at once: a pipe's reader waits for no buffer.
enum Output {
  static func line(_ text: String) { try? FileHandle.standardOutput.write(contentsOf: Data((text + "\n").utf8)) }
  static func error(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data((text + "\n").utf8)) }
}

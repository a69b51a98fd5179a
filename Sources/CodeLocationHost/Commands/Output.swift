// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation

/// Lines for whoever started the executable, written at once: a pipe's reader waits for no buffer.
enum Output {
  static func line(_ text: Shown) { try? FileHandle.standardOutput.write(contentsOf: Data((text.text + "\n").utf8)) }
  /// A line of the log, with its end.
  static func entry(_ line: Shown) { try? FileHandle.standardError.write(contentsOf: Data(line.text.utf8)) }
  static func error(_ text: Shown) { try? FileHandle.standardError.write(contentsOf: Data((text.text + "\n").utf8)) }
}

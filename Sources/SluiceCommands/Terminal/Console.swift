// SPDX-License-Identifier: Apache-2.0

package import AssetModel
import Foundation
import Glibc
import Synchronization

/// Standard output and standard error, a whole line at a time and unbuffered; nothing but what is fit to be shown gets there.
package enum Console {
  private static let lock = Mutex(())

  package static func out(_ text: Shown) { write(text + "\n", to: .standardOutput) }
  package static func error(_ text: Shown) { write(text + "\n", to: .standardError) }

  /// Text without a line's end, for a progress bar.
  static func errorPart(_ text: Shown) { write(text, to: .standardError) }

  static var outIsTerminal: Bool { isatty(STDOUT_FILENO) == 1 }
  static var errorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  /// The terminal's width in columns; 100 where there is none.
  static var width: Int {
    var size = winsize()
    return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 100
  }

  private static func write(_ text: Shown, to handle: FileHandle) {
    // A reader that went away (`sluice assets | head`) is no error of ours.
    lock.withLock { _ in try? handle.write(contentsOf: Data(text.text.utf8)) }
  }
}

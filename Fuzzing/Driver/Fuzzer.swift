// SPDX-License-Identifier: Apache-2.0

import Foundation
import FuzzTargets
import Synchronization

/// libFuzzer's own entry, which the runtime library has.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

enum Fuzzer {
  /// Hands the rest of the command line to libFuzzer, and every input that it makes up to the chosen target.
  static func run() -> CInt {
    // The target's name takes the place of the program's.
    var count = CommandLine.argc - 1
    var arguments = CommandLine.unsafeArgv + 1
    return runDriver(&count, &arguments) { bytes, count in
      let target = FuzzTarget.current.withLock { $0 }
      target?.body([UInt8](UnsafeBufferPointer(start: bytes, count: count)))
      return 0
    }
  }
}

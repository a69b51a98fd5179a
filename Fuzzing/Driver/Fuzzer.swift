// SPDX-License-Identifier: Apache-2.0

import Foundation
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

/// States a property; where it does not hold, libFuzzer keeps the input.
func expect(_ condition: Bool, _ what: @autoclosure () -> String) {
  if condition { return }
  FileHandle.standardError.write(Data("the property does not hold: \(what())\n".utf8))
  abort()
}

/// What a decoder makes of bytes; nil where it refuses them with its own kind of error, and only that.
func decoded<Value, Refusal: Error>(refusal: Refusal.Type, _ body: () throws -> Value) -> Value? {
  do {
    return try body()
  } catch {
    expect(error is Refusal, "a refusal is a \(Refusal.self), not \(type(of: error)): \(error)")
    return nil
  }
}

/// Waits for what is asynchronous; libFuzzer's thread is nobody else's.
func waiting<Value: Sendable>(_ body: @escaping @Sendable () async -> Value) -> Value {
  let result = Mutex<Value?>(nil)
  let done = DispatchSemaphore(value: 0)
  Task.detached {
    let value = await body()
    result.withLock { $0 = value }
    done.signal()
  }
  done.wait()
  guard let value = result.withLock({ $0 }) else { abort() }
  return value
}

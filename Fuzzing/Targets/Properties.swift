// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

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

/// Waits for what is asynchronous: on a thread of the caller's own, never inside of what is awaited.
@available(*, noasync)
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

// SPDX-License-Identifier: Apache-2.0

/// A key or a code of swift-crypto, which may be sent.
///
/// `@unchecked Sendable`: before 4.0 swift-crypto does not say so of them. They are values there, too: what copies share is never
/// changed, but copied before.
struct CryptoValue<Value>: @unchecked Sendable {
  let value: Value

  init(_ value: Value) { self.value = value }
}

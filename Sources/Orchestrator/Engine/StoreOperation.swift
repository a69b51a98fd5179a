// SPDX-License-Identifier: Apache-2.0

/// What a store was doing when it failed, in the words of its messages.
package enum StoreOperation: String, Sendable {
  case opening, closing, appending, reading, upkeep, backup, restoring
}

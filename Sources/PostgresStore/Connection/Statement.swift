// SPDX-License-Identifier: Apache-2.0

package import Foundation

/// A value of a statement; the arrays are for `unnest`, so that many rows take one statement.
package enum Parameter: Sendable {
  case int(Int64?)
  case text(String?)
  case bytes(Data?)
  case ints([Int64?])
  case texts([String?])
  case blobs([Data?])
}

/// One SQL statement with its values.
package struct Statement: Sendable {
  let sql: String
  let parameters: [Parameter]
  /// Whether the server keeps its plan for the next time.
  let isPrepared: Bool

  package init(_ sql: String, _ parameters: [Parameter] = [], isPrepared: Bool = true) {
    self.sql = sql
    self.parameters = parameters
    self.isPrepared = isPrepared
  }
}

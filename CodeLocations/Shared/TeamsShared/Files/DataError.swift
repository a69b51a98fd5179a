// SPDX-License-Identifier: Apache-2.0

public import Foundation

/// Why the data could not be read: which file, what is wrong with it and, where there is one, the mend.
public struct DataError: Error, Equatable, CustomStringConvertible {
  public let description: String

  public init(file: URL, _ problem: String) {
    description = "\(file.path) \(problem)"
  }
}

// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Files of the checkout that the tests were built from.
enum RepositoryFile {
  static func url(_ path: String) -> URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../\(path)").standardizedFileURL
  }
}

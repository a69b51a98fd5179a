// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// The daemon does not answer: where it was looked for, why not, and the command that starts one.
package struct DaemonUnreachable: Error, Hashable, Sendable, ShownConvertible, CustomStringConvertible {
  package let url: String
  package let cause: String

  package init(url: String, cause: String) {
    self.url = url
    self.cause = cause
  }

  package var description: String { shown.text }

  package var shown: Shown {
    """
    no daemon answers at \(url) (\(cause))
      mend: start one with 'sluice dev', or name another with --url or SLUICE_URL
    """
  }
}

/// The daemon answered with something that is no answer of this API.
package struct UnexpectedAnswer: Error, Hashable, Sendable, ShownConvertible, CustomStringConvertible {
  package let url: String
  package let detail: String

  package init(url: String, detail: String) {
    self.url = url
    self.detail = detail
  }

  package var description: String { shown.text }

  package var shown: Shown {
    "\(url) answered, but not as a Sluice daemon of this version does: \(detail)\n  mend: check --url, and that CLI and daemon are of one build"
  }
}

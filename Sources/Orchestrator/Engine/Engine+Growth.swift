// SPDX-License-Identifier: Apache-2.0

extension Engine {
  /// Returns once the journal goes beyond a position, or the task is cancelled.
  public func grows(beyond position: JournalPosition) async { await watch.wait(beyond: position) }
}

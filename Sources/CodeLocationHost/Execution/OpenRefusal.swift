// SPDX-License-Identifier: Apache-2.0

package import AssetModel
import Foundation
package import LocationWire

/// Why a session cannot be opened.
package enum OpenRefusal: Error, Hashable, Sendable {
  case staleEpoch(highest: Epoch)
  /// Nobody proves whose it is, and it would lock out whoever comes with a lower one.
  case epochJump(highest: Epoch, most: Epoch)
  case otherStore(StorePresence.Holder)

  /// For whoever wanted to open it: what is wrong, and the mend.
  package func words(to open: SessionOpen, at now: ContinuousClock.Instant) -> String {
    switch self {
    case .staleEpoch(let highest): return "epoch \(open.epoch) is stale: this location has seen epoch \(highest)"
    case .epochJump(let highest, let most):
      return """
        epoch \(open.epoch) lies more than \(most) (insecureEpochJump) above \(highest), the highest that this location has seen: \
        without a secret no more is taken from one session
          mend: give the location and its control plane a secret file, or start the location anew
        """
    case .otherStore(let holder):
      let since = Timestamp(Date()) + (holder.since - now)
      let stands = holder.closed == nil ? "is connected" : "was connected until a moment ago"
      return """
        this location is run by another control plane, that of store \(holder.incarnation), which \(stands) and has held it since \
        \(since); this one's store is \(open.incarnation)
          mend: stop the other control plane, or give this one locations of its own; \(HostLimits.storeGrace) after the other's \
        last session this one is let in
        """
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

/// A zone's offsets from the midnight of UTC before a day until the one after it: what decides when the clocks show a time of that day.
///
/// It takes four look-ups, and about 17 more for a change of the clocks. Of changes within one day of UTC that cancel each other
/// nothing is seen; no zone has had any.
struct DayOffsets {
  /// From one instant to another, in seconds since 1970, with one offset from UTC.
  struct Span {
    let start: Int64
    let end: Int64
    let offset: Int64

    /// Which seconds of the day that begins at `midnight`, by the clock, lie in this span and in a range of instants; empty where
    /// `from` is not less than `end`.
    func seconds(from first: Int64, before last: Int64, since midnight: Int64) -> (from: Int, end: Int) {
      let day: Int64 = 86_400
      let from = min(max(0, max(start, first) + offset - midnight), day)
      return (Int(from), Int(max(0, min(min(end, last) + offset - midnight, day))))
    }
  }

  /// In the order of time.
  let spans: [Span]

  init(of day: CivilDate, in zone: Zone, counting work: inout Int) {
    func offset(_ second: Int64) -> Int64 {
      work += 1
      return Int64(zone.offset(at: Timestamp(seconds: second)))
    }
    let midnight = LocalTime(day: day, second: 0).secondsSince1970
    var spans: [Span] = []
    var known = midnight - 86_400
    var (start, current) = (known, offset(known))
    for probe in [midnight, midnight + 86_400, midnight + 2 * 86_400] {
      defer { known = probe }
      let next = offset(probe)
      guard next != current else { continue }
      // The first second with the next offset lies in (low, high].
      var (low, high) = (known, probe)
      while high - low > 1 {
        let middle = low + (high - low) / 2
        if offset(middle) == next { high = middle } else { low = middle }
      }
      spans.append(Span(start: start, end: high, offset: current))
      (start, current) = (high, next)
    }
    spans.append(Span(start: start, end: known, offset: current))
    self.spans = spans
  }

  /// Whether no clocks are changed.
  var isEven: Bool { spans.count == 1 }

  /// When the clocks first show a time of the day, or would have shown it where they are put forward over it.
  func reach(_ wall: Int64) -> Int64 {
    for span in spans where span.end + span.offset > wall { return max(span.start, wall - span.offset) }
    return wall - (spans.last?.offset ?? 0)
  }
}

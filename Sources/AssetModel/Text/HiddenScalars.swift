// SPDX-License-Identifier: Apache-2.0

extension Unicode.Scalar {
  /// Whether a terminal may act on this scalar, or a reader does not see it: controls, the separators of lines and paragraphs, marks
  /// that change the direction of text, and whatever Unicode says is not drawn.
  var isHidden: Bool {
    if value < 0xA0 { return value < 0x20 || value >= 0x7F }
    // Interlinear annotations are not drawn, though Unicode does not list them.
    if (0xFFF9...0xFFFB).contains(value) { return true }
    switch properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: return true
    default: return properties.isDefaultIgnorableCodePoint
    }
  }

  /// Whether this scalar, though not drawn itself, shapes its neighbours as ordinary text has it: a joiner between letters of a script
  /// that joins them or between the parts of an emoji, or the selector of a variant.
  func shapes(after previous: Unicode.Scalar?, before next: Unicode.Scalar?) -> Bool {
    guard let previous else { return false }
    if value == 0x200C || value == 0x200D {
      guard let next else { return false }
      return (previous.isJoined || previous.properties.isVariationSelector) && next.isJoined
    }
    guard properties.isVariationSelector else { return false }
    if previous.isASCII { return next?.value == 0x20E3 }
    return previous.isJoined || previous.properties.isIdeographic
  }

  /// Whether joiners beside this scalar have a meaning: letters and marks from Hebrew to Myanmar, of South and Southeast Asia and of
  /// Mongolian, and emoji.
  private var isJoined: Bool {
    if isHidden || isASCII { return false }
    switch value {
    case 0x0590..<0x1100, 0x1700..<0x1C00, 0xA800..<0xAC00, 0x1_0A00..<0x1_2000: return true
    default: return properties.isEmoji
    }
  }
}

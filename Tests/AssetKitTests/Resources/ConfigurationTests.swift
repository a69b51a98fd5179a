// SPDX-License-Identifier: Apache-2.0

import AssetKit
import Foundation
import Testing

@Suite struct `The configuration` {
  @Test func `reads a value, or the file that is named for it`() throws {
    let directory = try TemporaryDirectory()
    try "from file\n".write(toFile: "\(directory.path)/password", atomically: false, encoding: .utf8)
    let configuration = Configuration([
      "URL": "db://x", "EMPTY": "", "PORT": "5432", "PASSWORD_FILE": "\(directory.path)/password",
    ])
    #expect(try configuration.value("URL") == "db://x")
    #expect(try configuration.value("PASSWORD") == "from file")
    #expect(try configuration.secret("PASSWORD").reveal() == "from file")
    #expect(try configuration.optional("EMPTY") == nil)
    #expect(try configuration.value("PORT", as: Int.self) == 5432)
    #expect(try configuration.value("SIZE", as: Int.self, default: 3) == 3)
  }

  @Test func `names what is missing or malformed`() throws {
    let configuration = Configuration(["PORT": "many", "A": "x", "A_FILE": "/tmp/x", "B_FILE": "/does/not/exist"])
    #expect(throws: ConfigurationError.self) { try configuration.value("A") }
    func message(_ body: () throws -> Void) -> String? {
      (#expect(throws: ConfigurationError.self) { try body() })?.description
    }
    #expect(message { _ = try configuration.value("NONE") } == "NONE is not set: set it, or NONE_FILE to a file that holds it")
    #expect(message { _ = try configuration.value("PORT", as: Int.self) } == "PORT is 'many', which is no Int")
    #expect(message { _ = try configuration.value("A") } == "A and A_FILE are both set: unset one")
    #expect(message { _ = try configuration.value("B") } == "B_FILE names '/does/not/exist', which cannot be read")
  }
}

@Suite struct `A secret` {
  struct Holder: Codable {
    let name = "db"
    let secret: Secret
    enum CodingKeys: String, CodingKey { case name, secret }
  }

  @Test func `is never printed`() throws {
    let holder = Holder(secret: Secret("hunter2"))
    var dumped = ""
    dump(holder, to: &dumped)
    let json = String(decoding: try JSONEncoder().encode(holder), as: UTF8.self)
    let all = [
      "\(holder)", "\(holder.secret)", String(reflecting: holder), String(describing: holder.secret),
      holder.secret.debugDescription,
      dumped, json, "\(Mirror(reflecting: holder.secret).children.map { "\($0)" })", "\(Optional(holder.secret) as Any)",
    ]
    for text in all { #expect(!text.contains("hunter2")) }
    #expect("\(holder.secret)" == "(secret)")
    #expect(holder.secret.reveal() == "hunter2")
  }
}

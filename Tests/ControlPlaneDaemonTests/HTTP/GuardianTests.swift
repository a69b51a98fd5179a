// SPDX-License-Identifier: Apache-2.0

import ControlPlaneAPI
import ControlPlaneDaemon
import Testing

@Suite("Who may ask") struct GuardianTests {
  struct Question: Sendable, CustomTestStringConvertible {
    var origin: String?
    var authority: String? = "127.0.0.1:4270"
    var site: String?
    var authorization: String?

    var testDescription: String { "\(origin ?? "-") at \(authority ?? "-"), \(site ?? "-")" }

    func ask(_ guardian: Guardian) throws(APIError) {
      try guardian.check(authorization: authorization, origin: origin, authority: authority, fetchSite: site)
    }
  }

  @Test(arguments: [
    Question(), Question(authority: "localhost:4270"), Question(authority: "[::1]:4270"), Question(authority: "LocalHost"),
    Question(authority: nil), Question(origin: "http://127.0.0.1:4270"),
    Question(origin: "http://localhost:4270", authority: "localhost:4270", site: "same-origin"),
    Question(origin: "http://[::1]:4270", authority: "[::1]:4270"),
    Question(origin: "http://localhost", authority: "localhost:80"),
    Question(site: "none"),
  ])
  func `programs of this machine and our own pages may`(question: Question) throws { try question.ask(Guardian(token: nil)) }

  @Test(arguments: [
    // Another page of this machine, another scheme, another name for the same place.
    Question(origin: "http://localhost:3000", authority: "localhost:4270"), Question(origin: "http://127.0.0.1:3000"),
    Question(origin: "https://127.0.0.1:4270"), Question(origin: "http://localhost:4270"), Question(origin: "http://127.0.0.1"),
    Question(origin: "null"), Question(origin: ""), Question(origin: "file://"), Question(origin: "http://"),
    Question(origin: "https://example.org"), Question(origin: "http://127.0.0.1:4270.example.org"),
    Question(origin: "http://127.0.0.1:4270@example.org"), Question(origin: "http://127.0.0.1:4270", authority: nil),
    Question(origin: "chrome-extension://abcdef"), Question(origin: "http://127.0.0.1:4270, http://127.0.0.1:4270"),
    // A name that leads here from elsewhere, with its own page.
    Question(authority: "example.org"), Question(origin: "http://example.org:4270", authority: "example.org:4270"),
    Question(authority: "127.0.0.1.example.org:4270"), Question(authority: "127.0.0.256"), Question(authority: "127.0.0.١"),
    Question(authority: "localhost.:4270"), Question(authority: ""), Question(authority: "[::1].example.org"),
    Question(site: "cross-site"), Question(site: "same-site"), Question(site: "anything"),
    Question(origin: "http://127.0.0.1:4270", site: "cross-site"),
  ])
  func `pages of others, and names that lead here from elsewhere, may not`(question: Question) {
    let error = #expect(throws: APIError.self) { try question.ask(Guardian(token: nil)) }
    #expect(error?.code == .unauthorized)
  }

  @Test func `with a token any name will do, and still no page of another origin`() throws {
    let guardian = Guardian(token: "secret")
    func question(_ origin: String?, _ authorization: String? = "Bearer secret", site: String? = nil) -> Question {
      Question(origin: origin, authority: "sluice.example.org", site: site, authorization: authorization)
    }
    try question(nil).ask(guardian)
    try question("http://sluice.example.org").ask(guardian)
    // What encrypts in front of the daemon.
    try question("https://sluice.example.org").ask(guardian)
    try question("https://sluice.example.org:443").ask(guardian)
    for refused in [
      question("https://example.org"), question("https://sluice.example.org:8443"), question("null"),
      question(nil, site: "cross-site"), question(nil, nil), question(nil, ""), question(nil, "Bearer secre"),
      question(nil, "Bearer secrets"), question(nil, "secret"), question(nil, "bearer secret"),
      question(nil, String(repeating: "x", count: 1 << 20)),
    ] {
      let error = #expect(throws: APIError.self) { try refused.ask(guardian) }
      #expect(error?.code == .unauthorized)
    }
  }

  @Test func `a refusal shows no more than the beginning of a header, without control characters`() {
    let origin = "http://\u{1B}[2J" + String(repeating: "x", count: 10_000)
    let error = #expect(throws: APIError.self) { try Question(origin: origin).ask(Guardian(token: nil)) }
    #expect((error?.message.utf8.count ?? .max) < 300)
    #expect(error?.message.contains("\u{1B}") == false)
  }
}

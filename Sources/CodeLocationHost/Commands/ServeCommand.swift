// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import AssetKit
import AssetModel
import Foundation
import LocationWire
import Logging
import UnixSignals

/// Serves a location until SIGTERM or SIGINT; then drains.
struct ServeCommand<Location: CodeLocation>: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "serve", abstract: "Serves the location to a control plane (the default).",
      discussion: """
        SIGTERM or SIGINT drains: no more grants are taken, and steps in flight may finish within the grace period. A second \
        one ends the process at once. Exits with 69 where the address is taken, with 78 where the definitions are broken, so that only another build can help, and \
        with 77 where it would serve whoever asks: a port needs a secret that the control plane shares, by --secret-file or in \
        SLUICE_SECRET_FILE, and a Unix socket a directory that only its user can write. Whoever starts it again after a crash \
        may say in SLUICE_PREVIOUS_END how it ended, as in 'was ended by signal 4 (SIGILL)': steps that were lost show it.
        """)
  }

  @Option(help: "The address to listen on, or a name that leads to it.") var host = "127.0.0.1"
  @Option(help: "The port to listen on; 0 lets the system choose.") var port = 4271
  @Option(help: "Listen on a Unix socket at this path instead.") var socket: String?
  @Option(help: "The file with the secret that the control plane shares, of mode 0600; SLUICE_SECRET_FILE without it.")
  var secretFile: String?
  @Flag(help: "Serve a port without a secret: whoever reaches it may run steps, read and settle versions.")
  var insecure = false
  @Option(help: "How many steps may run at once; twice the number of cores unless said otherwise.")
  var slots = HostLimits.defaultSlots(cores: ProcessInfo.processInfo.activeProcessorCount)
  @Option(help: "Seconds that steps in flight may take to finish when the server drains.")
  var grace = Double(HostLimits.drainGrace.components.seconds)

  func validate() throws {
    guard (0...65_535).contains(port) else { throw ValidationError("--port must be within 0 and 65535, not \(port)") }
    guard (1...HostLimits.slots).contains(slots) else {
      throw ValidationError("--slots must be within 1 and \(HostLimits.slots), not \(slots)")
    }
    guard grace.isFinite, grace >= 0 else { throw ValidationError("--grace must be 0 seconds or more, not \(grace)") }
  }

  func run() async throws {
    LineBuffering.ofStandardOutput()
    LoggingSystem.bootstrap { StreamLogHandler(label: $0, stream: EntryStream(Output.entry)) }
    let credential = try chosenCredential()
    let executor = StepExecutor(slots: slots)
    let (location, document) = try load(Location.self, executor: executor, failure: Self.broken)
    let peers = DescriptorLimit.raise().map { PeerLimits().fitting(descriptors: $0.now) } ?? PeerLimits()
    let address = try chosenAddress()
    let server = try LocationServer(
      manifest: location.manifest, runner: location.runner, previews: location, at: address, credential: credential,
      slots: slots, executor: executor, peers: peers, previousEnd: ProcessInfo.processInfo.environment["SLUICE_PREVIOUS_END"],
      logger: Logger(label: Location.name))
    let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
    let summary = ManifestSummary(document).counts
    do {
      try await withThrowingDiscardingTaskGroup { group in
        group.addTask { try await server.serve() }
        // Where there is none, what `serve` throws says why.
        guard let listening = try? await server.listeningAddress else { return }
        Output.line("\(Location.name) listening on \(listening) (\(summary), \(slots) slots, manifest \(document.digest))")
        let (drains, drain) = AsyncStream.makeStream(of: UnixSignal.self)
        group.addTask {
          for await signal in signals { drain.yield(signal) }
        }
        group.addTask { await obey(drains, server, location) }
      }
    } catch let refusal as ListenRefusal {
      Output.error("\(Location.name) does not listen on \(address): \(refusal)")
      throw Self.open
    } catch {
      Output.error("\(Location.name) cannot listen on \(address): \(Self.words(error))")
      throw Self.isTaken(error) ? Self.taken : ExitCode.failure
    }
  }

  private func chosenAddress() throws -> ListenAddress {
    if let socket { return .socket(path: socket) }
    do throws(ListenRefusal) {
      return .network(host: try HostName.address(of: host), port: port)
    } catch {
      Output.error("\(Location.name) does not listen: \(error)")
      throw ExitCode.failure
    }
  }

  /// How callers prove that they are the control plane, from the options and the environment.
  ///
  /// - Throws: ``open`` where nobody would have to, and nobody said so.
  private func chosenCredential() throws -> LocationCredential {
    let fromEnvironment = ProcessInfo.processInfo.environment["SLUICE_SECRET_FILE"].flatMap { $0.isEmpty ? nil : $0 }
    switch (secretFile ?? fromEnvironment, insecure) {
    case (let path?, false): return .secretFile(path)
    case (nil, true): return socket == nil ? .insecure : .peer
    case (nil, false) where socket != nil: return .peer
    case (let path?, true):
      Output.error(
        "\(Location.name): --insecure stands beside the secret file \(path)\n"
          + "  mend: keep one of them; without --insecure the secret is asked for")
    case (nil, false):
      Output.error(
        "\(Location.name) does not serve a port without a secret: whoever reaches it could run steps and settle versions\n"
          + "  mend: name a file that the control plane has too, with --secret-file PATH or in SLUICE_SECRET_FILE\n"
          + "        (openssl rand -hex 32 > PATH; chmod 600 PATH), or serve everybody with --insecure")
    }
    throw Self.open
  }

  /// What starting it again does not mend: it would serve whoever asks.
  private static var open: ExitCode { ExitCode(77) }

  /// What only another build mends: whoever started the process need not start it again.
  private static var broken: ExitCode { ExitCode(78) }

  /// What only ending somebody else, or another address, mends.
  private static var taken: ExitCode { ExitCode(69) }

  private static func isTaken(_ error: any Error) -> Bool { "\(error)".contains("errno: \(EADDRINUSE))") }

  /// The transport passes on what the system said, as text.
  private static func words(_ error: any Error) -> Shown {
    let text = "\(error)"
    if isTaken(error) {
      return "it is in use\n  mend: stop what listens there, or take another port: in workspace.yaml, or with --port"
    }
    if text.contains("errno: \(EACCES))") {
      return "the system does not allow it\n  mend: take a port from 1024 on, or a socket in a directory of your own"
    }
    if text.contains("errno: \(EADDRNOTAVAIL))") {
      return "it is no address of this machine\n  mend: take one that is, or 127.0.0.1: in workspace.yaml, or with --host"
    }
    return Shown(error)
  }

  /// Drains on the first signal, and ends the process at once on a second.
  ///
  /// The process ends here, not by returning: steps that hang still hold their threads, and can never be awaited.
  private func obey(_ signals: AsyncStream<UnixSignal>, _ server: LocationServer, _ location: LoadedLocation) async {
    await withDiscardingTaskGroup { group in
      var isDraining = false
      for await signal in signals {
        if isDraining { Foundation.exit(1) }
        isDraining = true
        Output.line("\(Location.name) drains on \(signal): steps in flight have \(grace) seconds")
        group.addTask {
          await server.drain(grace: .seconds(grace))
          _ = await within(HostLimits.closePatience) { await location.close() }
          Foundation.exit(0)
        }
      }
    }
  }
}

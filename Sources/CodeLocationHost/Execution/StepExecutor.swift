// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOConcurrencyHelpers

/// Runs team closures on threads of its own, so that none of them can hold up a session, a heartbeat or a drain.
///
/// It has one thread a slot. Short work is done by as many of them as there are cores, one piece after the other without waking
/// another; an overseer wakes more as soon as work waits because closures block or hang. Where every thread has been busy for
/// ``HostLimits/threadPatience`` it adds threads, up to ``HostLimits/replacementThreads`` more; these end when they have idled for
/// ``HostLimits/threadIdle``. Its threads live as long as the process: a hung one cannot be ended.
package final class StepExecutor: TaskExecutor {
  private let slots: Int
  private let cores: Int
  private let extra: Int
  /// See ``StepHost``'s.
  private let state = NIOLockedValueBox(State())
  private let pressure = DispatchSemaphore(value: 0)

  /// A thread, and what it sleeps on.
  private final class Worker: Sendable {
    let signal = DispatchSemaphore(value: 0)
  }

  private struct State {
    var queue: [UnownedJob] = []
    var head = 0
    var threads = 0
    /// Threads that sleep, and that nobody has woken yet: who slept last is woken first, since it has most in the caches.
    var idle: [Worker] = []
    /// How many jobs have been taken, so that the overseer sees progress.
    var taken: UInt64 = 0
    var isOverseen = false

    var waiting: Int { queue.count - head }
    var awake: Int { threads - idle.count }

    mutating func take() -> UnownedJob? {
      guard head < queue.count else { return nil }
      defer {
        head += 1
        if head == queue.count || head > 1_024 {
          queue.removeFirst(head)
          head = 0
        }
      }
      taken += 1
      return queue[head]
    }

    /// The next job for a thread, which otherwise goes to sleep.
    mutating func next(for worker: Worker) -> UnownedJob? {
      if let job = take() { return job }
      idle.append(worker)
      return nil
    }

    /// Counts an idle thread as awake; the caller signals it.
    mutating func wake() -> Worker? { idle.popLast() }

    /// Takes a thread that idled too long off the list; false where it has been woken at the last moment.
    mutating func leave(_ worker: Worker) -> Bool {
      guard let place = idle.firstIndex(where: { $0 === worker }) else { return false }
      idle.remove(at: place)
      threads -= 1
      return true
    }
  }

  /// - Parameter extra: how many threads it may have beyond the slots.
  package init(
    slots: Int, cores: Int = ProcessInfo.processInfo.activeProcessorCount, extra: Int = HostLimits.replacementThreads
  ) {
    self.slots = slots
    self.cores = cores
    self.extra = extra
    state.withLockedValue { $0.threads = slots }
    for _ in 0..<slots { start { $0.serve(isExtra: false) } }
    start { $0.oversee() }
  }

  /// Threads that live now.
  package var threads: Int { state.withLockedValue(\.threads) }

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    // Work that a thread of ours makes is most often what it does next.
    let isOurs = WorkerMark.isSet(to: self)
    let (woken, oversees) = state.withLockedValue { state -> (Worker?, Bool) in
      state.queue.append(job)
      if !isOurs, state.awake < cores, let worker = state.wake() { return (worker, false) }
      defer { state.isOverseen = true }
      return (nil, !state.isOverseen)
    }
    woken?.signal.signal()
    if oversees { pressure.signal() }
  }

  private func start(_ body: @escaping @Sendable (StepExecutor) -> Void) {
    let thread = Thread { body(self) }
    thread.stackSize = 8 << 20
    thread.name = "step"
    thread.start()
  }

  // MARK: A thread

  private func serve(isExtra: Bool) {
    WorkerMark.set(self)
    let worker = Worker()
    let patience = HostLimits.threadIdle.timeInterval
    while true {
      if let job = state.withLockedValue({ $0.next(for: worker) }) {
        job.runSynchronously(on: asUnownedTaskExecutor())
      } else if worker.signal.wait(timeout: isExtra ? .now() + patience : .distantFuture) == .timedOut {
        if state.withLockedValue({ $0.leave(worker) }) { return }
        // Woken at the last moment: its signal has come, or is about to.
        worker.signal.wait()
      }
    }
  }

  // MARK: The overseer

  /// Wakes threads, or adds them, while work waits.
  private func oversee() {
    while true {
      pressure.wait()
      var watch = Watch(state.withLockedValue { $0.taken })
      while true {
        Thread.sleep(forTimeInterval: HostLimits.wakePatience.timeInterval)
        let (isOver, woken, adds) = state.withLockedValue { state in look(&state, &watch) }
        for worker in woken { worker.signal.signal() }
        if adds { start { $0.serve(isExtra: true) } }
        if isOver { break }
      }
    }
  }

  /// What the overseer has seen since work began to wait.
  private struct Watch {
    var taken: UInt64
    /// When work was last taken.
    var progress = ContinuousClock.now
    /// When an idle thread was last woken though work was taken, or work began to wait.
    var queued = ContinuousClock.now
    /// How many idle threads to wake next.
    var step = 1

    init(_ taken: UInt64) { self.taken = taken }
  }

  private func look(_ state: inout State, _ watch: inout Watch) -> (isOver: Bool, woken: [Worker], adds: Bool) {
    guard state.waiting > 0 else {
      state.isOverseen = false
      return (true, [], false)
    }
    let now = ContinuousClock.now
    if state.taken != watch.taken {
      watch.taken = state.taken
      watch.progress = now
      watch.step = 1
      guard now - watch.queued >= HostLimits.queuePatience else { return (false, [], false) }
    }
    var woken: [Worker] = []
    while woken.count < min(watch.step, state.waiting), let worker = state.wake() { woken.append(worker) }
    watch.step = min(2 * watch.step, slots)
    watch.queued = now
    let adds =
      woken.isEmpty && now - watch.progress >= HostLimits.threadPatience && state.threads < slots + extra
    if adds {
      state.threads += 1
      watch.progress = now
    }
    return (false, woken, adds)
  }
}

/// Marks each thread with the executor that it works for.
private enum WorkerMark {
  private static let key: pthread_key_t = {
    var key = pthread_key_t()
    pthread_key_create(&key, nil)
    return key
  }()

  static func set(_ executor: StepExecutor) { pthread_setspecific(key, Unmanaged.passUnretained(executor).toOpaque()) }

  static func isSet(to executor: StepExecutor) -> Bool {
    pthread_getspecific(key) == Unmanaged.passUnretained(executor).toOpaque()
  }
}

extension Duration {
  fileprivate var timeInterval: TimeInterval { self / .seconds(1) }
}

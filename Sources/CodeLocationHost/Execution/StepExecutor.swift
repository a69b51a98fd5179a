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
  private let work = DispatchSemaphore(value: 0)
  private let pressure = DispatchSemaphore(value: 0)

  private struct State {
    var queue: [UnownedJob] = []
    var head = 0
    var threads = 0
    /// Threads that sleep, and that nobody has woken yet.
    var idle = 0
    /// How many jobs have been taken, so that the overseer sees progress.
    var taken: UInt64 = 0
    var isOverseen = false

    var waiting: Int { queue.count - head }
    var awake: Int { threads - idle }

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
    mutating func next() -> UnownedJob? {
      if let job = take() { return job }
      idle += 1
      return nil
    }

    /// Counts an idle thread as awake; the caller signals it.
    mutating func wake() -> Bool {
      guard idle > 0 else { return false }
      idle -= 1
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
    let (wakes, oversees) = state.withLockedValue { state in
      state.queue.append(job)
      if !isOurs, state.awake < cores, state.wake() { return (true, false) }
      defer { state.isOverseen = true }
      return (false, !state.isOverseen)
    }
    if wakes { work.signal() }
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
    while true {
      if let job = state.withLockedValue({ $0.next() }) {
        job.runSynchronously(on: asUnownedTaskExecutor())
      } else if work.wait(timeout: isExtra ? .now() + HostLimits.threadIdle.timeInterval : .distantFuture) == .timedOut {
        let isOver = state.withLockedValue { state in
          // Woken at the last moment: its signal has come, or is about to.
          guard state.wake() else { return false }
          state.threads -= 1
          return true
        }
        if isOver { return }
        work.wait()
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
        let (isOver, wakes, adds) = state.withLockedValue { state in look(&state, &watch) }
        for _ in 0..<wakes { work.signal() }
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

  private func look(_ state: inout State, _ watch: inout Watch) -> (isOver: Bool, wakes: Int, adds: Bool) {
    guard state.waiting > 0 else {
      state.isOverseen = false
      return (true, 0, false)
    }
    let now = ContinuousClock.now
    if state.taken != watch.taken {
      watch.taken = state.taken
      watch.progress = now
      watch.step = 1
      guard now - watch.queued >= HostLimits.queuePatience else { return (false, 0, false) }
    }
    var wakes = 0
    while wakes < min(watch.step, state.waiting), state.wake() { wakes += 1 }
    watch.step = min(2 * watch.step, slots)
    watch.queued = now
    let adds =
      wakes == 0 && now - watch.progress >= HostLimits.threadPatience && state.threads < slots + extra
    if adds {
      state.threads += 1
      watch.progress = now
    }
    return (false, wakes, adds)
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

package io.avatarflow.operators.host;

import io.avatarflow.operators.batching.BatchCosts;
import io.avatarflow.operators.batching.BatchFormer;
import io.avatarflow.operators.batching.BatchItem;
import io.avatarflow.operators.batching.BatchLimit;
import io.avatarflow.operators.stage.MediaBlock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A device with threads of its own that all operators of the process feed.
 *
 * <p>An idle thread takes at once the batch that {@link BatchFormer} makes of what is there, and
 * tells {@link BatchCosts} how long it took. While there is little to do, {@link CallerRuns} leaves
 * short steps to those who have them, each in the place of a thread. A task that wants another step
 * goes back in line without a detour through its mailbox, so steps of different index and of
 * different subtasks share batches. Batches that run are as many as there are threads; tasks that
 * wait are bounded by the operators that submit them.
 *
 * <p>An {@link Error} or a bug of the device itself ends the device and is told to every operator
 * that uses it; a stage's exception only fails turns.
 */
final class SharedDevice {
  private static final Logger LOG = LoggerFactory.getLogger(SharedDevice.class);

  private final DeviceSpec spec;
  private final List<Thread> threads = new ArrayList<>();

  private final ReentrantLock lock = new ReentrantLock();

  /**
   * One thread is woken for one task: a second one would find nothing, at the moment at which the
   * core is wanted by the first.
   */
  private final Condition submitted = lock.newCondition();

  /** Signalled only for those who wait for their last step, which are rare. */
  private final Condition returned = lock.newCondition();

  /** Guarded by {@link #lock}, as is all that follows. */
  private final BatchFormer<Entry> ready;

  private final BatchCosts costs = new BatchCosts();
  private final CallerRuns callerRuns = new CallerRuns();

  private final Set<Lease> leases = new HashSet<>();
  private int users;

  /** Batches that run, on threads of the device or on those of callers. */
  private int running;

  private boolean stopped;
  private Throwable crash;

  SharedDevice(DeviceSpec spec) {
    this.spec = spec;
    this.ready = new BatchFormer<>(spec.batching() ? costs : BatchLimit.UNBATCHED);
    for (int i = 0; i < spec.threads(); i++) {
      Thread thread = new Thread(this::work, "avatar-device-" + spec.id() + "-" + i);
      thread.setDaemon(true);
      // Threads outlive the job that started them; its class loader must not live as long.
      thread.setContextClassLoader(SharedDevice.class.getClassLoader());
      threads.add(thread);
    }
    threads.forEach(Thread::start);
  }

  DeviceSpec spec() {
    return spec;
  }

  boolean crashed() {
    return locked(() -> crash != null);
  }

  DeviceExecutor lease(Consumer<Throwable> onCrash) {
    return locked(
        () -> {
          Lease lease = new Lease(onCrash);
          leases.add(lease);
          users++;
          if (crash != null) {
            onCrash.accept(crash);
          }
          return lease;
        });
  }

  boolean leaseEnded() {
    return locked(() -> --users == 0);
  }

  /** Ends the threads and waits for them. */
  void stop() {
    locked(this::end);
    threads.forEach(Uninterruptible::join);
  }

  private void work() {
    List<Entry> batch = new ArrayList<>();
    try {
      while (takeBatch(batch)) {
        Object batchKey = batch.get(0).batchKey();
        int rows = batch.stream().mapToInt(Entry::rows).sum();
        long start = System.nanoTime();
        DeviceTask.step(batch.stream().map(Entry::task).toList());
        ran(batchKey, rows, start);
        giveBack(batch);
      }
    } catch (Throwable e) {
      crash(e, batch);
    }
  }

  private boolean takeBatch(List<Entry> batch) throws InterruptedException {
    lock.lock();
    try {
      while ((ready.isEmpty() || running == spec.threads()) && !stopped) {
        submitted.await();
      }
      if (stopped) {
        return false;
      }
      ready.take(batch::add);
      running++;
      batch.forEach(entry -> entry.lease().running++);
      return true;
    } finally {
      lock.unlock();
    }
  }

  private void ran(Object batchKey, int rows, long startNanos) {
    long now = System.nanoTime();
    locked(
        () -> {
          costs.ran(batchKey, rows, (now - startNanos) / 1e3);
          callerRuns.ran(now - startNanos, now);
        });
  }

  /** Takes the place of a thread for one step of a caller, if there is nothing to wait for. */
  private boolean takePlace(Entry entry) {
    return locked(
        () -> {
          boolean free = !stopped && ready.isEmpty() && running < spec.threads();
          double expected = costs.expectedMicros(entry.batchKey(), entry.rows());
          if (!free || !callerRuns.suits(expected, System.nanoTime())) {
            return false;
          }
          running++;
          entry.lease().running++;
          return true;
        });
  }

  private void stepInPlace(Entry entry) {
    List<Entry> batch = new ArrayList<>(List.of(entry));
    Object batchKey = entry.batchKey();
    int rows = entry.rows();
    try {
      long start = System.nanoTime();
      DeviceTask.step(List.of(entry.task()));
      ran(batchKey, rows, start);
    } catch (Throwable e) {
      crash(e, batch);
      throw e;
    }
    letGo(batch);
    locked(
        () -> {
          // What came meanwhile found no place, and its wake-up is spent.
          if (!ready.isEmpty()) {
            submitted.signal();
          }
        });
  }

  private void giveBack(List<Entry> batch) {
    for (Entry entry : batch) {
      if (entry.task().wantsAnotherStep() && entry.task().prepare()) {
        enqueue(entry);
      } else {
        entry.task().finish();
      }
    }
    letGo(batch);
  }

  private void letGo(List<Entry> batch) {
    locked(
        () -> {
          running -= batch.isEmpty() ? 0 : 1;
          batch.forEach(entry -> entry.lease().running--);
          if (batch.stream().anyMatch(entry -> entry.lease().closed)) {
            returned.signalAll();
          }
          batch.clear();
        });
  }

  private void enqueue(Entry entry) {
    locked(
        () -> {
          if (!entry.lease().closed) {
            ready.add(entry);
            submitted.signal();
          }
        });
  }

  /** Lets every thread end. Holds the lock. */
  private void end() {
    stopped = true;
    submitted.signalAll();
  }

  private void locked(Runnable work) {
    lock.lock();
    try {
      work.run();
    } finally {
      lock.unlock();
    }
  }

  private <T> T locked(Supplier<T> work) {
    lock.lock();
    try {
      return work.get();
    } finally {
      lock.unlock();
    }
  }

  private void crash(Throwable cause, List<Entry> batch) {
    LOG.error("Device {} crashed; the jobs that use it fail.", spec.id(), cause);
    letGo(batch);
    List<Lease> told =
        locked(
            () -> {
              crash = cause;
              end();
              return List.copyOf(leases);
            });
    told.forEach(lease -> lease.onCrash.accept(cause));
  }

  /** A task in line, and whose it is. */
  private record Entry(DeviceTask task, Lease lease) implements BatchItem {
    @Override
    public String sessionKey() {
      return task.sessionKey();
    }

    @Override
    public Object batchKey() {
      return task.batchKey();
    }

    @Override
    public int rows() {
      return task.rows();
    }

    @Override
    public int maxRows() {
      return task.maxRows();
    }

    @Override
    public long deadlineMicros() {
      return task.deadlineMicros();
    }

    @Override
    public long block() {
      return task.block();
    }
  }

  /** One operator's share of the device. */
  final class Lease implements DeviceExecutor {
    private final Consumer<Throwable> onCrash;
    private int running;
    private boolean closed;

    private Lease(Consumer<Throwable> onCrash) {
      this.onCrash = onCrash;
    }

    @Override
    public void submit(DeviceTask task) {
      if (task.prepare()) {
        enqueue(new Entry(task, this));
      } else {
        task.finish();
      }
    }

    @Override
    public boolean runHere(DeviceTask task) {
      if (task.deadlineMicros() == MediaBlock.NO_DEADLINE) {
        // Nobody waits for it; what counts is how much is done in all.
        return false;
      }
      Entry entry = new Entry(task, this);
      while (task.prepare()) {
        if (!takePlace(entry)) {
          return false;
        }
        stepInPlace(entry);
        if (!task.wantsAnotherStep()) {
          return true;
        }
      }
      return true;
    }

    @Override
    public void close() {
      lock.lock();
      try {
        if (closed) {
          return;
        }
        closed = true;
        ready.removeIf(entry -> entry.lease() == this);
        // Native memory is freed behind this call: a step that still runs would crash the process.
        while (running > 0) {
          returned.awaitUninterruptibly();
        }
        leases.remove(this);
      } finally {
        lock.unlock();
      }
      DeviceExecutors.release(SharedDevice.this);
    }
  }
}

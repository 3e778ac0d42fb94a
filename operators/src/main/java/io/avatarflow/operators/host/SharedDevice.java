package io.avatarflow.operators.host;

import io.avatarflow.operators.batching.BatchCosts;
import io.avatarflow.operators.batching.BatchFormer;
import io.avatarflow.operators.batching.BatchItem;
import io.avatarflow.operators.batching.BatchLimit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A device with threads of its own that all operators of the process feed.
 *
 * <p>An idle thread takes at once the batch that {@link BatchFormer} makes of what is there, and
 * tells {@link BatchCosts} how long it took. A task that wants another step goes back in line
 * without a detour through its mailbox, so steps of different index and of different subtasks share
 * batches. Batches that run are as many as there are threads; tasks that wait are bounded by the
 * operators that submit them.
 *
 * <p>An {@link Error} or a bug of the device itself ends the device and is told to every operator
 * that uses it; a stage's exception only fails turns.
 */
final class SharedDevice {
  private static final Logger LOG = LoggerFactory.getLogger(SharedDevice.class);

  private final DeviceSpec spec;
  private final List<Thread> threads = new ArrayList<>();

  /** Guarded by {@code this}, as is all that follows. */
  private final BatchFormer<Entry> ready;

  private final BatchCosts costs = new BatchCosts();

  private final Set<Lease> leases = new HashSet<>();
  private int users;
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

  synchronized boolean crashed() {
    return crash != null;
  }

  synchronized DeviceExecutor lease(Consumer<Throwable> onCrash) {
    Lease lease = new Lease(onCrash);
    leases.add(lease);
    users++;
    if (crash != null) {
      onCrash.accept(crash);
    }
    return lease;
  }

  synchronized boolean leaseEnded() {
    return --users == 0;
  }

  /** Ends the threads and waits for them. */
  void stop() {
    synchronized (this) {
      stopped = true;
      notifyAll();
    }
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
        ran(batchKey, rows, System.nanoTime() - start);
        giveBack(batch);
      }
    } catch (Throwable e) {
      crash(e, batch);
    }
  }

  private synchronized boolean takeBatch(List<Entry> batch) throws InterruptedException {
    while (ready.isEmpty() && !stopped) {
      wait();
    }
    if (stopped) {
      return false;
    }
    ready.take(batch::add);
    batch.forEach(entry -> entry.lease().running++);
    return true;
  }

  private synchronized void ran(Object batchKey, int rows, long nanos) {
    costs.ran(batchKey, rows, nanos / 1e3);
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

  private synchronized void letGo(List<Entry> batch) {
    batch.forEach(entry -> entry.lease().running--);
    batch.clear();
    notifyAll();
  }

  private synchronized void enqueue(Entry entry) {
    if (!entry.lease().closed) {
      ready.add(entry);
      notifyAll();
    }
  }

  private void crash(Throwable cause, List<Entry> batch) {
    LOG.error("Device {} crashed; the jobs that use it fail.", spec.id(), cause);
    letGo(batch);
    List<Lease> told;
    synchronized (this) {
      crash = cause;
      stopped = true;
      told = List.copyOf(leases);
      notifyAll();
    }
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
    public void close() {
      synchronized (SharedDevice.this) {
        if (closed) {
          return;
        }
        closed = true;
        ready.removeIf(entry -> entry.lease() == this);
        // Native memory is freed behind this call: a step that still runs would crash the process.
        Uninterruptible.await(this::awaitSteps);
        leases.remove(this);
      }
      DeviceExecutors.release(SharedDevice.this);
    }

    private void awaitSteps() throws InterruptedException {
      synchronized (SharedDevice.this) {
        while (running > 0) {
          SharedDevice.this.wait();
        }
      }
    }
  }
}

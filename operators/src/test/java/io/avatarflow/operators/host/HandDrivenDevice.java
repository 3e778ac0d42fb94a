package io.avatarflow.operators.host;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A device without threads: a test says when which tasks are stepped, and in which batches. */
final class HandDrivenDevice implements DeviceExecutor {
  private final List<DeviceTask> tasks = new ArrayList<>();
  private int most;
  private int leftToCaller;
  private boolean closed;

  DeviceSource source() {
    return (placement, worker, onCrash) -> {
      synchronized (this) {
        closed = false;
      }
      return this;
    };
  }

  @Override
  public synchronized void submit(DeviceTask task) {
    if (!task.prepare()) {
      task.finish();
      return;
    }
    tasks.add(task);
    most = Math.max(most, tasks.size());
    notifyAll();
  }

  /** Leaves so many of the steps to come to those who have them, if they come before any other. */
  synchronized void leaveToCaller(int steps) {
    leftToCaller = steps;
  }

  @Override
  public synchronized boolean runHere(DeviceTask task) {
    while (task.prepare()) {
      if (leftToCaller == 0) {
        return false;
      }
      leftToCaller--;
      DeviceTask.step(List.of(task));
      if (!task.wantsAnotherStep()) {
        return true;
      }
    }
    return true;
  }

  @Override
  public synchronized void close() {
    tasks.clear();
    closed = true;
    notifyAll();
  }

  synchronized boolean isClosed() {
    return closed;
  }

  synchronized int waiting() {
    return tasks.size();
  }

  /** Most tasks that were here at the same time. */
  synchronized int most() {
    return most;
  }

  synchronized List<String> sessions() {
    return tasks.stream().map(DeviceTask::sessionKey).toList();
  }

  /** By when the task of a session is due, microseconds since the epoch. */
  synchronized long deadline(String session) {
    return tasks.stream()
        .filter(task -> task.sessionKey().equals(session))
        .findFirst()
        .orElseThrow()
        .deadlineMicros();
  }

  /** Steps one session's task until it is finished. */
  synchronized void finish(String session) {
    DeviceTask task =
        tasks.stream().filter(t -> t.sessionKey().equals(session)).findFirst().orElseThrow();
    while (tasks.contains(task)) {
      step(List.of(task));
    }
  }

  /** Steps a random batch of tasks that may share one, if there are tasks. */
  synchronized void stepSome(Random random) {
    if (tasks.isEmpty()) {
      return;
    }
    DeviceTask leader = tasks.get(random.nextInt(tasks.size()));
    List<DeviceTask> batch = new ArrayList<>(List.of(leader));
    for (DeviceTask task : tasks) {
      boolean fits =
          task.batchKey().equals(leader.batchKey())
              && batch.size() < leader.maxRows()
              && batch.stream().noneMatch(b -> b.sessionKey().equals(task.sessionKey()));
      if (fits && random.nextBoolean()) {
        batch.add(task);
      }
    }
    step(batch);
  }

  /** Steps until nothing is left. */
  synchronized void finishAll() {
    while (!tasks.isEmpty()) {
      stepSome(new Random(tasks.size()));
    }
  }

  /** Waits for tasks and finishes them one by one until the device is closed. */
  synchronized void serve() throws InterruptedException {
    while (!closed) {
      if (tasks.isEmpty()) {
        wait();
      } else {
        step(List.of(tasks.get(0)));
      }
    }
  }

  private void step(List<DeviceTask> batch) {
    DeviceTask.step(batch);
    for (DeviceTask task : batch) {
      if (!task.wantsAnotherStep() || !task.prepare()) {
        tasks.remove(task);
        task.finish();
      }
    }
  }
}

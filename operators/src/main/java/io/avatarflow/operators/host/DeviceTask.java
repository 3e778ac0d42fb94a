package io.avatarflow.operators.host;

import io.avatarflow.operators.batching.BatchItem;
import io.avatarflow.operators.stage.Stage;
import io.avatarflow.operators.stage.Turn;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * A turn on its way through a device, with what the device needs to place it in a batch.
 *
 * <p>Owned by one thread at a time: the mailbox submits it, the device steps and finishes it, the
 * mailbox commits it.
 */
public final class DeviceTask implements BatchItem {
  private final Stage<Object> stage;
  private final Turn<Object> turn;
  private final Urgency urgency;
  private final Consumer<DeviceTask> onFinish;
  private Object batchKey;
  private int rows;
  private long computeNanos;
  private int largestBatch;
  private int mostRows;

  /**
   * @param urgency orders tasks
   * @param onFinish told on the device's thread when the turn is done or failed
   */
  DeviceTask(
      Stage<Object> stage, Turn<Object> turn, Urgency urgency, Consumer<DeviceTask> onFinish) {
    this.stage = stage;
    this.turn = turn;
    this.urgency = urgency;
    this.onFinish = onFinish;
  }

  @Override
  public String sessionKey() {
    return turn.record().sessionKey();
  }

  /** The stage's name. */
  public String stageName() {
    return stage.name();
  }

  /** When the task's block is due, microseconds since the epoch. */
  @Override
  public long deadlineMicros() {
    return urgency.deadlineMicros();
  }

  @Override
  public long block() {
    return urgency.block();
  }

  /** Tasks with equal keys may share a batch; known after {@link #prepare()}. */
  @Override
  public Object batchKey() {
    return batchKey;
  }

  /** Rows of the next step; known after {@link #prepare()}. */
  @Override
  public int rows() {
    return rows;
  }

  /** Most rows of a batch of this task's kind. */
  @Override
  public int maxRows() {
    return stage.maxRows();
  }

  /**
   * Asks the stage what the next step needs.
   *
   * @return false if the stage could not tell: the turn has failed and is to be finished
   */
  public boolean prepare() {
    try {
      batchKey = stage.batchKey(turn);
      rows = stage.rows(turn);
      return true;
    } catch (RuntimeException e) {
      turn.fail(e);
      return false;
    }
  }

  /** True while the turn asks for more steps. */
  public boolean wantsAnotherStep() {
    return turn.answer() == Turn.Answer.AGAIN;
  }

  /** Gives the turn back to its operator. */
  public void finish() {
    onFinish.accept(this);
  }

  /**
   * Advances all tasks by one step in one batch; their keys are equal. If the batch fails as a
   * whole, every turn without an answer is stepped alone, so that one bad session does not take its
   * neighbours along.
   *
   * @throws Error if the process itself is in trouble; exceptions end up in the turns
   */
  public static void step(List<DeviceTask> batch) {
    List<Turn<Object>> turns = new ArrayList<>(batch.size());
    for (DeviceTask task : batch) {
      task.turn.prepare();
      turns.add(task.turn);
    }
    long start = System.nanoTime();
    try {
      batch.get(0).stage.step(turns);
      batch.forEach(DeviceTask::requireAnswer);
    } catch (RuntimeException e) {
      stepAlone(batch, e);
    }
    long nanos = System.nanoTime() - start;
    int rows = batch.stream().mapToInt(DeviceTask::rows).sum();
    for (DeviceTask task : batch) {
      task.computeNanos += nanos;
      task.largestBatch = Math.max(task.largestBatch, batch.size());
      task.mostRows = Math.max(task.mostRows, rows);
    }
  }

  private static void stepAlone(List<DeviceTask> batch, RuntimeException failure) {
    for (DeviceTask task : batch) {
      if (task.turn.answer() != Turn.Answer.NONE) {
        continue;
      }
      if (batch.size() == 1) {
        task.turn.fail(failure);
        continue;
      }
      try {
        task.stage.step(List.of(task.turn));
        task.requireAnswer();
      } catch (RuntimeException own) {
        task.turn.fail(own);
      }
    }
  }

  private void requireAnswer() {
    if (turn.answer() == Turn.Answer.NONE) {
      turn.fail(
          new IllegalStateException(
              "Stage \"%s\" left a turn without an answer; a step ends with again, done or fail."
                  .formatted(stage.name())));
    }
  }

  Turn<Object> turn() {
    return turn;
  }

  /** Time inside steps so far, nanoseconds; a batch counts in full for each of its members. */
  long computeNanos() {
    return computeNanos;
  }

  /** Members of the largest batch so far. */
  int largestBatch() {
    return largestBatch;
  }

  /** Rows of the fullest batch so far; 0 for steps that ran without a device. */
  int mostRows() {
    return mostRows;
  }

  @Override
  public String toString() {
    return "DeviceTask[" + stage.name() + " of " + sessionKey() + ", " + urgency + "]";
  }
}

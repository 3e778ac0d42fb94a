package io.avatarflow.operators.host;

import io.avatarflow.operators.stage.SessionRecord;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one session has in memory at one operator: for each stage a queue, at most one turn that
 * runs, and derived state. Mailbox thread only.
 */
final class SessionLane {
  private static final Logger LOG = LoggerFactory.getLogger(SessionLane.class);

  private final String key;
  private final List<Slot> slots = new ArrayList<>();
  private Urgency lastBlock = Urgency.FIRST;

  SessionLane(String key, int stages) {
    this.key = key;
    for (int i = 0; i < stages; i++) {
      slots.add(new Slot());
    }
  }

  String key() {
    return key;
  }

  Slot slot(int stage) {
    return slots.get(stage);
  }

  /** How urgent a record is; what is neither is as urgent as the block that came by last. */
  Urgency urgencyOf(SessionRecord record) {
    if (record instanceof SessionRecord.Input input) {
      return Urgency.ofInput(input.origin().arrivedMicros());
    }
    if (record instanceof SessionRecord.Block block) {
      lastBlock = new Urgency(block.block().deadlineMicros(), block.block().index());
    }
    return lastBlock;
  }

  /** True when nothing would be lost by forgetting the lane. */
  boolean isEmpty() {
    return slots.stream()
        .allMatch(slot -> slot.queue.isEmpty() && slot.running == null && slot.derived == null);
  }

  /** True when no record is in the lane. */
  boolean isIdle() {
    return slots.stream().allMatch(slot -> slot.queue.isEmpty() && slot.running == null);
  }

  /**
   * The records in the lane but Ticks, which follow from the state; of one stage in their order.
   */
  List<PendingRecord> pending() {
    List<PendingRecord> pending = new ArrayList<>();
    for (int i = 0; i < slots.size(); i++) {
      Slot slot = slots.get(i);
      if (slot.running != null) {
        add(pending, i, slot.running.waiting);
      }
      for (Waiting waiting : slot.queue) {
        add(pending, i, waiting);
      }
    }
    return pending;
  }

  private static void add(List<PendingRecord> pending, int stage, Waiting waiting) {
    if (waiting.decision() != null) {
      add(pending, stage, waiting.decision());
    }
    if (!(waiting.record() instanceof SessionRecord.Tick)) {
      pending.add(new PendingRecord(stage, waiting.record()));
    }
  }

  void closeDerived() {
    slots.forEach(Slot::closeDerived);
  }

  private static void close(AutoCloseable derived) {
    if (derived == null) {
      return;
    }
    try {
      derived.close();
    } catch (Exception e) {
      LOG.warn("Derived state of a session could not be closed; its memory may be lost.", e);
    }
  }

  /** One stage of the lane. */
  static final class Slot {
    private final Deque<Waiting> queue = new ArrayDeque<>();
    private Running running;
    private AutoCloseable derived;

    Deque<Waiting> queue() {
      return queue;
    }

    boolean busy() {
      return running != null;
    }

    boolean runs(Running turn) {
      return running == turn;
    }

    /**
     * The session's derived state as it was when the running turn began; null when there is none.
     */
    AutoCloseable derived() {
      return running != null ? running.derivedBefore : derived;
    }

    /** Hands the derived state to a turn. */
    void begin(Running turn) {
      running = turn;
      derived = null;
    }

    /** Takes the derived state back from a turn that is done. */
    void end() {
      AutoCloseable before = running.derivedBefore;
      derived = running.task.turn().derived().orElse(null);
      running = null;
      if (before != derived) {
        SessionLane.close(before);
      }
    }

    /** Leaves a turn to itself; its derived state is closed when the device gives it back. */
    void abandon() {
      running = null;
    }

    void closeDerived() {
      SessionLane.close(derived);
      derived = null;
    }
  }

  /**
   * A record in line, since when, and the watermark that must not overtake it.
   *
   * @param decision the mark that leaves ahead of what becomes of the record, null for none
   */
  record Waiting(SessionRecord record, long sinceNanos, WatermarkGate.Span span, Waiting decision) {
    /** The record with its decision. */
    Waiting behind(Waiting mark) {
      return new Waiting(record, sinceNanos, span, mark);
    }
  }

  /** A turn between its start and its commit; owns the derived state meanwhile. */
  static final class Running {
    private final Waiting waiting;
    private final AutoCloseable derivedBefore;
    private DeviceTask task;

    Running(Waiting waiting, AutoCloseable derivedBefore) {
      this.waiting = waiting;
      this.derivedBefore = derivedBefore;
    }

    void with(DeviceTask deviceTask) {
      this.task = deviceTask;
    }

    Waiting waiting() {
      return waiting;
    }

    DeviceTask task() {
      return task;
    }

    /** Closes what the turn found and what it built. Only while no step runs. */
    void closeDerived() {
      AutoCloseable built = task.turn().derived().orElse(null);
      SessionLane.close(built);
      if (derivedBefore != built) {
        SessionLane.close(derivedBefore);
      }
    }
  }
}

package io.avatarflow.operators.modelled;

import io.avatarflow.operators.batching.BatchCosts;
import io.avatarflow.operators.batching.BatchFormer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The disciplines that are compared. */
public final class Disciplines {
  private Disciplines() {}

  /** The engine's own: {@link BatchFormer} over learnt {@link BatchCosts}. */
  public static Discipline engine() {
    return EngineLine::new;
  }

  /**
   * One thread for each session and a device that takes one step at a time, in the order in which
   * the threads ask: a session that asks for its next step stands at the end of the line.
   */
  public static Discipline fifoBySteps() {
    return () -> new FifoLine(false);
  }

  /** One thread for each session, each of which holds the device for all steps of its block. */
  public static Discipline fifoByBlocks() {
    return () -> new FifoLine(true);
  }

  /**
   * Request batching: what comes within a window after the first, up to the largest batch, goes
   * through all its steps together, and the next batch waits until it is through.
   */
  public static Discipline windowByBlocks(Duration window) {
    return () -> new WindowLine(window, true);
  }

  /** Window batching in front of every step: steps of different index may meet in a window. */
  public static Discipline windowBySteps(Duration window) {
    return () -> new WindowLine(window, false);
  }

  private static final class EngineLine implements Discipline.Line {
    private final BatchCosts costs = new BatchCosts();
    private final BatchFormer<ModelledStep> former = new BatchFormer<>(costs);

    @Override
    public void enter(ModelledStep block, long nowMicros) {
      former.add(block);
    }

    @Override
    public void ran(
        List<ModelledStep> batch, List<ModelledStep> unfinished, int rows, long micros) {
      costs.ran(batch.get(0).batchKey(), rows, (double) micros);
      unfinished.forEach(former::add);
    }

    @Override
    public void next(long nowMicros, List<ModelledStep> batch) {
      if (!former.isEmpty()) {
        former.take(batch::add);
      }
    }
  }

  private static final class FifoLine implements Discipline.Line {
    private final Deque<ModelledStep> line = new ArrayDeque<>();
    private final boolean wholeBlocks;

    private FifoLine(boolean wholeBlocks) {
      this.wholeBlocks = wholeBlocks;
    }

    @Override
    public void enter(ModelledStep block, long nowMicros) {
      line.addLast(block);
    }

    @Override
    public void ran(
        List<ModelledStep> batch, List<ModelledStep> unfinished, int rows, long micros) {
      if (wholeBlocks) {
        unfinished.forEach(line::addFirst);
      } else {
        unfinished.forEach(line::addLast);
      }
    }

    @Override
    public void next(long nowMicros, List<ModelledStep> batch) {
      if (!line.isEmpty()) {
        batch.add(line.removeFirst());
      }
    }
  }

  /**
   * A window for each stage; it opens with the first that comes and closes when time or rows are
   * up.
   */
  private static final class WindowLine implements Discipline.Line {
    private final long windowMicros;
    private final boolean wholeBlocks;
    private final Map<Object, Deque<Arrival>> lines = new LinkedHashMap<>();
    private final List<ModelledStep> underWay = new ArrayList<>();
    private final List<ModelledStep> returned = new ArrayList<>();
    private long askAgain = Long.MAX_VALUE;

    private record Arrival(ModelledStep step, long micros) {}

    private WindowLine(Duration window, boolean wholeBlocks) {
      this.windowMicros = ModelledSession.micros(window);
      this.wholeBlocks = wholeBlocks;
    }

    @Override
    public void enter(ModelledStep block, long nowMicros) {
      lines
          .computeIfAbsent(block.batchKey(), key -> new ArrayDeque<>())
          .addLast(new Arrival(block, nowMicros));
    }

    @Override
    public void ran(
        List<ModelledStep> batch, List<ModelledStep> unfinished, int rows, long micros) {
      (wholeBlocks ? underWay : returned).addAll(unfinished);
    }

    @Override
    public void next(long nowMicros, List<ModelledStep> batch) {
      returned.forEach(step -> enter(step, nowMicros));
      returned.clear();
      if (!underWay.isEmpty()) {
        batch.addAll(underWay);
        underWay.clear();
        return;
      }
      askAgain = Long.MAX_VALUE;
      Deque<Arrival> ripe = null;
      for (Deque<Arrival> line : lines.values()) {
        if (line.isEmpty()) {
          continue;
        }
        long closes = line.element().micros + windowMicros;
        ModelledStep first = line.element().step;
        boolean full = line.size() * first.rows() >= first.maxRows();
        if (!full && closes > nowMicros) {
          askAgain = Math.min(askAgain, closes);
        } else if (ripe == null || line.element().micros < ripe.element().micros) {
          ripe = line;
        }
      }
      if (ripe != null) {
        int most = ripe.element().step.maxRows();
        int rows = 0;
        while (!ripe.isEmpty() && rows + ripe.element().step.rows() <= most) {
          rows += ripe.element().step.rows();
          batch.add(ripe.remove().step);
        }
      }
    }

    @Override
    public long askAgainMicros() {
      return askAgain;
    }
  }
}

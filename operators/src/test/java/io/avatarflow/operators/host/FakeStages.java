package io.avatarflow.operators.host;

import io.avatarflow.operators.stage.MediaBlock;
import io.avatarflow.operators.stage.Placement;
import io.avatarflow.operators.stage.SessionInfo;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.operators.stage.Stage;
import io.avatarflow.operators.stage.StateCodec;
import io.avatarflow.operators.stage.Turn;
import io.avatarflow.operators.tensor.Tensor;
import io.avatarflow.schemas.CloseMark;
import io.avatarflow.schemas.CloseReason;
import io.avatarflow.schemas.EncodedFrame;
import io.avatarflow.schemas.FrameFlags;
import io.avatarflow.schemas.FrameTrace;
import io.avatarflow.schemas.RestoredMark;
import io.avatarflow.schemas.SessionEventType;
import io.avatarflow.schemas.SessionOutput;
import io.avatarflow.schemas.StreamMark;
import io.avatarflow.schemas.Track;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Small stages whose result shows every mistake of a host: each block's value depends on all blocks
 * before it, on the stages before it and on derived state that must be open.
 */
final class FakeStages {
  /** A block with this index is the undoing of the session whose key contains "bad". */
  static final long POISON = 3;

  private FakeStages() {}

  /** The canonical state of a {@link Chain} or an {@link Encode}. */
  record Sum(long value, long blocks) {}

  static final class SumCodec implements StateCodec<Sum> {
    @Override
    public int version() {
      return 1;
    }

    @Override
    public void write(Sum state, DataOutput out) throws IOException {
      out.writeLong(state.value());
      out.writeLong(state.blocks());
    }

    @Override
    public Sum read(int version, DataInput in) throws IOException {
      return new Sum(in.readLong(), in.readLong());
    }
  }

  /** Counts derived states; one that is closed twice or used after its close is an error. */
  static final class Ledger {
    final AtomicInteger built = new AtomicInteger();
    final AtomicInteger closed = new AtomicInteger();

    Derived build() {
      built.incrementAndGet();
      return new Derived(this);
    }

    int open() {
      return built.get() - closed.get();
    }
  }

  /** Derived state of a session at a stage. */
  static final class Derived implements AutoCloseable {
    private final Ledger ledger;
    private final List<SessionRecord.Control> seen = new ArrayList<>();
    private boolean closed;

    private Derived(Ledger ledger) {
      this.ledger = ledger;
    }

    synchronized void use() {
      if (closed) {
        throw new AssertionError("Derived state was used after its close.");
      }
    }

    @Override
    public synchronized void close() {
      if (closed) {
        throw new AssertionError("Derived state was closed twice.");
      }
      closed = true;
      ledger.closed.incrementAndGet();
    }
  }

  /** A stage of several steps that folds each block into a sum. */
  static class Chain implements Stage<Sum> {
    private final String name;
    private final Placement placement;
    private final int steps;
    private final Ledger ledger;
    final AtomicInteger closed = new AtomicInteger();

    Chain(String name, Placement placement, int steps, Ledger ledger) {
      this.name = name;
      this.placement = placement;
      this.steps = steps;
      this.ledger = ledger;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public Placement placement() {
      return placement;
    }

    @Override
    public StateCodec<Sum> stateCodec() {
      return new SumCodec();
    }

    @Override
    public Sum initialState(SessionInfo session) {
      return new Sum(session.seed(), 0);
    }

    @Override
    public boolean accepts(SessionRecord record) {
      return record instanceof SessionRecord.Block;
    }

    @Override
    public Object batchKey(Turn<Sum> turn) {
      return name;
    }

    @Override
    public int maxRows() {
      return 4;
    }

    @Override
    public void step(List<Turn<Sum>> batch) {
      for (Turn<Sum> turn : batch) {
        if (turn.session().sessionKey().contains("bad") && turn.block().index() == POISON) {
          throw new IllegalArgumentException("Block %d is poison.".formatted(POISON));
        }
      }
      batch.forEach(this::step);
    }

    private void step(Turn<Sum> turn) {
      Derived derived = (Derived) turn.derived().orElse(null);
      if (derived == null) {
        turn.keepDerived(ledger.build());
      } else {
        derived.use();
      }
      int done = turn.scratch() == null ? 0 : (Integer) turn.scratch();
      if (done + 1 < steps) {
        turn.again(done + 1);
      } else {
        finish(turn);
      }
    }

    void finish(Turn<Sum> turn) {
      MediaBlock block = turn.block();
      long value = turn.state().value() * 31 + block.index();
      for (Map.Entry<String, Tensor> before : new TreeMap<>(block.tensors()).entrySet()) {
        value = value * 31 + ByteBuffer.wrap(before.getValue().bytes()).getLong();
      }
      Map<String, Tensor> tensors = new TreeMap<>(block.tensors());
      tensors.put(name, Records.tensor(value));
      turn.done(
          new Sum(value, turn.state().blocks() + 1),
          List.of(new SessionRecord.Block(block.withTensors(tensors))));
    }

    @Override
    public void control(SessionRecord.Control control, AutoCloseable derived) {
      if (derived != null) {
        ((Derived) derived).use();
        ((Derived) derived).seen.add(control);
      }
    }

    @Override
    public void close() {
      closed.incrementAndGet();
    }
  }

  /** Ends the graph: a frame for each block, CLOSE for the End. */
  static final class Encode extends Chain {
    Encode(Placement placement, Ledger ledger) {
      super("encode", placement, 1, ledger);
    }

    @Override
    public boolean accepts(SessionRecord record) {
      return record instanceof SessionRecord.Block || record instanceof SessionRecord.End;
    }

    @Override
    public void step(List<Turn<Sum>> batch) {
      for (Turn<Sum> turn : batch) {
        if (turn.record() instanceof SessionRecord.End end) {
          turn.done(turn.state(), List.of(close(turn, end), end));
        } else if (turn.block().flags().published()) {
          turn.done(turn.state(), List.of());
        } else {
          super.step(List.of(turn));
        }
      }
    }

    private static SessionRecord close(Turn<Sum> turn, SessionRecord.End end) {
      return Records.mark(
          end.sessionKey(),
          new CloseMark(CloseReason.valueOf(end.reason()), null, turn.state().blocks(), 0L));
    }

    @Override
    void finish(Turn<Sum> turn) {
      MediaBlock block = turn.block();
      long value = turn.state().value() * 31 + block.index();
      for (Map.Entry<String, Tensor> before : new TreeMap<>(block.tensors()).entrySet()) {
        value = value * 31 + ByteBuffer.wrap(before.getValue().bytes()).getLong();
      }
      EncodedFrame frame =
          EncodedFrame.newBuilder()
              .setTrack(Track.VIDEO)
              .setIndex(block.index())
              .setPts(block.index() * 3600)
              .setDuration(3600)
              .setKeyFrame(block.index() == 0)
              .setDiscontinuity(block.flags().discontinuity())
              .setPayload(ByteBuffer.allocate(8).putLong(0, value))
              .setAudioFirstSample(block.audio().firstSample())
              .setAudioSampleCount(block.audio().sampleCount())
              .setFlags(FrameFlags.newBuilder().setRestored(block.flags().restored()).build())
              .setBlock(block.index())
              .setTrace(FrameTrace.newBuilder().build())
              .build();
      SessionOutput output =
          new SessionOutput(block.sessionKey(), block.epoch(), block.attempt(), frame);
      turn.done(
          new Sum(value, turn.state().blocks() + 1), List.of(new SessionRecord.Emission(output)));
    }
  }

  /** A chain that is woken about once a second and stays as it is. */
  static final class Drowsy extends Chain {
    Drowsy(String name, Placement placement, int steps, Ledger ledger) {
      super(name, placement, steps, ledger);
    }

    @Override
    public boolean accepts(SessionRecord record) {
      return super.accepts(record) || record instanceof SessionRecord.Tick;
    }

    @Override
    public OptionalLong wakeAtMicros(Sum state) {
      return OptionalLong.of(state.blocks() * 1_000_000);
    }

    @Override
    public void step(List<Turn<Sum>> batch) {
      List<Turn<Sum>> blocks = new ArrayList<>();
      for (Turn<Sum> turn : batch) {
        if (turn.record() instanceof SessionRecord.Tick) {
          turn.done(turn.state(), List.of());
        } else {
          blocks.add(turn);
        }
      }
      if (!blocks.isEmpty()) {
        super.step(blocks);
      }
    }
  }

  /** True for the mark and the event that say that a session was restored. */
  static boolean isRestoreNotice(SessionRecord record) {
    return record instanceof SessionRecord.Event event
        ? event.event().getType() == SessionEventType.RESTORED
        : record instanceof SessionRecord.Emission emission
            && emission.output().getBody() instanceof StreamMark mark
            && mark.getBody() instanceof RestoredMark;
  }

  /** The value that a frame, or a stage's output block, carries. */
  static String summary(SessionRecord record) {
    if (record instanceof SessionRecord.Block block) {
      Map<String, Long> values = new TreeMap<>();
      block
          .block()
          .tensors()
          .forEach((name, t) -> values.put(name, ByteBuffer.wrap(t.bytes()).getLong()));
      return "block " + block.block().index() + " " + values;
    }
    if (record instanceof SessionRecord.Emission emission) {
      if (emission.output().getBody() instanceof EncodedFrame frame) {
        return "frame " + frame.getIndex() + " " + frame.getPayload().getLong(0);
      }
      StreamMark mark = (StreamMark) emission.output().getBody();
      return "mark " + mark.getBody();
    }
    return record.toString();
  }
}

package io.avatarflow.operators.ingest;

import io.avatarflow.operators.stage.BlockParameters;
import io.avatarflow.operators.stage.SampleArrays;
import io.avatarflow.operators.stage.StateCodec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Version 5 of ingest's state: parameters with their override if the session is open, clock,
 * buffer, last input, pace, decisions to follow, refused audio. Numbers are big-endian, samples
 * float32. Version 4 had no refused audio, version 3 no silence and no lag, version 2 no bitrate.
 * Version 1 ended behind the last input; its sessions count as opened with that.
 */
final class IngestStateCodec implements StateCodec<IngestState> {
  private static final int VERSION = 5;

  /**
   * More of anything than the limits of ingest allow, so that broken bytes do not exhaust memory.
   */
  private static final int MAX_COUNT = 1 << 25;

  @Override
  public int version() {
    return VERSION;
  }

  @Override
  public void write(IngestState state, DataOutput out) throws IOException {
    out.writeBoolean(state.parameters().isPresent());
    if (state.parameters().isPresent()) {
      writeParameters(state.parameters().get().base(), out);
      writeOverride(state.parameters().get().override(), out);
    }
    EpochClock clock = state.clock();
    out.writeLong(clock.epoch());
    out.writeInt(clock.rate());
    out.writeLong(clock.segmentStart());
    out.writeLong(clock.segmentBlocks());
    out.writeLong(clock.nextBlock());
    writeBuffer(state.buffer(), out);
    out.writeLong(state.lastInputMicros());
    out.writeLong(state.lastOffset());
    writePace(state.pace(), out);
    writeScript(state.script(), out);
    out.writeLong(state.refused().epoch());
    out.writeLong(state.refused().end());
  }

  @Override
  public IngestState read(int version, DataInput in) throws IOException {
    if (version < 1 || version > VERSION) {
      throw new IOException(
          "Ingest state of version %d is newer than this build, which reads 1 to %d."
              .formatted(version, VERSION));
    }
    Optional<ParameterTrack> parameters = Optional.empty();
    if (in.readBoolean()) {
      parameters = Optional.of(new ParameterTrack(readParameters(version, in), readOverride(in)));
    }
    EpochClock clock =
        new EpochClock(in.readLong(), in.readInt(), in.readLong(), in.readLong(), in.readLong());
    JitterBuffer buffer = readBuffer(in);
    long lastInputMicros = in.readLong();
    long lastOffset = in.readLong();
    Pace pace = version == 1 ? Pace.openedAt(lastInputMicros, false) : readPace(version, in);
    DecisionScript script = version == 1 ? DecisionScript.EMPTY : readScript(in);
    FarAudio refused = version < 5 ? FarAudio.NONE : new FarAudio(in.readLong(), in.readLong());
    return new IngestState(
        parameters, clock, buffer, refused, lastInputMicros, lastOffset, pace, script);
  }

  private static void writePace(Pace pace, DataOutput out) throws IOException {
    out.writeLong(pace.openMicros());
    out.writeLong(pace.shiftMicros());
    out.writeBoolean(pace.speaking());
    out.writeBoolean(pace.closing());
    out.writeBoolean(pace.bufferHigh());
    out.writeInt(pace.rung());
    out.writeLong(pace.lag().debtMicros());
    out.writeLong(pace.lag().anchorMicros());
    out.writeInt(pace.idleBlocks());
    out.writeBoolean(pace.lag().live());
    out.writeLong(pace.lag().behindMicros());
    out.writeLong(pace.lag().saidMicros());
    out.writeBoolean(pace.lag().paced());
  }

  private static Pace readPace(int version, DataInput in) throws IOException {
    long open = in.readLong();
    long shift = in.readLong();
    boolean speaking = in.readBoolean();
    boolean closing = in.readBoolean();
    boolean bufferHigh = in.readBoolean();
    int rung = in.readInt();
    long debt = in.readLong();
    long anchor = in.readLong();
    int idleBlocks = version < 4 ? 0 : in.readInt();
    Pace.Lag lag =
        version < 4
            ? new Pace.Lag(false, 0, debt, anchor, anchor, false)
            : new Pace.Lag(
                in.readBoolean(), in.readLong(), debt, anchor, in.readLong(), in.readBoolean());
    return new Pace(open, shift, speaking, closing, bufferHigh, rung, idleBlocks, lag);
  }

  private static void writeScript(DecisionScript script, DataOutput out) throws IOException {
    out.writeInt(script.rest().size());
    for (DecisionScript.Decision decision : script.rest()) {
      out.writeLong(decision.block());
      out.writeLong(decision.firstSample());
      out.writeInt(decision.sampleCount());
      out.writeInt(decision.rung());
      out.writeLong(decision.lastOffset());
    }
  }

  private static DecisionScript readScript(DataInput in) throws IOException {
    List<DecisionScript.Decision> decisions = new ArrayList<>();
    for (int left = readCount(in); left > 0; left--) {
      decisions.add(
          new DecisionScript.Decision(
              in.readLong(), in.readLong(), in.readInt(), in.readInt(), in.readLong()));
    }
    return DecisionScript.of(decisions);
  }

  private static void writeParameters(BlockParameters parameters, DataOutput out)
      throws IOException {
    out.writeInt(parameters.steps());
    out.writeUTF(parameters.sampler());
    out.writeInt(parameters.motionSteps());
    out.writeUTF(parameters.motionSampler());
    out.writeUTF(parameters.schedule());
    out.writeFloat(parameters.guidance());
    out.writeFloat(parameters.identityStrength());
    out.writeFloat(parameters.temporalWeight());
    out.writeFloat(parameters.smoothing());
    out.writeFloat(parameters.valence());
    out.writeFloat(parameters.arousal());
    out.writeUTF(parameters.idlePolicy());
    out.writeInt(parameters.videoBitrate());
  }

  private static BlockParameters readParameters(int version, DataInput in) throws IOException {
    return new BlockParameters(
        in.readInt(),
        in.readUTF(),
        in.readInt(),
        in.readUTF(),
        in.readUTF(),
        in.readFloat(),
        in.readFloat(),
        in.readFloat(),
        in.readFloat(),
        in.readFloat(),
        in.readFloat(),
        in.readUTF(),
        version < 3 ? 0 : in.readInt(),
        List.of());
  }

  private static void writeOverride(OverrideTimeline override, DataOutput out) throws IOException {
    out.writeLong(override.firstFrame());
    out.writeInt(override.frames().size());
    for (List<OverrideTimeline.Value> frame : override.frames()) {
      out.writeInt(frame.size());
      for (OverrideTimeline.Value value : frame) {
        out.writeInt(value.channel());
        out.writeFloat(value.value());
      }
    }
  }

  private static OverrideTimeline readOverride(DataInput in) throws IOException {
    long firstFrame = in.readLong();
    List<List<OverrideTimeline.Value>> frames = new ArrayList<>();
    for (int left = readCount(in); left > 0; left--) {
      List<OverrideTimeline.Value> frame = new ArrayList<>();
      for (int values = readCount(in); values > 0; values--) {
        frame.add(new OverrideTimeline.Value(in.readInt(), in.readFloat()));
      }
      frames.add(List.copyOf(frame));
    }
    return new OverrideTimeline(firstFrame, frames);
  }

  private static void writeBuffer(JitterBuffer buffer, DataOutput out) throws IOException {
    writeRun(buffer.head(), out);
    out.writeInt(buffer.islands().size());
    for (AudioRun island : buffer.islands()) {
      writeRun(island, out);
    }
    out.writeInt(buffer.segmentEnds().size());
    for (long end : buffer.segmentEnds()) {
      out.writeLong(end);
    }
    out.writeInt(buffer.concealed().size());
    for (JitterBuffer.Gap gap : buffer.concealed()) {
      out.writeLong(gap.start());
      out.writeLong(gap.end());
    }
  }

  private static JitterBuffer readBuffer(DataInput in) throws IOException {
    AudioRun head = readRun(in);
    List<AudioRun> islands = new ArrayList<>();
    for (int left = readCount(in); left > 0; left--) {
      islands.add(readRun(in));
    }
    List<Long> ends = new ArrayList<>();
    for (int left = readCount(in); left > 0; left--) {
      ends.add(in.readLong());
    }
    List<JitterBuffer.Gap> concealed = new ArrayList<>();
    for (int left = readCount(in); left > 0; left--) {
      concealed.add(new JitterBuffer.Gap(in.readLong(), in.readLong()));
    }
    return new JitterBuffer(head, islands, ends, concealed);
  }

  private static void writeRun(AudioRun run, DataOutput out) throws IOException {
    out.writeLong(run.start());
    out.writeInt(run.samples().length);
    SampleArrays.write(run.samples(), out);
  }

  private static AudioRun readRun(DataInput in) throws IOException {
    long start = in.readLong();
    return new AudioRun(start, SampleArrays.readFloats(readCount(in), in));
  }

  private static int readCount(DataInput in) throws IOException {
    int count = in.readInt();
    if (count < 0 || count > MAX_COUNT) {
      throw new IOException(
          "Ingest state declares %d items, at most %d are possible; it is broken."
              .formatted(count, MAX_COUNT));
    }
    return count;
  }
}

package io.avatarflow.operators.ingest;

import io.avatarflow.operators.stage.BlockParameters;
import io.avatarflow.schemas.OverrideFrame;
import io.avatarflow.schemas.OverrideTrack;
import io.avatarflow.schemas.OverrideValue;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Motion values set by hand for video frames to come. Immutable.
 *
 * @param firstFrame video frame of the first entry, counted from the session's start
 * @param frames values of successive frames
 */
record OverrideTimeline(long firstFrame, List<List<Value>> frames) {
  /** Nothing is overridden. */
  static final OverrideTimeline NONE = new OverrideTimeline(0, List.of());

  /** Most values of a track, 40 s of 32 channels at 25 frames a second. */
  static final int MAX_VALUES = 32_768;

  OverrideTimeline {
    frames = List.copyOf(frames);
  }

  /**
   * One motion channel of one frame.
   *
   * @param channel index of the channel
   * @param value in the channel's unit
   */
  record Value(int channel, float value) {}

  /**
   * Checks a track.
   *
   * @param channels motion channels of the pack; 0 when it takes no override
   */
  static OverrideTimeline read(OverrideTrack track, int channels) throws RejectedInputException {
    if (channels == 0) {
      throw refused("The pack takes no motion override; leave the track out.");
    }
    if (track.getFirstFrame() < 0) {
      throw refused(
          "Override: first frame %d is negative; count from the session's start."
              .formatted(track.getFirstFrame()));
    }
    List<List<Value>> frames = new ArrayList<>();
    int values = 0;
    for (OverrideFrame frame : track.getFrames()) {
      values += Math.max(1, frame.getValues().size());
      if (values > MAX_VALUES) {
        throw refused(
            "Override: more than %d values; send the track in pieces.".formatted(MAX_VALUES));
      }
      frames.add(valuesOf(frame, channels));
    }
    return new OverrideTimeline(track.getFirstFrame(), frames);
  }

  private static List<Value> valuesOf(OverrideFrame frame, int channels)
      throws RejectedInputException {
    List<Value> values = new ArrayList<>();
    Set<Integer> seen = new HashSet<>();
    for (OverrideValue value : frame.getValues()) {
      if (value.getChannel() < 0 || value.getChannel() >= channels) {
        throw refused(
            "Override: channel %d is not in 0 to %d; see the pack's card."
                .formatted(value.getChannel(), channels - 1));
      }
      if (!Float.isFinite(value.getValue())) {
        throw refused(
            "Override: channel %d is %s; send a finite value."
                .formatted(value.getChannel(), value.getValue()));
      }
      if (!seen.add(value.getChannel())) {
        throw refused(
            "Override: channel %d is set twice in a frame; set it once."
                .formatted(value.getChannel()));
      }
      values.add(new Value(value.getChannel(), value.getValue()));
    }
    return List.copyOf(values);
  }

  private static RejectedInputException refused(String sentence) {
    return new RejectedInputException("bad-parameters", sentence);
  }

  /** The values of a block. */
  List<BlockParameters.OverrideFrame> of(long firstFrameOfBlock, int count) {
    List<BlockParameters.OverrideFrame> values = new ArrayList<>();
    for (int frame = 0; frame < count; frame++) {
      long index = firstFrameOfBlock + frame - firstFrame;
      if (index >= 0 && index < frames.size()) {
        for (Value value : frames.get((int) index)) {
          values.add(new BlockParameters.OverrideFrame(frame, value.channel(), value.value()));
        }
      }
    }
    return values;
  }

  /** Forgets the frames before one. */
  OverrideTimeline dropBefore(long frame) {
    if (frames.isEmpty() || frame <= firstFrame) {
      return this;
    }
    long past = frame - firstFrame;
    return past >= frames.size()
        ? NONE
        : new OverrideTimeline(frame, frames.subList((int) past, frames.size()));
  }

  /** The track as a record, empty for none. */
  Optional<OverrideTrack> toRecord() {
    if (frames.isEmpty()) {
      return Optional.empty();
    }
    List<OverrideFrame> records = new ArrayList<>();
    for (List<Value> frame : frames) {
      List<OverrideValue> values = new ArrayList<>();
      for (Value value : frame) {
        values.add(new OverrideValue(value.channel(), value.value()));
      }
      records.add(new OverrideFrame(values));
    }
    return Optional.of(new OverrideTrack(firstFrame, records));
  }
}

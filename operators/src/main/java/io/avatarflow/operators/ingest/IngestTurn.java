package io.avatarflow.operators.ingest;

import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.schemas.AudioChunk;
import io.avatarflow.schemas.CloseMode;
import io.avatarflow.schemas.CloseReason;
import io.avatarflow.schemas.FlushMark;
import io.avatarflow.schemas.Interrupt;
import io.avatarflow.schemas.KeyFrameRequest;
import io.avatarflow.schemas.ParametersMark;
import io.avatarflow.schemas.SessionClose;
import io.avatarflow.schemas.SessionEventType;
import io.avatarflow.schemas.SessionInput;
import io.avatarflow.schemas.SessionOpen;
import io.avatarflow.schemas.SessionSource;
import io.avatarflow.schemas.SessionUpdate;
import java.util.List;
import java.util.Optional;

/**
 * One record of one session on its way through ingest: a working copy of the session's state.
 *
 * <p>Used by one thread.
 */
final class IngestTurn {
  private final IngestSetup setup;
  private final String sessionKey;
  private final Outbox out;
  private final SessionAudio audio;
  private final boolean known;
  private Optional<ParameterTrack> parameters;
  private long lastInputMicros;
  private long lastOffset;
  private Pace pace;
  private DecisionScript script;
  private boolean ended;

  IngestTurn(IngestSetup setup, String sessionKey, IngestState state) {
    this.setup = setup;
    this.sessionKey = sessionKey;
    this.out = new Outbox(sessionKey);
    this.audio = new SessionAudio(setup, state.clock(), state.buffer(), state.refused());
    this.known = state.isKnown();
    this.parameters = state.parameters();
    this.lastInputMicros = state.lastInputMicros();
    this.lastOffset = state.lastOffset();
    this.pace = state.pace();
    this.script = state.script();
  }

  /** The state behind the turn. */
  IngestState state() {
    IngestState state =
        new IngestState(
            parameters,
            audio.clock(),
            audio.buffer(),
            audio.refused(),
            lastInputMicros,
            lastOffset,
            pace,
            script);
    return ended || !state.isKnown() ? IngestState.INITIAL : state;
  }

  /** What goes downstream. */
  List<SessionRecord> outputs() {
    return out.records();
  }

  /** Applies an input record; one that cannot be used is rejected and changes nothing. */
  void input(SessionRecord.Input input) {
    long now = input.origin().arrivedMicros();
    if (setup.pacing().keepsTime()) {
      release(now);
      if (ended) {
        out.reject(audio.mediaSample(), input, notOpen("The record"));
        return;
      }
    }
    lastInputMicros = Math.max(lastInputMicros, now);
    lastOffset = input.origin().offset();
    try {
      apply(input.input(), input.origin().traceparent());
    } catch (RejectedInputException e) {
      out.reject(audio.mediaSample(), input, e);
    }
    release(now);
  }

  /** Takes decisions to follow. */
  void decisions(SessionRecord.Decisions decisions) {
    script = script.plus(decisions.decisions(), audio.clock().nextBlock());
    release(lastInputMicros);
  }

  private void apply(SessionInput input, String traceparent) throws RejectedInputException {
    Object body = input.getBody();
    if (body instanceof AudioChunk chunk) {
      chunk(ChunkReader.read(chunk), input.getProducedAtMicros());
    } else if (body instanceof SessionOpen open) {
      open(open, traceparent);
    } else if (body instanceof SessionUpdate update) {
      update(update);
    } else if (body instanceof Interrupt interrupt) {
      interrupt(interrupt.getNewEpoch());
    } else if (body instanceof KeyFrameRequest) {
      openOnly("KeyFrameRequest");
      out.control(SessionRecord.Control.Kind.KEY_FRAME, audio.clock().epoch());
    } else if (body instanceof SessionClose close) {
      close(close.getMode());
    } else {
      throw new RejectedInputException(
          "unknown-body",
          "The record's body is of no kind that this engine knows; update the engine.");
    }
  }

  /** Applies the passing of time; nothing passes for a session of which nothing is known. */
  void tick(SessionRecord.Tick tick, Expiry expiry) {
    if (!known) {
      return;
    }
    if (tick.endOfInput()) {
      finish(tick.nowMicros(), CloseReason.END_OF_INPUT, SessionEventType.CLOSED, "end-of-input");
    } else if (tick.nowMicros() >= expiry.of(lastInputMicros)) {
      finish(tick.nowMicros(), CloseReason.IDLE, SessionEventType.EXPIRED, "idle-timeout");
    } else {
      release(tick.nowMicros());
    }
  }

  private ParameterTrack openOnly(String what) throws RejectedInputException {
    return parameters.orElseThrow(() -> notOpen(what));
  }

  private static RejectedInputException notOpen(String what) {
    return new RejectedInputException(
        "not-open", what + " for a session that is not open; send SessionOpen first.");
  }

  private void open(SessionOpen open, String traceparent) throws RejectedInputException {
    if (parameters.isPresent()) {
      throw new RejectedInputException(
          "already-open", "SessionOpen for a session that is open; close it first.");
    }
    Optional<SeatPolicy.Refusal> refusal = seat();
    if (refusal.isPresent()) {
      SeatPolicy.Refusal why = refusal.get();
      out.event(
          0,
          SessionEventType.REFUSED,
          why.reason(),
          "%s Try again in %d ms.".formatted(why.detail(), why.retryAfter().toMillis()));
      return;
    }
    SessionOpening.Opened opened;
    try {
      opened = setup.opening().open(sessionKey, open);
    } catch (RejectedInputException e) {
      setup.seats().ended(sessionKey);
      out.event(0, SessionEventType.REFUSED, e.reason(), e.getMessage());
      return;
    }
    parameters = Optional.of(opened.parameters());
    out.start(opened.info().inTrace(traceparent));
    out.event(0, SessionEventType.OPENED, "", "");
    pace = Pace.openedAt(lastInputMicros, open.getSource() == SessionSource.LIVE);
    markParameters(opened.parameters());
  }

  /** Decisions tell that the session was admitted when it ran before. */
  private Optional<SeatPolicy.Refusal> seat() {
    if (script.isEmpty()) {
      return setup.seats().admit(sessionKey);
    }
    setup.seats().restored(List.of(sessionKey));
    return Optional.empty();
  }

  private void update(SessionUpdate update) throws RejectedInputException {
    ParameterTrack now = openOnly("SessionUpdate");
    ParameterTrack changed = setup.rules().change(now, update.getParameters());
    parameters = Optional.of(changed);
    markParameters(changed);
  }

  private void markParameters(ParameterTrack track) {
    out.mark(
        audio.clock().epoch(), new ParametersMark(audio.clock().nextBlock(), track.toRecord()));
  }

  private void interrupt(long newEpoch) throws RejectedInputException {
    if (newEpoch > EpochClock.MAX_EPOCH) {
      throw ChunkReader.badEpoch(newEpoch);
    }
    if (newEpoch > audio.clock().epoch()) {
      audio.startEpoch(newEpoch);
      pace = pace.newEpoch();
      announceEpoch(newEpoch);
    }
  }

  /** An interrupt of an earlier life takes nothing back: what was emitted then is made again. */
  private void announceEpoch(long newEpoch) {
    if (parameters.isPresent()) {
      takeBack(newEpoch);
      out.mark(newEpoch, new FlushMark(newEpoch));
      out.event(audio.mediaSample(), SessionEventType.INTERRUPTED, "", "");
    }
  }

  private void takeBack(long newEpoch) {
    if (script.isEmpty() && setup.options().takesBack()) {
      out.control(SessionRecord.Control.Kind.INTERRUPT, newEpoch);
    }
  }

  private void chunk(ChunkReader.Chunk chunk, long producedMicros) throws RejectedInputException {
    long epochBefore = audio.clock().epoch();
    if (chunk.epoch() < epochBefore) {
      return;
    }
    if (pace.closing()) {
      throw new RejectedInputException(
          "closing",
          "AudioChunk behind a SessionClose; send audio before, or open another session.");
    }
    Optional<String> late = audio.add(chunk, parameters.isPresent(), pace);
    if (chunk.epoch() > epochBefore) {
      pace = pace.newEpoch();
      announceEpoch(chunk.epoch());
    }
    if (setup.pacing().keepsTime()) {
      pace = ProducerSkew.observe(pace, audio, chunk, producedMicros, lastInputMicros);
    }
    late.ifPresent(
        sentence ->
            out.event(
                audio.mediaSample(), SessionEventType.REJECTED_INPUT, "late-audio", sentence));
  }

  /** Sends what is due, if the session is open, and ends it if that was all. */
  private void release(long nowMicros) {
    if (parameters.isEmpty() || ended) {
      return;
    }
    BlockRelease release = newRelease(nowMicros);
    release.follow();
    if (release.script().isEmpty()) {
      setup.pacing().release(release);
    }
    take(release);
    afterRelease();
    if (!ended && pace.closing() && script.isEmpty() && !audio.hasPending()) {
      out.event(audio.mediaSample(), SessionEventType.CLOSED, "drain", "");
      end(CloseReason.CLOSED);
    }
  }

  private BlockRelease newRelease(long nowMicros) {
    return new BlockRelease(
        setup,
        sessionKey,
        audio,
        parameters.orElseThrow(),
        pace,
        script,
        out,
        nowMicros,
        lastOffset);
  }

  private void take(BlockRelease release) {
    pace = release.pace();
    script = release.script();
    audio.forget();
    long block = audio.clock().nextBlock();
    parameters = parameters.map(track -> track.dropBefore(block, setup.geometry().frames()));
  }

  private void afterRelease() {
    boolean full = audio.mediaSample() >= setup.maxSamples();
    if (full && (setup.pacing().keepsTime() || audio.hasMore())) {
      out.event(
          audio.mediaSample(),
          SessionEventType.EXPIRED,
          "max-duration",
          "The session reached its longest duration, " + setup.options().maxDuration() + ".");
      end(CloseReason.MAX_DURATION);
      return;
    }
    BufferLevel level = new BufferLevel(setup.options().maxBuffer());
    boolean high = level.isHigh(audio, pace.bufferHigh());
    if (high != pace.bufferHigh()) {
      pace = pace.bufferHigh(high);
      out.event(
          audio.mediaSample(),
          high ? SessionEventType.BUFFER_HIGH : SessionEventType.BUFFER_LOW,
          "",
          level.sentence(audio));
    }
  }

  private void close(CloseMode mode) throws RejectedInputException {
    openOnly("SessionClose");
    if (mode == CloseMode.NOW) {
      long epoch = audio.clock().epoch() + 1;
      takeBack(epoch);
      out.mark(epoch, new FlushMark(epoch));
      out.event(audio.mediaSample(), SessionEventType.CLOSED, "now", "");
      end(CloseReason.CLOSED);
    } else {
      pace = pace.startClosing();
      script = script.withoutEnd();
    }
  }

  /** Sends the rest at once and ends the session; one that never opened is forgotten. */
  private void finish(long nowMicros, CloseReason reason, SessionEventType event, String why) {
    if (parameters.isEmpty()) {
      out.event(0, SessionEventType.EXPIRED, "never-opened", "");
      ended = true;
      return;
    }
    pace = pace.startClosing();
    script = DecisionScript.EMPTY;
    BlockRelease release = newRelease(nowMicros);
    new AsapPacing(setup.options().reorderWindow()).release(release);
    take(release);
    afterRelease();
    if (!ended) {
      out.event(audio.mediaSample(), event, why, "");
      end(reason);
    }
  }

  private void end(CloseReason reason) {
    out.end(reason);
    ended = true;
  }
}

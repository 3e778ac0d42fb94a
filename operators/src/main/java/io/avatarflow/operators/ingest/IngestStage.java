package io.avatarflow.operators.ingest;

import io.avatarflow.operators.pack.PackManifest;
import io.avatarflow.operators.stage.IdentitySource;
import io.avatarflow.operators.stage.Placement;
import io.avatarflow.operators.stage.SessionInfo;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.operators.stage.Stage;
import io.avatarflow.operators.stage.StateCodec;
import io.avatarflow.operators.stage.Turn;
import io.avatarflow.schemas.SessionOpen;
import java.util.Collection;
import java.util.List;
import java.util.OptionalLong;

/**
 * Turns a session's input into blocks of media.
 *
 * <p>Opens and closes sessions, puts audio in order by its sample positions, conceals what is
 * missing, resamples, mixes down, keeps parameters and cuts blocks. Emits Start, then blocks with
 * the PARAMETERS and DECISION marks before them, SEGMENT_END behind the last block of a segment,
 * and End behind the last of all. An interrupt is sent as Control, FLUSH mark and event, in this
 * order.
 *
 * <p>A record that cannot be used is sent to the rejects topic with the reason, and changes
 * nothing; no record makes a turn fail. Whatever a session sends, at most {@link
 * IngestOptions#maxBuffer} of its media is held.
 */
public final class IngestStage implements Stage<IngestState> {
  private final IngestSetup setup;
  private volatile long earliestExpiryMicros;

  /**
   * Serves one pack.
   *
   * @param manifest the pack
   * @param packDigest its SHA-256, hexadecimal
   * @param options limits
   * @param identities where identities come from
   * @param seats how many sessions may be open
   * @param ladder at which rung a block is made
   * @throws IllegalArgumentException if the manifest's clock and rates do not fit each other
   */
  public IngestStage(
      PackManifest manifest,
      String packDigest,
      IngestOptions options,
      IdentitySource identities,
      SeatPolicy seats,
      QualityLadder ladder) {
    BlockGeometry geometry = BlockGeometry.of(manifest);
    ParameterRules rules = new ParameterRules(manifest);
    this.setup =
        new IngestSetup(
            geometry,
            options,
            options.pacing().mode() == PacingOptions.Mode.REALTIME
                ? new RealtimePacing()
                : new AsapPacing(options.reorderWindow()),
            rules,
            new SessionOpening(manifest, packDigest, rules, identities),
            new IngestSetup.Cutters(geometry),
            IngestSetup.Silence.of(geometry),
            seats,
            ladder);
  }

  @Override
  public String name() {
    return "ingest";
  }

  @Override
  public Placement placement() {
    return Placement.TASK;
  }

  /**
   * Opening a session decodes and frames a picture, which is too much for the task's thread. A
   * refusal is not: behind the encoders of a process that is full it would come too late.
   */
  @Override
  public Placement placementOf(SessionRecord record) {
    return record instanceof SessionRecord.Input input
            && input.input().getBody() instanceof SessionOpen
            && setup.seats().hasSeat(record.sessionKey())
        ? Placement.CPU_POOL
        : placement();
  }

  @Override
  public StateCodec<IngestState> stateCodec() {
    return IngestState.CODEC;
  }

  /**
   * Nothing is known of a session.
   *
   * @param session not looked at, may be null
   */
  @Override
  public IngestState initialState(SessionInfo session) {
    return IngestState.INITIAL;
  }

  @Override
  public boolean accepts(SessionRecord record) {
    return record instanceof SessionRecord.Input
        || record instanceof SessionRecord.Decisions
        || record instanceof SessionRecord.Tick;
  }

  @Override
  public OptionalLong wakeAtMicros(IngestState state) {
    OptionalLong due = setup.pacing().wakeAt(setup, state);
    long expiry = expiry().of(state);
    long at = due.isPresent() ? Math.min(due.getAsLong(), expiry) : expiry;
    return at == Long.MAX_VALUE ? OptionalLong.empty() : OptionalLong.of(at);
  }

  private Expiry expiry() {
    return new Expiry(setup.options().idleTimeout(), earliestExpiryMicros);
  }

  @Override
  public boolean keepsTime() {
    return setup.pacing().keepsTime();
  }

  @Override
  public void restored(Collection<String> sessionKeys, long nowMicros) {
    earliestExpiryMicros = nowMicros + Expiry.RESTORE_GRACE.toNanos() / 1000;
    setup.seats().restored(sessionKeys);
  }

  @Override
  public void forgotten(String sessionKey) {
    setup.seats().ended(sessionKey);
  }

  @Override
  public Object batchKey(Turn<IngestState> turn) {
    return name();
  }

  @Override
  public void step(List<Turn<IngestState>> batch) {
    for (Turn<IngestState> turn : batch) {
      IngestTurn work = new IngestTurn(setup, turn.record().sessionKey(), turn.state());
      if (turn.record() instanceof SessionRecord.Input input) {
        work.input(input);
      } else if (turn.record() instanceof SessionRecord.Decisions decisions) {
        work.decisions(decisions);
      } else {
        work.tick((SessionRecord.Tick) turn.record(), expiry());
      }
      turn.done(work.state(), work.outputs());
    }
  }
}

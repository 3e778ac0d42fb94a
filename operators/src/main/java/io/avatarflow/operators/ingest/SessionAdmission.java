package io.avatarflow.operators.ingest;

import io.avatarflow.operators.pack.PackManifest;
import io.avatarflow.operators.stage.IdentitySource;
import io.avatarflow.schemas.SessionKey;
import io.avatarflow.schemas.SessionOpen;
import java.util.Optional;

/**
 * Judges the opening of a session exactly as ingest will, so that a producer learns before it sends
 * anything that it would be refused.
 *
 * <p>Safe for use by several threads.
 */
public final class SessionAdmission {
  private final SessionOpening opening;

  /**
   * @param manifest the pack that the job serves
   * @param packDigest its SHA-256, hexadecimal
   * @param identities where identities come from
   */
  public SessionAdmission(PackManifest manifest, String packDigest, IdentitySource identities) {
    this.opening =
        new SessionOpening(manifest, packDigest, new ParameterRules(manifest), identities);
  }

  /**
   * Why a session would not open.
   *
   * @param reason a short lower-case word for programs, as in the event
   * @param detail one sentence: what, the offending value, the limit, what to do
   */
  public record Refusal(String reason, String detail) {
    /** True if what was asked for is out of range, whatever the files and the machine say. */
    public boolean isUsage() {
      return reason.equals("bad-parameters") || reason.equals("bad-video");
    }
  }

  /** The refusal that the session would get; empty when it would open. */
  public Optional<Refusal> refusal(SessionKey key, SessionOpen open) {
    try {
      opening.open(key.toString(), open);
      return Optional.empty();
    } catch (RejectedInputException e) {
      return Optional.of(new Refusal(e.reason(), e.getMessage()));
    }
  }
}

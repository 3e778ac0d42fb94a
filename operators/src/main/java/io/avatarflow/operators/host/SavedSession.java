package io.avatarflow.operators.host;

import io.avatarflow.operators.stage.SessionInfo;
import java.util.Map;
import java.util.Optional;

/**
 * One session as a savepoint or checkpoint holds it, put together from all operators.
 *
 * @param sessionKey {@code tenant/session}
 * @param info its constants; empty before it opened and behind a failure
 * @param epoch the latest epoch that any operator knows
 * @param attempt how often it was restored
 * @param states canonical state by stage, in no order
 * @param inFlight records that were between stages
 */
public record SavedSession(
    String sessionKey,
    Optional<SessionInfo> info,
    long epoch,
    int attempt,
    Map<String, CanonicalState> states,
    int inFlight) {
  public SavedSession {
    states = Map.copyOf(states);
  }
}

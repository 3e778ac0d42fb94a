package io.avatarflow.operators.host;

import io.avatarflow.schemas.DecisionMark;
import java.util.List;
import java.util.OptionalLong;

/**
 * What a part of the {@link DecisionLog} tells of a session.
 *
 * @param attempt the highest attempt that anything was published under
 * @param lastBlock the last block that frames were published of, -1 for none
 * @param openedMillis when the session's stream began, if that lies in the part, milliseconds since
 *     the epoch
 * @param decisions the first about each block, ascending by block; none of an attempt that was
 *     given up by then
 */
public record PublishedSession(
    String sessionKey,
    int attempt,
    long lastBlock,
    OptionalLong openedMillis,
    List<DecisionMark> decisions) {
  public PublishedSession {
    decisions = List.copyOf(decisions);
  }
}

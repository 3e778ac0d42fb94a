package io.avatarflow.operators.host;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

/**
 * What a restored subtask takes over.
 *
 * @param pending records that were not processed, by session
 * @param open sessions that are open
 * @param published what the decision log tells beyond the checkpoint, of sessions that live
 * @param checkpointMillis when the checkpoint was taken, if it says so
 */
record RestoredSessions(
    Map<String, List<PendingRecord>> pending,
    Set<String> open,
    List<PublishedSession> published,
    OptionalLong checkpointMillis) {}
